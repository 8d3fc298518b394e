#include "api/status_handlers.h"

#include <filesystem>
#include <map>
#include <thread>

#include "api/api_response.h"
#include "api/rfc3339.h"
#include "base/json_writer.h"

namespace varve {
namespace {

// Threads stand where Thanos counts goroutines.
int64_t ThreadCount() {
  std::error_code error;
  int64_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/task", error), end; !error && it != end; it.increment(error)) ++count;
  return count;
}

}  // namespace

HttpResponse StatusHandlers::Flags(const HttpRequest&) const {
  const std::map<std::string_view, std::string_view> sorted(config_.flags.begin(), config_.flags.end());
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  for (const auto& [name, value] : sorted) json.Field(name, value);
  json.EndObject();
  return RespondData(text);
}

HttpResponse StatusHandlers::BuildInfo(const HttpRequest&) const {
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Field("version", config_.version);
  for (const char* unknown : {"revision", "branch", "buildUser", "buildDate", "goVersion"}) json.Field(unknown, "");
  json.EndObject();
  return RespondData(text);
}

HttpResponse StatusHandlers::RuntimeInfo(const HttpRequest&) const {
  std::error_code error;
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  json.Field("startTime", FormatRfc3339(started_));
  json.Field("CWD", std::filesystem::current_path(error).string());
  json.Field("goroutineCount", ThreadCount());
  json.Field("GOMAXPROCS", static_cast<int64_t>(std::thread::hardware_concurrency()));
  json.Field("GOGC", "");
  json.Field("GODEBUG", "");
  json.Field("GOMEMLIMIT", int64_t{0});
  json.EndObject();
  return RespondData(text);
}

void StatusHandlers::AddTo(HttpRouter& router) const {
  const auto add = [&](std::string_view path, std::string name, auto member) {
    router.Add("GET", path, [this, member](const HttpRequest& request) { return (this->*member)(request); },
               {.name = std::move(name), .cors = config_.cors});
  };
  add("/api/v1/status/flags", "status_flags", &StatusHandlers::Flags);
  add("/api/v1/status/buildinfo", "status_build", &StatusHandlers::BuildInfo);
  add("/api/v1/status/runtimeinfo", "status_runtime", &StatusHandlers::RuntimeInfo);
}

}  // namespace varve
