// AWS Signature Version 4: proves with a secret key who sends a request, without sending the key.
//
// Shape    the query is sorted by escaped name, then value, always with "="; the path is signed as it is sent, escaped once, never
//          normalised; headers are sorted by their names in lower case, values trimmed and inner runs of spaces made one.
// Threads  functions of values.
// Source   AWS General Reference, "Create a signed AWS API request"; differences for S3 in "Authenticating Requests (AWS
//          Signature Version 4)" of the S3 API reference.
#pragma once

#include <string>
#include <string_view>

#include "base/time_range.h"
#include "net/http_message.h"
#include "net/url.h"

namespace varve {

struct SigningKeys {
  std::string access_key, secret_key;
};

struct SigningScope {
  std::string date;  // as AwsDate gives it
  std::string region;
  std::string service = "s3";
};

struct RequestToSign {
  std::string_view method;
  std::string_view path;            // escaped, starts with a slash
  std::string_view query;           // as CanonicalQuery gives it
  const HttpHeaders& headers;       // all of these are signed; Host must be among them
  std::string_view content_sha256;  // in hex, or UNSIGNED-PAYLOAD
};

std::string AwsDate(TimestampMs now);  // 20130524T000000Z

// Everything but A-Z a-z 0-9 - _ . ~ as %XX; EscapeObjectPath keeps slashes.
std::string AwsEscape(std::string_view text);
std::string EscapeObjectPath(std::string_view name);
std::string CanonicalQuery(const UrlParams& params);

// The value of the Authorization header.
std::string SigV4Authorization(const RequestToSign& request, const SigningKeys& keys, const SigningScope& scope);

}  // namespace varve
