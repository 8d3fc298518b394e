// Rules in YAML, a zero byte, label names and values with a zero byte after each: rules are refused or applied, and what they
// leave is a proper label set.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "model/relabel.h"

namespace {

std::string_view TakeField(std::string_view& rest) {
  const std::string_view field = rest.substr(0, rest.find('\0'));
  rest.remove_prefix(std::min(rest.size(), field.size() + 1));
  return field;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto rules = varve::ParseRelabelRules(TakeField(rest));
  if (!rules.ok()) return 0;
  varve::LabelsBuilder builder;
  while (!rest.empty()) {
    const std::string_view name = TakeField(rest);
    builder.Set(name, TakeField(rest));
  }
  const auto result = varve::Relabel(builder.Build(), *rules);
  if (!result) return 0;
  varve::LabelView last;
  for (const varve::LabelView& label : *result) {
    VARVE_CHECK(!label.value.empty());
    VARVE_CHECK(last.value.empty() || last.name < label.name);
    VARVE_CHECK(result->Get(label.name) == label.value);
    last = label;
  }
  return 0;
}
