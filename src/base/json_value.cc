#include "base/json_value.h"

#include <simdjson.h>

#include <cmath>

#include "base/errors.h"
#include "base/json_writer.h"

namespace varve {
namespace {

constexpr int kDepthMax = 200;

JsonValue Convert(const simdjson::dom::element& element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY: {
      JsonValue::Array items;
      for (const simdjson::dom::element item : simdjson::dom::array(element)) items.push_back(Convert(item));
      return JsonValue(std::move(items));
    }
    case element_type::OBJECT: {
      JsonValue::Object fields;
      for (const auto& [key, value] : simdjson::dom::object(element)) fields.emplace_back(std::string(key), Convert(value));
      return JsonValue(std::move(fields));
    }
    case element_type::INT64: return JsonValue(int64_t(element));
    case element_type::UINT64: return JsonValue(uint64_t(element));
    case element_type::DOUBLE: return JsonValue(double(element));
    case element_type::STRING: return JsonValue(std::string(std::string_view(element)));
    case element_type::BOOL: return JsonValue(bool(element));
    case element_type::NULL_VALUE: break;
  }
  return JsonValue();
}

void Write(JsonWriter& json, const JsonValue& value) {
  if (value.is_bool()) {
    json.Bool(value.BoolOr(false));
  } else if (value.is_integer()) {
    json.Int(value.IntOr(0));
  } else if (value.is_number()) {
    json.Double(value.DoubleOr(0));
  } else if (value.is_string()) {
    json.String(value.StringOr(""));
  } else if (value.is_array()) {
    json.BeginArray();
    for (const JsonValue& item : value.array()) Write(json, item);
    json.EndArray();
  } else if (value.is_object()) {
    json.BeginObject();
    for (const auto& [key, field] : value.object()) {
      json.Key(key);
      Write(json, field);
    }
    json.EndObject();
  } else {
    json.Null();
  }
}

}  // namespace

absl::StatusOr<JsonValue> JsonValue::Parse(std::string_view text) {
  simdjson::dom::parser parser;
  if (parser.allocate(text.size() + 1, kDepthMax) != simdjson::SUCCESS)
    return ResourceExhausted("JSON of {} bytes: out of memory", text.size());
  simdjson::dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS) {
    return InvalidArgument("not JSON: {}", simdjson::error_message(error));
  }
  return Convert(root);
}

bool JsonValue::BoolOr(bool fallback) const {
  const bool* value = std::get_if<bool>(&value_);
  return value != nullptr ? *value : fallback;
}

int64_t JsonValue::IntOr(int64_t fallback) const {
  const int64_t* value = std::get_if<int64_t>(&value_);
  return value != nullptr ? *value : fallback;
}

double JsonValue::DoubleOr(double fallback) const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const uint64_t* value = std::get_if<uint64_t>(&value_)) return static_cast<double>(*value);
  return fallback;
}

std::string_view JsonValue::StringOr(std::string_view fallback) const {
  const std::string* value = std::get_if<std::string>(&value_);
  return value != nullptr ? std::string_view(*value) : fallback;
}

const JsonValue::Array& JsonValue::array() const {
  static const Array& empty = *new Array;
  const Array* value = std::get_if<Array>(&value_);
  return value != nullptr ? *value : empty;
}

const JsonValue::Object& JsonValue::object() const {
  static const Object& empty = *new Object;
  const Object* value = std::get_if<Object>(&value_);
  return value != nullptr ? *value : empty;
}

const JsonValue* JsonValue::Find(std::string_view key) const {
  const Object& fields = object();
  for (size_t i = fields.size(); i-- > 0;) {
    if (fields[i].first == key) return &fields[i].second;
  }
  return nullptr;
}

const JsonValue& JsonValue::operator[](std::string_view key) const {
  static const JsonValue& null = *new JsonValue;
  const JsonValue* value = Find(key);
  return value != nullptr ? *value : null;
}

std::string JsonValue::ToString() const {
  std::string out;
  JsonWriter json(out);
  Write(json, *this);
  return out;
}

}  // namespace varve
