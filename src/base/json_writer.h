// Writes JSON front to back into a string, the way Go's encoding/json spells it (HTML characters are left alone).
//
//   std::string out;
//   JsonWriter json(out);
//   json.BeginObject();
//   json.Field("status", "success");
//   json.Key("data"); json.BeginArray(); json.Int(1); json.EndArray();
//   json.EndObject();                       // {"status":"success","data":[1]}
//
// Errors   none; a key without a value or an unclosed object is the caller's bug.
// Threads  one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace varve {

// Appends `text` in quotes. Bytes that are not UTF-8 become U+FFFD, as in Go.
void AppendJsonString(std::string& out, std::string_view text);

class JsonWriter {
 public:
  // Appends to `out`, which outlives the writer; the owner may take finished text out of it between calls.
  explicit JsonWriter(std::string& out) : out_(out) {}

  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }
  void Key(std::string_view key);
  void String(std::string_view value);
  void Int(int64_t value);
  void Uint(uint64_t value);
  void Double(double value);  // as encoding/json: shortest digits, exponent below 1e-6 and from 1e21 up; must be finite
  void Bool(bool value);
  void Null();
  void Raw(std::string_view json);  // a value that is JSON already

  void Field(std::string_view key, std::string_view value) { Key(key), String(value); }
  void Field(std::string_view key, const char* value) { Key(key), String(value); }
  void Field(std::string_view key, int64_t value) { Key(key), Int(value); }
  void Field(std::string_view key, double value) { Key(key), Double(value); }
  void Field(std::string_view key, bool value) { Key(key), Bool(value); }

 private:
  void Open(char bracket);
  void Close(char bracket);
  void Separate();

  std::string& out_;
  bool need_comma_ = false;
};

}  // namespace varve
