// What may be called a metric or a label, in the two schemes Prometheus knows.
//
// Shape    legacy label: [a-zA-Z_][a-zA-Z0-9_]*, a metric may have colons too; UTF-8: any valid text that is not empty.
// Source   prometheus/common model.ValidationScheme; UTF-8 is the default since Prometheus 3.
#pragma once

#include <string_view>

namespace varve {

enum class NameScheme { kUtf8, kLegacy };

bool IsLegacyLabelName(std::string_view name);
bool IsLegacyMetricName(std::string_view name);

bool IsValidLabelName(std::string_view name, NameScheme scheme = NameScheme::kUtf8);
bool IsValidMetricName(std::string_view name, NameScheme scheme = NameScheme::kUtf8);

}  // namespace varve
