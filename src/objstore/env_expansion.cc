#include "objstore/env_expansion.h"

#include <cstdlib>

#include "base/errors.h"

namespace varve {
namespace {

bool IsNameCharacter(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The name in `text`, which starts behind the opening bracket; empty if it is not a name with `close` right behind it.
std::string_view NameUpTo(std::string_view text, char close) {
  size_t length = 0;
  while (length < text.size() && IsNameCharacter(text[length])) ++length;
  return length < text.size() && text[length] == close ? text.substr(0, length) : std::string_view();
}

}  // namespace

std::optional<std::string> ProcessEnv(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

absl::StatusOr<std::string> ExpandEnv(std::string_view text, const EnvLookup& lookup) {
  std::string expanded;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    expanded += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    const bool braces = text.starts_with("${");
    const std::string_view name = braces                   ? NameUpTo(text.substr(2), '}')
                                  : text.starts_with("$(") ? NameUpTo(text.substr(2), ')')
                                                           : std::string_view();
    const bool is_reference = !name.empty() && !(braces && name[0] >= '0' && name[0] <= '9');
    const std::optional<std::string> value = is_reference ? lookup(std::string(name)) : std::nullopt;
    if (is_reference && !braces && !value.has_value()) {
      return InvalidArgument("the config refers to environment variable {:?}, which is not set", name);
    }
    const size_t reference_size = value.has_value() ? name.size() + 3 : 1;  // otherwise step over the dollar only
    expanded += value.has_value() ? std::string_view(*value) : text.substr(0, 1);
    text.remove_prefix(reference_size);
  }
  return expanded;
}

}  // namespace varve
