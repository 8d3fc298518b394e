// The lines of a promqltest script, trimmed, comments emptied.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "promql/testing/script.h"

namespace varve::promql {

class ScriptLines {
 public:
  explicit ScriptLines(std::string_view script);

  bool done() const { return next_ >= lines_.size(); }
  const std::string& Take() { return lines_[next_++]; }
  // Takes the next line unless the block ends here.
  const std::string* TakeInBlock() { return done() || lines_[next_].empty() ? nullptr : &lines_[next_++]; }
  int line() const { return static_cast<int>(next_); }  // of the line taken last, from 1

  template <typename... Args>
  absl::Status Fail(fmt::format_string<Args...> format, Args&&... args) const {
    return InvalidArgument("line {}: {}", line(), fmt::format(format, std::forward<Args>(args)...));
  }
  absl::Status Fail(const absl::Status& status) const { return Fail("{}", Message(status)); }

 private:
  std::vector<std::string> lines_;
  size_t next_ = 0;
};

// The command whose first line was taken.
absl::StatusOr<LoadCommand> ParseLoad(std::string_view first, ScriptLines& lines);
absl::StatusOr<EvalCommand> ParseEval(std::string_view first, ScriptLines& lines);

}  // namespace varve::promql
