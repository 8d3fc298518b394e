#include "objstore/gcs/gcs_bucket.h"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "base/crc32c.h"
#include "base/errors.h"
#include "base/json_value.h"
#include "base/status_macros.h"
#include "objstore/digests.h"
#include "objstore/gcs/gcs_client.h"
#include "objstore/http/http_bucket.h"
#include "objstore/iso_time.h"
#include "objstore/listed_names.h"
#include "objstore/object_name.h"
#include "objstore/s3/sigv4.h"

namespace varve {
namespace {

constexpr uint64_t kObjectBytesMax = uint64_t{16} << 30;  // for ReadAll
constexpr int kGoOn = 308;
constexpr std::chrono::seconds kCancelPatience{10};

std::string ObjectPath(std::string_view name) { return "/o/" + AwsEscape(name); }

absl::StatusOr<ObjectAttributes> AttributesOf(const JsonValue& object) {
  ObjectAttributes attributes;
  const std::string_view size = object["size"].StringOr("");  // 64-bit numbers are text in this API
  if (std::from_chars(size.data(), size.data() + size.size(), attributes.size).ec != std::errc()) {
    return Unavailable("the server does not tell the size of {}", object["name"].StringOr(""));
  }
  VARVE_ASSIGN_OR_RETURN(attributes.last_modified, ParseIso8601(object["updated"].StringOr("")));
  return attributes;
}

std::string Crc32cText(uint32_t crc) {  // as the API writes it: base64 of four bytes, the highest first
  const std::byte bytes[] = {std::byte(crc >> 24), std::byte(crc >> 16), std::byte(crc >> 8), std::byte(crc)};
  return Base64Of(bytes);
}

class GcsBucket : public HttpBucket {
 public:
  GcsBucket(const GcsConfig& config, std::unique_ptr<HttpTransport> transport, std::unique_ptr<Expiring<BearerToken>> tokens,
            std::string endpoint, const Logger& logger, Clock& clock)
      : HttpBucket(config.mark_raw_chunks),
        client_(config, std::move(transport), std::move(tokens), std::move(endpoint), clock),
        chunk_bytes_(config.chunk_bytes),
        clock_(clock),
        logger_(logger) {}

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    VARVE_ASSIGN_OR_RETURN(const std::string prefix, DirectoryPrefix(directory));
    std::string from;
    do {
      GcsCall call{.what = "list", .permission = "storage.objects.list", .path = "/o"};
      call.query.Add("fields", "nextPageToken,prefixes,items(name,size,updated)");
      if (!prefix.empty()) call.query.Add("prefix", prefix);
      if (!options.recursive) call.query.Add("delimiter", "/");
      if (!from.empty()) call.query.Add("pageToken", from);
      if (!options.start_after.empty()) call.query.Add("startOffset", options.start_after);
      VARVE_ASSIGN_OR_RETURN(const JsonValue page, Json(ctx, call));
      VARVE_ASSIGN_OR_RETURN(const std::vector<ObjectEntry> entries, EntriesOf(page));
      for (const ObjectEntry& entry : entries) VARVE_RETURN_IF_ERROR(visit(entry));
      VARVE_RETURN_IF_ERROR(ctx.Check());
      from = page["nextPageToken"].StringOr("");
    } while (!from.empty());
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    GcsCall call = Read(name);
    call.text_bytes_max = kObjectBytesMax;
    VARVE_ASSIGN_OR_RETURN(TransportResponse response, client_.Do(ctx, call));
    return std::move(response.text);
  }

  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    GcsCall call{.what = "look at", .permission = "storage.objects.get", .path = ObjectPath(name), .key = name};
    call.query.Add("fields", "name,size,updated");
    VARVE_ASSIGN_OR_RETURN(const JsonValue object, Json(ctx, call));
    return AttributesOf(object);
  }

  absl::Status Delete(const Context& ctx, std::string_view name) override {
    VARVE_RETURN_IF_ERROR(CheckObjectName(name));
    const GcsCall call{
        .what = "delete", .permission = "storage.objects.delete", .method = "DELETE", .path = ObjectPath(name), .key = name};
    return client_.Do(ctx, call).status();
  }

  std::string_view name() const override { return client_.bucket(); }
  std::string_view provider() const override { return "GCS"; }

 private:
  absl::StatusOr<TransportResponse> GetRange(const Context& ctx, std::string_view name, const std::string& range,
                                             std::span<std::byte> out) override {
    GcsCall call = Read(name);
    call.into = out;
    call.headers.Set("Range", range);
    return client_.Do(ctx, call);
  }

  static GcsCall Read(std::string_view name) {
    GcsCall call{.what = "read", .permission = "storage.objects.get", .path = ObjectPath(name), .key = name};
    call.query.Add("alt", "media");
    return call;
  }

  absl::StatusOr<JsonValue> Json(const Context& ctx, const GcsCall& call) {
    VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
    absl::StatusOr<JsonValue> json = JsonValue::Parse(response.text);
    if (json.ok()) return json;
    return Unavailable("{} {}: the answer is not JSON; if this stays so, something between us and GCS answers", call.what,
                       name());
  }

  absl::StatusOr<std::vector<ObjectEntry>> EntriesOf(const JsonValue& page) {
    ListedNames names(name(), logger_, told_skipped_);
    for (const JsonValue& item : page["items"].array()) {
      VARVE_ASSIGN_OR_RETURN(const ObjectAttributes attributes, AttributesOf(item));
      names.AddObject(std::string(item["name"].StringOr("")), attributes);
    }
    for (const JsonValue& prefix : page["prefixes"].array()) names.AddDirectory(std::string(prefix.StringOr("")));
    return names.TakeSorted();
  }

  static GcsCall Create(std::string_view name) {
    GcsCall call{
        .what = "upload", .permission = "storage.objects.create", .method = "POST", .path = "/o", .upload = true, .key = name};
    call.query.Add("name", std::string(name));
    return call;
  }

  absl::Status Put(const Context& ctx, std::string_view name, const UploadSource& content, const PutOptions& options) override {
    if (options.mark && content.size() > 0) return PutMarked(ctx, name, content);
    GcsCall call = Create(name);
    if (options.only_if_absent) call.query.Add("ifGenerationMatch", "0");
    if (content.size() > chunk_bytes_) return SendInChunks(ctx, std::move(call), content);
    call.query.Add("uploadType", "media");
    call.headers.Set("Content-Type", "application/octet-stream");
    call.body = content.bytes;
    call.file = content.file;
    VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
    return CheckArrived(name, content, response.text);
  }

  // Only an upload of several steps can say more of an object than its name.
  absl::Status PutMarked(const Context& ctx, std::string_view name, const UploadSource& content) {
    const std::string metadata = fmt::format(R"({{"customTime": "{}"}})", FormatIso8601(clock_.NowMs()));
    GcsCall call = Create(name);
    call.headers.Set("Content-Type", "application/json");
    call.body = AsBytes(metadata);
    return SendInChunks(ctx, std::move(call), content);
  }

  // What the server says it has must be what was sent.
  static absl::Status CheckArrived(std::string_view name, const UploadSource& content, const std::string& answer) {
    const absl::StatusOr<JsonValue> object = JsonValue::Parse(answer);
    const std::string_view theirs = object.ok() ? (*object)["crc32c"].StringOr("") : "";
    if (FromBase64(theirs).value_or("").size() != sizeof(uint32_t)) return absl::OkStatus();  // it does not say
    uint32_t crc = 0;
    VARVE_RETURN_IF_ERROR(content.Visit([&crc](Bytes bytes) { crc = Crc32c(bytes, crc); }));
    if (theirs == Crc32cText(crc)) return absl::OkStatus();
    return Unavailable("upload {}: the content was damaged on the way (crc32c)", name);
  }

  absl::Status SendInChunks(const Context& ctx, GcsCall start, const UploadSource& content) {
    start.query.Add("uploadType", "resumable");
    start.headers.Set("X-Upload-Content-Type", "application/octet-stream");
    start.headers.Set("X-Upload-Content-Length", std::to_string(content.size()));
    VARVE_ASSIGN_OR_RETURN(const TransportResponse started, client_.Do(ctx, start));
    const std::string session(started.headers.Get("Location"));
    if (session.empty()) return Unavailable("upload {}: the server gave no session", start.key);
    const absl::StatusOr<std::string> answer = SendChunks(ctx, session, start.key, content);
    if (answer.ok()) return CheckArrived(start.key, content, *answer);
    const GcsCall cancel{
        .what = "cancel", .permission = start.permission, .method = "DELETE", .full_url = session, .key = start.key};
    client_.Do(Context().WithTimeout(kCancelPatience), cancel).IgnoreError();
    return answer.status();
  }

  absl::StatusOr<std::string> SendChunks(const Context& ctx, const std::string& session, std::string_view key,
                                         const UploadSource& content) {
    for (uint64_t sent = 0;;) {
      const uint64_t size = std::min(chunk_bytes_, content.size() - sent);
      const UploadSource chunk = content.Part(sent, size);
      GcsCall call{
          .what = "upload a part of", .permission = "storage.objects.create", .method = "PUT", .full_url = session, .key = key};
      call.body = chunk.bytes;
      call.file = chunk.file;
      call.headers.Set("Content-Range", fmt::format("bytes {}-{}/{}", sent, sent + size - 1, content.size()));
      VARVE_ASSIGN_OR_RETURN(TransportResponse response, client_.Do(ctx, call));
      if (response.status != kGoOn && sent + size < content.size()) {
        return Unavailable("upload {}: the server ended it after {} of {} bytes", key, sent + size, content.size());
      }
      if (response.status != kGoOn) return std::move(response.text);
      const uint64_t kept = KeptBytes(response.headers.Get("Range"));  // maybe less than was sent
      if (kept <= sent || kept >= content.size())
        return Unavailable("upload {}: the server kept {} bytes of {}", key, kept, sent + size);
      sent = kept;
    }
  }

  // Of "bytes=0-262143".
  static uint64_t KeptBytes(std::string_view range) {
    constexpr std::string_view kStart = "bytes=0-";
    uint64_t last = 0;
    if (!range.starts_with(kStart)) return 0;
    const bool good = std::from_chars(range.data() + kStart.size(), range.data() + range.size(), last).ec == std::errc();
    return good ? last + 1 : 0;
  }

  GcsClient client_;
  const uint64_t chunk_bytes_;
  Clock& clock_;
  const Logger logger_;
  std::atomic<bool> told_skipped_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Bucket>> NewGcsBucket(GcsConfig config, const Logger& logger, GcsTokenOptions options) {
  VARVE_ASSIGN_OR_RETURN(std::unique_ptr<HttpTransport> transport, HttpTransport::Make(config.http));
  if (config.use_grpc) logger.Info("use_grpc of the GCS config: the JSON API is used instead", {{"bucket", config.bucket}});
  std::string endpoint = options.env("STORAGE_EMULATOR_HOST").value_or("");
  std::unique_ptr<Expiring<BearerToken>> tokens;
  Clock& clock = *options.clock;
  if (endpoint.empty()) {
    endpoint = "https://storage.googleapis.com";
    VARVE_ASSIGN_OR_RETURN(tokens, MakeGcsTokens(config, std::move(options)));
  } else if (endpoint.find("://") == std::string::npos) {
    endpoint = "http://" + endpoint;
  }
  return std::make_unique<GcsBucket>(config, std::move(transport), std::move(tokens), std::move(endpoint), logger, clock);
}

}  // namespace varve
