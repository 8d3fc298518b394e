#include "objstore/s3/s3_upload.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/digests.h"

namespace varve {
namespace {

constexpr std::string_view kPermission = "s3:PutObject";
constexpr uint64_t kPartsMax = 10'000;
constexpr size_t kPartsAtOnce = 4;  // as Thanos'
constexpr std::chrono::seconds kAbortPatience{30};

uint64_t PartBytes(uint64_t part_size, uint64_t total) { return std::max(part_size, (total + kPartsMax - 1) / kPartsMax); }

S3Content PartOf(const S3Content& content, uint64_t offset, uint64_t size) {
  if (!content.file.has_value()) return {.bytes = content.bytes.subspan(offset, size), .file = std::nullopt};
  return {.bytes = {}, .file = FilePart{content.file->descriptor, content.file->offset + offset, size}};
}

absl::Status DigestFile(const FilePart& part, ContentDigests& digests) {
  ByteBuffer buffer(std::min<uint64_t>(part.size, 1 << 20));
  for (uint64_t done = 0; done < part.size;) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(buffer.size(), part.size - done));
    const ssize_t got = ::pread(part.descriptor, buffer.data(), want, static_cast<off_t>(part.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return FailedPrecondition("reading the file to upload: {}", got < 0 ? std::strerror(errno) : "it became shorter");
    digests.Update(Bytes(buffer).first(static_cast<size_t>(got)));
    done += static_cast<uint64_t>(got);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status S3Uploader::Upload(const Context& ctx, std::string_view key, const S3Content& content, bool only_if_absent) {
  const S3Config& config = client_.config();
  const bool whole = config.disable_multipart || content.size() <= config.part_size;
  return whole ? PutWhole(ctx, key, content, only_if_absent) : PutInParts(ctx, key, content, only_if_absent);
}

absl::Status S3Uploader::AddContent(const S3Content& content, S3Call& call) const {
  ContentDigests digests(client_.config().send_content_md5);
  if (content.file.has_value()) {
    VARVE_RETURN_IF_ERROR(DigestFile(*content.file, digests));
  } else {
    digests.Update(content.bytes);
  }
  call.body = content.bytes;
  call.file = content.file;
  call.content_sha256 = digests.TakeSha256Hex();
  if (const std::string md5 = digests.TakeMd5Base64(); !md5.empty()) call.headers.Set("Content-MD5", md5);
  return absl::OkStatus();
}

void S3Uploader::AddObjectHeaders(HttpHeaders& headers) const {
  headers.Set("Content-Type", "application/octet-stream");
  for (const auto& [name, value] : UploadHeadersOf(client_.config().put_user_metadata)) headers.Set(name, value);
  encryption_.AddToUpload(headers);
}

absl::Status S3Uploader::PutWhole(const Context& ctx, std::string_view key, const S3Content& content, bool only_if_absent) {
  S3Call call{.what = "upload", .permission = kPermission, .method = "PUT", .key = key};
  AddObjectHeaders(call.headers);
  if (only_if_absent) call.headers.Set("If-None-Match", "*");
  VARVE_RETURN_IF_ERROR(AddContent(content, call));
  return client_.Do(ctx, call).status();
}

absl::Status S3Uploader::PutInParts(const Context& ctx, std::string_view key, const S3Content& content, bool only_if_absent) {
  VARVE_ASSIGN_OR_RETURN(const std::string upload_id, Begin(ctx, key));
  const absl::StatusOr<std::vector<S3Part>> parts = PutParts(ctx, key, upload_id, content);
  absl::Status status = parts.status();
  if (status.ok()) status = Complete(ctx, key, upload_id, *parts, only_if_absent);
  if (!status.ok()) Abort(key, upload_id);
  return status;
}

absl::StatusOr<std::string> S3Uploader::Begin(const Context& ctx, std::string_view key) {
  S3Call call{.what = "begin the upload of", .permission = kPermission, .method = "POST", .key = key};
  call.query.Add("uploads", "");
  AddObjectHeaders(call.headers);
  VARVE_ASSIGN_OR_RETURN(const TransportResponse response, client_.Do(ctx, call));
  return ParseUploadId(response.text);
}

absl::StatusOr<std::vector<S3Part>> S3Uploader::PutParts(const Context& ctx, std::string_view key, const std::string& upload_id,
                                                         const S3Content& content) {
  const uint64_t part_bytes = PartBytes(client_.config().part_size, content.size());
  std::vector<S3Part> parts((content.size() + part_bytes - 1) / part_bytes);
  CancelScope scope(ctx);
  std::atomic<size_t> next = 0;
  Mutex mutex;
  absl::Status failure;
  const auto work = [&] {
    for (size_t i = next++; i < parts.size(); i = next++) {
      const uint64_t offset = i * part_bytes, size = std::min(part_bytes, content.size() - offset);
      absl::StatusOr<S3Part> part =
          PutPart(scope.context(), key, upload_id, static_cast<int>(i + 1), PartOf(content, offset, size));
      if (part.ok()) {
        parts[i] = *std::move(part);
        continue;
      }
      MutexLock lock(mutex);
      if (failure.ok()) failure = part.status();
      scope.Cancel();
      return;
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < std::min(kPartsAtOnce, parts.size()); ++i) helpers.emplace_back(work);
    work();
  }
  if (!failure.ok()) return failure;
  return parts;
}

absl::StatusOr<S3Part> S3Uploader::PutPart(const Context& ctx, std::string_view key, const std::string& upload_id, int number,
                                           const S3Content& part) {
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
