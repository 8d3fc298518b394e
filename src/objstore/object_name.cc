#include "objstore/object_name.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

absl::Status CheckObjectName(std::string_view name) {
  if (name.empty()) return InvalidArgument("an object needs a name");
  if (name.find('\0') != std::string_view::npos) return InvalidArgument("object name {:?} has a zero byte", name);
  for (std::string_view rest = name;;) {
    const size_t slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    if (component.empty() || component == "." || component == "..") {
      return InvalidArgument("object name {:?} has an empty, \".\" or \"..\" component", name);
    }
    if (slash == std::string_view::npos) return absl::OkStatus();
    rest.remove_prefix(slash + 1);
  }
}

absl::StatusOr<std::string> DirectoryPrefix(std::string_view directory) {
  if (directory.empty()) return std::string();
  if (directory.ends_with('/')) directory.remove_suffix(1);
  VARVE_RETURN_IF_ERROR(CheckObjectName(directory));
  return std::string(directory) + "/";
}

}  // namespace varve
