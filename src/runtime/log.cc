#include "runtime/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/json_writer.h"
#include "base/mutex.h"

namespace varve {
namespace {

constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error"};

std::string Now() {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

bool NeedsQuotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (c <= ' ' || c == '=' || c == '"' || c == '\x7f') return true;
  }
  return false;
}

void AppendLogfmt(std::string& line, std::string_view key, std::string_view value) {
  if (!line.empty()) line += ' ';
  line += key;
  line += '=';
  if (NeedsQuotes(value)) {
    AppendJsonString(line, value);
  } else {
    line += value;
  }
}

void AppendJsonField(std::string& line, std::string_view key, std::string_view value) {
  line += line.empty() ? '{' : ',';
  AppendJsonString(line, key);
  line += ':';
  AppendJsonString(line, value);
}

}  // namespace

struct Logger::Sink {
  LogLevel level;
  LogFormat format;
  std::function<void(std::string_view)> write;  // empty: stderr
  Mutex mutex;
};

LogField::LogField(std::string_view key, double value) : key(key), value(FormatFloatGeneral(value)) {}
LogField::LogField(std::string_view key, const absl::Status& status) : key(key), value(Message(status)) {}

Logger::Logger(LogLevel level, LogFormat format) : Logger(level, format, nullptr) {}

Logger::Logger(LogLevel level, LogFormat format, std::function<void(std::string_view)> sink) : sink_(std::make_shared<Sink>()) {
  sink_->level = level;
  sink_->format = format;
  sink_->write = std::move(sink);
}

Logger Logger::With(Fields fields) const {
  Logger logger = *this;
  for (const LogField& field : fields) logger.fixed_fields_.emplace_back(field.key, field.value);
  return logger;
}

bool Logger::enabled(LogLevel level) const { return level >= sink_->level; }

void Logger::Log(LogLevel level, std::string_view message, Fields fields) const {
  if (!enabled(level)) return;
  const bool json = sink_->format == LogFormat::kJson;
  const auto append = json ? AppendJsonField : AppendLogfmt;
  std::string line;
  append(line, "ts", Now());
  append(line, "level", kLevelNames[static_cast<int>(level)]);
  for (const auto& [key, value] : fixed_fields_) append(line, key, value);
  append(line, "msg", message);
  for (const LogField& field : fields) append(line, field.key, field.value);
  if (json) line += '}';

  MutexLock lock(sink_->mutex);
  if (sink_->write) {
    sink_->write(line);
  } else {
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

}  // namespace varve
