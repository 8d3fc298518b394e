// Structured log lines: a constant message and fields.
//
//   log.Info("block compacted", {{"block", id.ToString()}, {"samples", samples}});
//   ts=2026-08-22T10:00:00.123Z level=info component=store msg="block compacted" block=01ARZ... samples=12
//
// Shape    one line per call on stderr, logfmt or JSON, with the keys Thanos uses (ts, level, msg, err).
// Threads  share freely; a line is never torn.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace varve {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kLogfmt, kJson };

struct LogField {
  LogField(std::string_view key, std::string_view value) : key(key), value(value) {}
  LogField(std::string_view key, const std::string& value) : key(key), value(value) {}
  LogField(std::string_view key, const char* value) : key(key), value(value) {}
  LogField(std::string_view key, bool value) : key(key), value(value ? "true" : "false") {}
  LogField(std::string_view key, double value);
  LogField(std::string_view key, const absl::Status& status);
  template <typename Integer, std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>, int> = 0>
  LogField(std::string_view key, Integer value) : key(key), value(std::to_string(value)) {}

  std::string_view key;
  std::string value;
};

class Logger {
 public:
  using Fields = std::initializer_list<LogField>;

  // Writes to stderr.
  explicit Logger(LogLevel level = LogLevel::kInfo, LogFormat format = LogFormat::kLogfmt);
  // Hands each finished line, without its newline, to `sink`; for tests.
  Logger(LogLevel level, LogFormat format, std::function<void(std::string_view)> sink);

  // The same sink, with more fields in front of each line's own.
  Logger With(Fields fields) const;

  void Debug(std::string_view message, Fields fields = {}) const { Log(LogLevel::kDebug, message, fields); }
  void Info(std::string_view message, Fields fields = {}) const { Log(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) const { Log(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) const { Log(LogLevel::kError, message, fields); }
  bool enabled(LogLevel level) const;

 private:
  struct Sink;
  void Log(LogLevel level, std::string_view message, Fields fields) const;

  std::shared_ptr<Sink> sink_;
  std::vector<std::pair<std::string, std::string>> fixed_fields_;
};

}  // namespace varve
