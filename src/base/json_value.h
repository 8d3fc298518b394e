// A parsed JSON document, for configs, meta files and answers of other servers (not for bulk data).
//
//   VARVE_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(text));
//   const int64_t level = root["compaction"]["level"].IntOr(0);      // absent keys give a null value, never a crash
//
// Shape    objects keep the order of the document; of equal keys the last one counts, as in Go.
// Errors   InvalidArgument for text that is not JSON, or nested deeper than 200.
// Threads  immutable; share freely.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace varve {

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;
  // Integers outside int64_t are kept as uint64_t or double.
  using Variant = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string, Array, Object>;

  JsonValue() = default;  // null
  explicit JsonValue(Variant value) : value_(std::move(value)) {}

  static absl::StatusOr<JsonValue> Parse(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_number() const { return value_.index() >= 2 && value_.index() <= 4; }
  bool is_integer() const { return std::holds_alternative<int64_t>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  bool BoolOr(bool fallback) const;
  int64_t IntOr(int64_t fallback) const;
  double DoubleOr(double fallback) const;
  std::string_view StringOr(std::string_view fallback) const;
  const Array& array() const;                               // empty unless is_array()
  const Object& object() const;                             // empty unless is_object()
  const JsonValue& operator[](std::string_view key) const;  // null if absent
  const JsonValue* Find(std::string_view key) const;        // nullptr if absent

  std::string ToString() const;  // compact JSON again

 private:
  Variant value_;
};

}  // namespace varve
