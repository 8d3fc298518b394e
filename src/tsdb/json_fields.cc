#include "tsdb/json_fields.h"

#include "base/errors.h"

namespace varve {

JsonFields::JsonFields(const JsonValue& object, std::string where) : where_(std::move(where)), rest_(object.object()) {
  if (!object.is_object() && !object.is_null()) Fail("", "an object");
}

JsonValue JsonFields::Take(std::string_view key) {
  JsonValue value;
  std::erase_if(rest_, [&](auto& field) {
    if (field.first != key) return false;
    value = std::move(field.second);
    return true;
  });
  return value;
}

void JsonFields::Read(std::string_view key, int64_t& out) {
  if (const JsonValue value = Take(key); value.is_integer()) {
    out = value.IntOr(0);
  } else if (!value.is_null()) {
    Fail(key, "an integer");
  }
}

void JsonFields::Read(std::string_view key, uint64_t& out) {
  int64_t value = static_cast<int64_t>(out);
  Read(key, value);
  if (value < 0) return Fail(key, "a natural number");
  out = static_cast<uint64_t>(value);
}

void JsonFields::Read(std::string_view key, bool& out) {
  if (const JsonValue value = Take(key); value.is_bool()) {
    out = value.BoolOr(false);
  } else if (!value.is_null()) {
    Fail(key, "true or false");
  }
}

void JsonFields::Read(std::string_view key, std::vector<std::string>& out) {
  for (const JsonValue& item : TakeArray(key)) ReadText(key, item, out.emplace_back());
}

void JsonFields::Read(std::string_view key, std::vector<Ulid>& out) {
  for (const JsonValue& item : TakeArray(key)) ReadUlid(key, item, out.emplace_back());
}

void JsonFields::Fail(std::string_view key, std::string_view expected) {
  if (status_.ok()) status_ = DataLoss("{}{} is not {}", where_, key, expected);
}

JsonValue::Array JsonFields::TakeArray(std::string_view key) {
  const JsonValue value = Take(key);
  if (!value.is_array() && !value.is_null()) Fail(key, "an array");
  return value.array();
}

void JsonFields::ReadText(std::string_view key, const JsonValue& value, std::string& out) {
  if (value.is_string()) {
    out = value.StringOr("");
  } else if (!value.is_null()) {
    Fail(key, "a string");
  }
}

void JsonFields::ReadUlid(std::string_view key, const JsonValue& value, Ulid& out) {
  if (value.is_null()) return;
  const absl::StatusOr<Ulid> id = Ulid::Parse(value.StringOr(""));
  if (!id.ok()) return Fail(key, "a ULID");
  out = *id;
}

}  // namespace varve
