// Objects into S3: in one request when they are short, in parts when they are long.
//
// Shape    an object longer than part_size is sent as parts of that size (more, where 10,000 parts would not do), four at a time, and
//          appears when all are there. If one fails the upload is aborted, so that no parts are left to be paid for; a process
//          that dies in the midst leaves some, for which buckets have a lifecycle rule (AbortIncompleteMultipartUpload).
// Errors   the first of the parts'.
// Threads  share freely.
// Source   S3 API reference, "Uploading and copying objects using multipart upload".
#pragma once

#include <absl/status/statusor.h>

#include <string_view>

#include "objstore/http/http_bucket.h"
#include "objstore/s3/s3_answers.h"
#include "objstore/s3/s3_client.h"
#include "objstore/s3/s3_encryption.h"
#include "objstore/upload_source.h"

namespace varve {

class S3Uploader {
 public:
  S3Uploader(S3Client& client, const S3EncryptionHeaders& encryption) : client_(client), encryption_(encryption) {}

  absl::Status Upload(const Context& ctx, std::string_view key, const UploadSource& content, const PutOptions& options);

 private:
  absl::Status PutWhole(const Context& ctx, std::string_view key, const UploadSource& content, const PutOptions& options);
  absl::Status PutInParts(const Context& ctx, std::string_view key, const UploadSource& content, const PutOptions& options);
  absl::StatusOr<std::string> Begin(const Context& ctx, std::string_view key, const PutOptions& options);
  absl::StatusOr<std::vector<S3Part>> PutParts(const Context& ctx, std::string_view key, const std::string& upload_id,
                                               const UploadSource& content);
  absl::StatusOr<S3Part> PutPart(const Context& ctx, std::string_view key, const std::string& upload_id, int number,
                                 const UploadSource& part);
  absl::Status Complete(const Context& ctx, std::string_view key, const std::string& upload_id, const std::vector<S3Part>& parts,
                        bool only_if_absent);
  void Abort(std::string_view key, const std::string& upload_id);
  absl::Status AddContent(const UploadSource& content, S3Call& call) const;
  void AddObjectHeaders(const PutOptions& options, HttpHeaders& headers) const;

  S3Client& client_;
  const S3EncryptionHeaders& encryption_;
};

}  // namespace varve
