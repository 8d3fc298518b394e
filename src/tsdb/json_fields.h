// Reads a JSON object of a file format key by key, with the type each key must have.
//
//   JsonFields fields(root, "meta.json: ");
//   fields.Read("minTime", meta.range.min);                              // an absent or null key leaves the value alone
//   fields.Into("stats", [&](JsonFields& stats) { stats.Read("numSeries", series); });
//   unknown = fields.TakeRest();                                         // what nobody asked for
//   return fields.status();                                              // the first key of a wrong type
//
// Errors   DataLoss naming the path of the key.
// Threads  one at a time.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json_value.h"
#include "base/ulid.h"

namespace varve {

class JsonFields {
 public:
  JsonFields(const JsonValue& object, std::string where);  // `where` precedes the key in messages

  JsonValue Take(std::string_view key);  // null if absent; of equal keys the last one counts, as in Go
  void Read(std::string_view key, int64_t& out);
  void Read(std::string_view key, uint64_t& out);
  void Read(std::string_view key, bool& out);
  void Read(std::string_view key, std::string& out) { ReadText(key, Take(key), out); }
  void Read(std::string_view key, Ulid& out) { ReadUlid(key, Take(key), out); }
  void Read(std::string_view key, std::vector<std::string>& out);
  void Read(std::string_view key, std::vector<Ulid>& out);

  // Calls read(JsonFields&) for the object below `key` and answers what that left over.
  template <typename ReadFields>
  JsonValue::Object Into(std::string_view key, ReadFields read) {
    return Descend(Take(key), key, read);
  }
  // Calls read(JsonFields&) for each object of the array below `key`.
  template <typename ReadFields>
  void ForEach(std::string_view key, ReadFields read) {
    for (const JsonValue& item : TakeArray(key)) Descend(item, key, read);
  }

  JsonValue::Object TakeRest() { return std::move(rest_); }
  void Fail(std::string_view key, std::string_view expected);  // notes that `key` is not what is expected
  const absl::Status& status() const { return status_; }

 private:
  template <typename ReadFields>
  JsonValue::Object Descend(const JsonValue& value, std::string_view key, ReadFields& read) {
    JsonFields inner(value, where_ + std::string(key) + ".");
    read(inner);
    if (status_.ok()) status_ = inner.status_;
    return inner.TakeRest();
  }
  JsonValue::Array TakeArray(std::string_view key);
  void ReadText(std::string_view key, const JsonValue& value, std::string& out);
  void ReadUlid(std::string_view key, const JsonValue& value, Ulid& out);

  std::string where_;
  JsonValue::Object rest_;
  absl::Status status_;
};

}  // namespace varve
