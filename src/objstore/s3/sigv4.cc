#include "objstore/s3/sigv4.h"

#include <absl/strings/ascii.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>
#include <vector>

#include "objstore/digests.h"

namespace varve {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
         c == '~';
}

std::string Escape(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c) || (keep_slashes && c == '/')) {
      escaped += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return escaped;
}

std::string Trimmed(std::string_view value) {
  std::string trimmed;
  for (const char c : value) {
    if (c != ' ' && c != '\t') {
      trimmed += c;
    } else if (!trimmed.empty() && trimmed.back() != ' ') {
      trimmed += ' ';
    }
  }
  if (!trimmed.empty() && trimmed.back() == ' ') trimmed.pop_back();
  return trimmed;
}

struct CanonicalHeaders {
  std::string lines;  // name:value\n each
  std::string names;  // a;b;c
};

CanonicalHeaders Canonical(const HttpHeaders& headers) {
  std::vector<std::pair<std::string, std::string>> sorted;
  for (const auto& [name, value] : headers.fields()) sorted.emplace_back(absl::AsciiStrToLower(name), Trimmed(value));
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  CanonicalHeaders canonical;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const auto& [name, value] = sorted[i];
    if (i > 0 && sorted[i - 1].first == name) {  // values of one name are joined
      canonical.lines.back() = ',';
      canonical.lines += value + "\n";
      continue;
    }
    if (i > 0) canonical.names += ';';
    canonical.names += name;
    canonical.lines += fmt::format("{}:{}\n", name, value);
  }
  return canonical;
}

Sha256Digest SigningKey(const std::string& secret_key, const SigningScope& scope, std::string_view day) {
  const Sha256Digest of_day = HmacSha256(AsBytes("AWS4" + secret_key), day);
  const Sha256Digest of_region = HmacSha256(of_day, scope.region);
  const Sha256Digest of_service = HmacSha256(of_region, scope.service);
  return HmacSha256(of_service, "aws4_request");
}

}  // namespace

std::string AwsDate(TimestampMs now) {
  const auto seconds = static_cast<time_t>(now / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
}

std::string AwsEscape(std::string_view text) { return Escape(text, false); }
std::string EscapeObjectPath(std::string_view name) { return Escape(name, true); }

std::string CanonicalQuery(const UrlParams& params) {
  std::vector<std::pair<std::string, std::string>> escaped;
  for (const auto& [name, value] : params.pairs()) escaped.emplace_back(AwsEscape(name), AwsEscape(value));
  std::sort(escaped.begin(), escaped.end());
  std::string query;
  for (const auto& [name, value] : escaped) query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, value);
  return query;
}

std::string SigV4Authorization(const RequestToSign& request, const SigningKeys& keys, const SigningScope& scope) {
  const CanonicalHeaders headers = Canonical(request.headers);
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, request.query, headers.lines,
                                            headers.names, request.content_sha256);
  const std::string_view day = std::string_view(scope.date).substr(0, 8);
  const std::string credential_scope = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, scope.date, credential_scope, HexOf(Sha256(AsBytes(canonical))));
  const std::string signature = HexOf(HmacSha256(SigningKey(keys.secret_key, scope, day), to_sign));
  return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm, keys.access_key, credential_scope,
                     headers.names, signature);
}

}  // namespace varve
