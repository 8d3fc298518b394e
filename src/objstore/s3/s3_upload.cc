#include "objstore/s3/s3_upload.h"

#include <algorithm>
#include <stop_token>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/digests.h"

namespace varve {
namespace {

constexpr std::string_view kPermission = "s3:PutObject";
constexpr uint64_t kPartsMax = 10'000;
constexpr size_t kPartsAtOnce = 4;  // as Thanos'
constexpr std::chrono::seconds kBeginPatience{10}, kAbortPatience{30};

uint64_t PartBytes(uint64_t part_size, uint64_t total) { return std::max(part_size, (total + kPartsMax - 1) / kPartsMax); }

}  // namespace

absl::Status S3Uploader::Upload(const Context& ctx, std::string_view key, const UploadSource& content,
                                const PutOptions& options) {
  const S3Config& config = client_.config();
  const bool whole = config.disable_multipart || content.size() <= config.part_size;
  return whole ? PutWhole(ctx, key, content, options) : PutInParts(ctx, key, content, options);
}

absl::Status S3Uploader::AddContent(const UploadSource& content, S3Call& call) const {
  ContentDigests digests(client_.config().send_content_md5);
  VARVE_RETURN_IF_ERROR(content.Visit([&digests](Bytes bytes) { digests.Update(bytes); }));
  call.body = content.bytes;
  call.file = content.file;
  call.content_sha256 = digests.TakeSha256Hex();
  if (const std::string md5 = digests.TakeMd5Base64(); !md5.empty()) call.headers.Set("Content-MD5", md5);
  return absl::OkStatus();
}

void S3Uploader::AddObjectHeaders(const PutOptions& options, HttpHeaders& headers) const {
  headers.Set("Content-Type", "application/octet-stream");
  for (const auto& [name, value] : UploadHeadersOf(client_.config().put_user_metadata)) headers.Set(name, value);
  if (options.mark) headers.Set("x-amz-tagging", kRawChunksTagging);
  encryption_.AddToUpload(headers);
}

absl::Status S3Uploader::PutWhole(const Context& ctx, std::string_view key, const UploadSource& content,
                                  const PutOptions& options) {
  S3Call call{.what = "upload", .permission = kPermission, .method = "PUT", .key = key};
  AddObjectHeaders(options, call.headers);
  if (options.only_if_absent) call.headers.Set("If-None-Match", "*");
  VARVE_RETURN_IF_ERROR(AddContent(content, call));
  return client_.Do(ctx, call).status();
}

absl::Status S3Uploader::PutInParts(const Context& ctx, std::string_view key, const UploadSource& content,
                                    const PutOptions& options) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  VARVE_ASSIGN_OR_RETURN(const std::string upload_id, Begin(ctx, key, options));
  const absl::StatusOr<std::vector<S3Part>> parts = PutParts(ctx, key, upload_id, content);
  absl::Status status = parts.status();
  if (status.ok()) status = Complete(ctx, key, upload_id, *parts, options.only_if_absent);
  if (!status.ok()) Abort(key, upload_id);
  return status;
}

absl::StatusOr<std::string> S3Uploader::Begin(const Context& ctx, std::string_view key, const PutOptions& options) {
  S3Call call{.what = "begin the upload of", .permission = kPermission, .method = "POST", .key = key};
  call.query.Add("uploads", "");
  AddObjectHeaders(options, call.headers);
  // Not to be broken off once it is sent: an upload that began and whose id nobody knows is aborted by nobody.
  const Context to_its_end = ctx.WithStop(std::stop_token()).WithTimeout(kBeginPatience);
  VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(to_its_end, call));
  return ParseUploadId(response.text);
}

absl::StatusOr<std::vector<S3Part>> S3Uploader::PutParts(const Context& ctx, std::string_view key, const std::string& upload_id,
                                                         const UploadSource& content) {
  const uint64_t part_bytes = PartBytes(client_.config().part_size, content.size());
  std::vector<S3Part> parts((content.size() + part_bytes - 1) / part_bytes);
  VARVE_RETURN_IF_ERROR(UploadParts(ctx, parts.size(), kPartsAtOnce, [&](const Context& part_ctx, size_t i) {
    const uint64_t offset = i * part_bytes;
    const UploadSource part = content.Part(offset, std::min(part_bytes, content.size() - offset));
    absl::StatusOr<S3Part> put = PutPart(part_ctx, key, upload_id, static_cast<int>(i + 1), part);
    if (put.ok()) parts[i] = *std::move(put);
    return put.status();
  }));
  return parts;
}

absl::StatusOr<S3Part> S3Uploader::PutPart(const Context& ctx, std::string_view key, const std::string& upload_id, int number,
                                           const UploadSource& part) {
  S3Call call{.what = "upload a part of", .permission = kPermission, .method = "PUT", .key = key};
  call.query.Add("partNumber", std::to_string(number));
  call.query.Add("uploadId", upload_id);
  encryption_.AddToPart(call.headers);
  VARVE_RETURN_IF_ERROR(AddContent(part, call));
  VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
  const std::string_view etag = response.headers.Get("ETag");
  if (etag.empty()) return Unavailable("upload a part of {}: the server gave no ETag", key);
  return S3Part{.number = number, .etag = std::string(etag)};
}

// The status may be 200 although it failed: S3 begins to answer before it knows.
absl::Status S3Uploader::Complete(const Context& ctx, std::string_view key, const std::string& upload_id,
                                  const std::vector<S3Part>& parts, bool only_if_absent) {
  const std::string body = CompleteMultipartXml(parts);
  S3Call call{.what = "complete the upload of", .permission = kPermission, .method = "POST", .key = key, .body = AsBytes(body)};
  call.query.Add("uploadId", upload_id);
  if (only_if_absent) call.headers.Set("If-None-Match", "*");
  VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
  const S3Error error = ParseS3Error(response.text);
  if (error.code.empty()) return absl::OkStatus();
  return Unavailable("complete the upload of {}/{}: {} {}", client_.config().bucket, key, error.code, error.message);
}

void S3Uploader::Abort(std::string_view key, const std::string& upload_id) {
  S3Call call{.what = "abort the upload of", .permission = "s3:AbortMultipartUpload", .method = "DELETE", .key = key};
  call.query.Add("uploadId", upload_id);
  // The caller may be gone; what it failed of is what is told.
  client_.Do(Context().WithTimeout(kAbortPatience), call).IgnoreError();
}

}  // namespace varve
