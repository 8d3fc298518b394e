// What S3 servers say in XML, read the same whichever of them says it.
//
// Shape    elements are found by name in any order (Ceph writes CommonPrefixes before Contents, Swift after; KeyCount comes first or
//          last); keys come escaped when the server says so (EncodingType).
// Errors   InvalidArgument for what is not such a document: then something between us and the store answered.
// Threads  functions of values.
// Source   S3 API reference: ListObjectsV2, ListObjects, Multipart uploads, DeleteObjects, Error responses.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time_range.h"

namespace varve {

struct S3Object {
  std::string key;
  uint64_t size = 0;
  TimestampMs last_modified = 0;
  std::string storage_class;
};

struct S3ListPage {
  std::vector<S3Object> objects;      // in the server's order
  std::vector<std::string> prefixes;  // that end in the delimiter
  bool truncated = false;
  std::string next;  // NextContinuationToken, or NextMarker; may be empty for V1
};

struct S3Error {
  std::string code, message;
  std::string region, endpoint;  // of redirections
  std::string storage_class;     // of InvalidObjectState
  std::string request_id;
};

struct S3DeleteFailure {
  std::string key;
  S3Error error;
};

struct S3Part {
  int number = 0;
  std::string etag;
};

absl::StatusOr<S3ListPage> ParseListPage(std::string_view xml);
S3Error ParseS3Error(std::string_view body);  // empty fields where the body is no such document
absl::StatusOr<std::string> ParseUploadId(std::string_view xml);
absl::StatusOr<std::vector<S3DeleteFailure>> ParseDeleteFailures(std::string_view xml);

std::string CompleteMultipartXml(const std::vector<S3Part>& parts);
std::string DeleteObjectsXml(const std::vector<std::string>& keys);

}  // namespace varve
