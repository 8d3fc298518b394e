// The percent-encoded parts of URLs and HTML forms, read and written the way Go's net/url does.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve {

// Parameters of a query or a form, in the order they came; a name may come several times.
class UrlParams {
 public:
  void Add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }
  bool Has(std::string_view name) const;
  std::string_view Get(std::string_view name) const;  // the first value, empty if absent
  std::vector<std::string> GetAll(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }

  std::string Encode() const;  // a=1&b=x+y

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// Adds the pairs of `a=1&b=x+y` to `params`. Pairs that are malformed are left out; the first of them is the answer.
absl::Status ParseUrlQuery(std::string_view query, UrlParams& params);

absl::StatusOr<std::string> UrlDecodePath(std::string_view text);   // %41 is A, + stays +
absl::StatusOr<std::string> UrlDecodeQuery(std::string_view text);  // %41 is A, + is a space
std::string UrlEncodePath(std::string_view segment);                // one segment: / is escaped too
std::string UrlEncodeQuery(std::string_view text);

}  // namespace varve
