#include "net/url.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::StatusOr<std::string> Decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return InvalidArgument("invalid URL escape {:?}", text.substr(i, 3));
      out += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return out;
}

bool IsUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
         c == '~';
}

std::string Encode(std::string_view text, bool space_is_plus) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
    } else if (c == ' ' && space_is_plus) {
      out += '+';
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

absl::Status ParsePair(std::string_view pair, UrlParams& params) {
  if (pair.find(';') != std::string_view::npos) return InvalidArgument("invalid semicolon separator in query");
  const size_t equals = pair.find('=');
  VARVE_ASSIGN_OR_RETURN(std::string name, UrlDecodeQuery(pair.substr(0, equals)));
  std::string value;
  if (equals != std::string_view::npos) {
    VARVE_ASSIGN_OR_RETURN(value, UrlDecodeQuery(pair.substr(equals + 1)));
  }
  params.Add(std::move(name), std::move(value));
  return absl::OkStatus();
}

}  // namespace

bool UrlParams::Has(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return true;
  }
  return false;
}

std::string_view UrlParams::Get(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::string> UrlParams::GetAll(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : pairs_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::string UrlParams::Encode() const {
  std::string out;
  for (const auto& [key, value] : pairs_) {
    if (!out.empty()) out += '&';
    out += UrlEncodeQuery(key);
    out += '=';
    out += UrlEncodeQuery(value);
  }
  return out;
}

absl::Status ParseUrlQuery(std::string_view query, UrlParams& params) {
  absl::Status first_error;
  while (!query.empty()) {
    const size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const absl::Status status = ParsePair(pair, params);
    if (first_error.ok()) first_error = status;
  }
  return first_error;
}

absl::StatusOr<std::string> UrlDecodePath(std::string_view text) { return Decode(text, false); }
absl::StatusOr<std::string> UrlDecodeQuery(std::string_view text) { return Decode(text, true); }
std::string UrlEncodePath(std::string_view segment) { return Encode(segment, false); }
std::string UrlEncodeQuery(std::string_view text) { return Encode(text, true); }

}  // namespace varve
