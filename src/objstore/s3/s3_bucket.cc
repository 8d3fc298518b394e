#include "objstore/s3/s3_bucket.h"

#include <algorithm>
#include <atomic>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/digests.h"
#include "objstore/http/http_bucket.h"
#include "objstore/listed_names.h"
#include "objstore/object_name.h"
#include "objstore/s3/s3_answers.h"
#include "objstore/s3/s3_client.h"
#include "objstore/s3/s3_encryption.h"
#include "objstore/s3/s3_upload.h"

namespace varve {
namespace {

constexpr uint64_t kObjectBytesMax = uint64_t{16} << 30;  // for ReadAll: no object is held whole beyond this
constexpr size_t kDeletesAtOnce = 1000;                   // S3's limit

// False if the ETag looks like the MD5 it is of objects uploaded whole, and is not that of the content.
bool MayBeWhole(const TransportResponse& response) {
  std::string_view etag = response.headers.Get("ETag");
  if (etag.size() != 34 || etag.front() != '"' || etag.back() != '"') return true;  // of parts, weak, or none
  const bool by_key = !response.headers.Get("x-amz-server-side-encryption-customer-algorithm").empty() ||
                      response.headers.Get("x-amz-server-side-encryption").starts_with("aws:kms");
  if (by_key) return true;  // a digest of what is stored
  const std::string md5 = Md5Hex(AsBytes(response.text));
  return md5.empty() || md5 == etag.substr(1, 32);
}

class S3Bucket : public HttpBucket {
 public:
  S3Bucket(S3Config config, std::unique_ptr<HttpTransport> transport, S3EncryptionHeaders encryption, const Logger& logger,
           Clock& clock)
      : HttpBucket(config.mark_raw_chunks),
        client_(std::move(config), std::move(transport), logger, clock),
        encryption_(std::move(encryption)),
        uploader_(client_, encryption_),
        logger_(logger) {}

  absl::Status Init() { return client_.Init(); }

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    VARVE_ASSIGN_OR_RETURN(const std::string prefix, DirectoryPrefix(directory));
    std::string from;
    do {
      VARVE_ASSIGN_OR_RETURN(S3ListPage page, ListPage(ctx, prefix, options, from));
      VARVE_ASSIGN_OR_RETURN(from, NextPage(page, from));
      for (const ObjectEntry& entry : EntriesOf(std::move(page))) VARVE_RETURN_IF_ERROR(visit(entry));
      VARVE_RETURN_IF_ERROR(ctx.Check());
    } while (!from.empty());
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    S3Call call{.what = "read", .permission = "s3:GetObject", .key = name, .text_bytes_max = kObjectBytesMax};
    encryption_.AddToRead(call.headers);
    VARVE_ASSIGN_OR_RETURN(TransportResponse response, client_.Do(ctx, call));
    if (!etags_are_digests_ || MayBeWhole(response)) return std::move(response.text);
    // Damaged on the way, or an ETag of another kind: then the same content comes again.
    VARVE_ASSIGN_OR_RETURN(TransportResponse again, client_.Do(ctx, call));
    if (!MayBeWhole(again) && again.text != response.text) {
      return Unavailable("read {}: the content was damaged on the way: it does not have the digest of its ETag", name);
    }
    if (again.text == response.text) etags_are_digests_ = false;
    return std::move(again.text);
  }

  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    S3Call call{.what = "look at", .permission = "s3:GetObject", .method = "HEAD", .key = name};
    encryption_.AddToRead(call.headers);
    VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
    return AttributesOfHead(response, name);
  }

  absl::Status Delete(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(Attributes(ctx, name).status());
    const S3Call call{.what = "delete", .permission = "s3:DeleteObject", .method = "DELETE", .key = name};
    return client_.Do(ctx, call).status();
  }

  absl::Status DeleteAll(const Context& ctx, const std::vector<std::string>& names) override {
    for (const std::string& name : names) VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    for (size_t i = 0; i < names.size(); i += kDeletesAtOnce) {
      const auto begin = names.begin() + static_cast<ptrdiff_t>(i);
      const size_t count = std::min(kDeletesAtOnce, names.size() - i);
      VARVE_RETURN_IF_ERROR(DeleteBatch(ctx, {begin, begin + static_cast<ptrdiff_t>(count)}));
    }
    return absl::OkStatus();
  }

  std::string_view name() const override { return client_.config().bucket; }
  std::string_view provider() const override { return "S3"; }

 private:
  absl::StatusOr<TransportResponse> GetRange(const Context& ctx, std::string_view name, const std::string& range,
                                             std::span<std::byte> out) override {
    S3Call call{.what = "read", .permission = "s3:GetObject", .key = name, .into = out};
    call.headers.Set("Range", range);
    encryption_.AddToRead(call.headers);
    return client_.Do(ctx, call);
  }

  absl::Status Put(const Context& ctx, std::string_view name, const UploadSource& content, const PutOptions& options) override {
    return uploader_.Upload(ctx, name, content, options);
  }

  absl::StatusOr<S3ListPage> ListPage(const Context& ctx, const std::string& prefix, IterOptions options,
                                      const std::string& from) {
    S3Call call{.what = "list", .permission = "s3:ListBucket"};
    const bool v1 = client_.config().list_v1;
    if (!v1) call.query.Add("list-type", "2");
    if (!prefix.empty()) call.query.Add("prefix", prefix);
    if (!options.recursive) call.query.Add("delimiter", "/");
    if (!from.empty()) {
      call.query.Add(v1 ? "marker" : "continuation-token", from);
    } else if (!options.start_after.empty()) {
      call.query.Add(v1 ? "marker" : "start-after", options.start_after);
    }
    call.query.Add("encoding-type", "url");
    VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
    absl::StatusOr<S3ListPage> page = ParseListPage(response.text);
    if (page.ok()) return page;
    return Unavailable("list {}: {}; if this stays so, the endpoint is not an S3 server", name(), Message(page.status()));
  }

  // Where the next page starts; empty after the last one.
  absl::StatusOr<std::string> NextPage(const S3ListPage& page, const std::string& from) const {
    if (!page.truncated) return std::string();
    std::string next = page.next;
    if (next.empty() && client_.config().list_v1) {  // told only where there is a delimiter
      if (!page.objects.empty()) next = page.objects.back().key;
      if (!page.prefixes.empty()) next = std::max(next, page.prefixes.back());
    }
    if (next.empty() || next == from) return Unavailable("list {}: the server does not say where the next page starts", name());
    return next;
  }

  // Times to the second, since HEAD tells no more.
  std::vector<ObjectEntry> EntriesOf(S3ListPage page) {
    ListedNames names(name(), logger_, told_skipped_);
    for (S3Object& object : page.objects) {
      names.AddObject(std::move(object.key), {.size = object.size, .last_modified = object.last_modified / 1000 * 1000});
    }
    for (std::string& prefix : page.prefixes) names.AddDirectory(std::move(prefix));
    return names.TakeSorted();
  }

  absl::Status DeleteBatch(const Context& ctx, const std::vector<std::string>& names) {
    const std::string body = DeleteObjectsXml(names);
    S3Call call{.what = "delete objects of", .permission = "s3:DeleteObject", .method = "POST", .body = AsBytes(body)};
    call.query.Add("delete", "");
    ContentDigests digests(true);
    digests.Update(call.body);
    call.headers.Set("Content-MD5", digests.TakeMd5Base64());  // S3 insists on it here
    call.headers.Set("Content-Type", "application/xml");
    VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
    VARVE_ASSIGN_OR_RETURN(const std::vector<S3DeleteFailure> failures, ParseDeleteFailures(response.text));
    for (const S3DeleteFailure& failure : failures) {
      if (failure.error.code == "NoSuchKey") continue;
      const std::string reason =
          fmt::format("delete {}/{}: {} {}", name(), failure.key, failure.error.code, failure.error.message);
      if (failure.error.code == "AccessDenied") return PermissionDenied("{}: the policies must allow s3:DeleteObject", reason);
      return Unavailable("{} ({} of {} failed)", reason, failures.size(), names.size());
    }
    return absl::OkStatus();
  }

  S3Client client_;
  const S3EncryptionHeaders encryption_;
  S3Uploader uploader_;
  const Logger logger_;
  std::atomic<bool> told_skipped_ = false;
  std::atomic<bool> etags_are_digests_ = true;  // until one proves to be something else
};

}  // namespace

absl::StatusOr<std::unique_ptr<Bucket>> NewS3Bucket(S3Config config, const Logger& logger, Clock& clock) {
  VARVE_ASSIGN_OR_RETURN(S3EncryptionHeaders encryption, S3EncryptionHeaders::Make(config.sse));
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<HttpTransport> transport, HttpTransport::Make(config.http));
  auto bucket = std::make_unique<S3Bucket>(std::move(config), std::move(transport), std::move(encryption), logger, clock);
  VARVE_RETURN_IF_ERROR(bucket->Init());
  return std::unique_ptr<Bucket>(std::move(bucket));
}

}  // namespace varve
