#include "base/json_writer.h"

#include <cmath>

#include "base/check.h"
#include "base/float_text.h"
#include "base/utf8.h"

namespace varve {

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t done = 0;  // everything before it is in `out`
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    size_t length = 1;
    const bool valid = c < 0x80 || (length = Utf8SequenceLength(text.substr(i))) > 0;
    if (valid && c >= 0x80) {
      // U+2028 and U+2029 are escaped by encoding/json whatever the options.
      const bool line_separator =
          length == 3 && text.substr(i, 2) == "\xe2\x80" && (text[i + 2] == '\xa8' || text[i + 2] == '\xa9');
      if (!line_separator) {
        i += length;
        continue;
      }
      out.append(text, done, i - done);
      out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      done = i += length;
      continue;
    }
    out.append(text, done, i - done);
    if (!valid) {
      out += "\\ufffd";
      length = 1;
    } else {
      switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
          out += "\\u00";
          out += kHex[c >> 4];
          out += kHex[c & 15];
      }
    }
    done = i += length;
  }
  out.append(text, done);
  out += '"';
}

void JsonWriter::Separate() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

void JsonWriter::Open(char bracket) {
  Separate();
  out_ += bracket;
  need_comma_ = false;
}

void JsonWriter::Close(char bracket) {
  out_ += bracket;
  need_comma_ = true;
}

void JsonWriter::Key(std::string_view key) {
  Separate();
  AppendJsonString(out_, key);
  out_ += ':';
  need_comma_ = false;
}

void JsonWriter::String(std::string_view value) {
  Separate();
  AppendJsonString(out_, value);
}

void JsonWriter::Int(int64_t value) {
  Separate();
  out_ += std::to_string(value);
}

void JsonWriter::Uint(uint64_t value) {
  Separate();
  out_ += std::to_string(value);
}

void JsonWriter::Double(double value) {
  VARVE_CHECK(std::isfinite(value));
  Separate();
  const double magnitude = std::fabs(value);
  if (magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21)) {
    std::string text = FormatFloatExponent(value);
    // encoding/json writes e-09 as e-9.
    if (const size_t n = text.size(); n >= 4 && text[n - 4] == 'e' && text[n - 3] == '-' && text[n - 2] == '0')
      text.erase(n - 2, 1);
    out_ += text;
  } else {
    AppendFloatFixed(out_, value);
  }
}

void JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
}

void JsonWriter::Null() {
  Separate();
  out_ += "null";
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_ += json;
}

}  // namespace varve
