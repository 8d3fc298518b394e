// Redis' serialisation protocol, version 2, as far as MGET and SET need it.
// Source: redis.io/docs/reference/protocol-spec.
#include <absl/strings/numbers.h>
#include <fmt/format.h>

#include <initializer_list>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/cache/cache_protocol.h"

namespace varve {
namespace {

// *<count> then $<bytes> CR LF <bytes> CR LF for each part.
class Command {
 public:
  explicit Command(size_t parts) : text_(fmt::format("*{}\r\n", parts)) {}
  Command& Add(std::string_view part) {
    fmt::format_to(std::back_inserter(text_), "${}\r\n", part.size());
    text_.append(part).append("\r\n");
    return *this;
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

// A line that begins with `kind`, without it; a line with "-" is what the server refused with.
absl::StatusOr<std::string> TypedLine(AnswerReader& answers, char kind) {
  VARVE_ASSIGN_OR_RETURN(std::string line, answers.Line());
  if (line.starts_with('-')) return FailedPrecondition("Redis refuses: {}", line.substr(1));
  if (!line.starts_with(kind)) return DataLoss("Redis answered with {:?}, expected {:?}", line.substr(0, 1), kind);
  return line.substr(1);
}

absl::StatusOr<int64_t> NumberLine(AnswerReader& answers, char kind) {
  VARVE_ASSIGN_OR_RETURN(const std::string line, TypedLine(answers, kind));
  int64_t number = 0;
  if (!absl::SimpleAtoi(line, &number) || number < -1) return DataLoss("Redis answered with {:?} for a number", line);
  return number;
}

class RedisProtocol : public CacheProtocol {
 public:
  explicit RedisProtocol(RedisLogin login) : login_(std::move(login)) {}

  absl::Status Greet(CacheConnection& connection, ByteSource::Deadline deadline) const override {
    connection.answers.set_deadline(deadline);
    const auto call = [&](std::string command, std::string_view what) -> absl::Status {
      VARVE_RETURN_IF_ERROR(connection.stream->Write(AsBytes(command), deadline));
      return Annotate(TypedLine(connection.answers, '+').status(), "{}", what);
    };
    if (!login_.password.empty()) {
      Command auth(login_.username.empty() ? 2 : 3);
      auth.Add("AUTH");
      if (!login_.username.empty()) auth.Add(login_.username);
      VARVE_RETURN_IF_ERROR(call(auth.Add(login_.password).Take(), "log in with username and password of the config"));
    }
    if (login_.database == 0) return absl::OkStatus();
    return call(Command(2).Add("SELECT").Add(std::to_string(login_.database)).Take(), "select the db of the config");
  }

  std::string GetRequest(std::span<const std::string> keys) const override {
    Command command(keys.size() + 1);
    command.Add("MGET");
    for (const std::string& key : keys) command.Add(key);
    return command.Take();
  }

  absl::Status ReadGetAnswer(AnswerReader& answers, std::span<const std::string> keys, size_t value_bytes_max,
                             std::span<Blob> values) const override {
    VARVE_ASSIGN_OR_RETURN(const int64_t count, NumberLine(answers, '*'));
    if (count != static_cast<int64_t>(keys.size()))
      return DataLoss("Redis answered with {} values to {} keys", count, keys.size());
    for (Blob& value : values) {
      VARVE_ASSIGN_OR_RETURN(const int64_t bytes, NumberLine(answers, '$'));
      if (bytes < 0) continue;
      const size_t size = static_cast<size_t>(bytes);
      if (size > value_bytes_max) {
        return ResourceExhausted("Redis answered with a value of {} bytes, {} are allowed", size, value_bytes_max);
      }
      const auto content = std::make_shared_for_overwrite<std::byte[]>(size);
      VARVE_RETURN_IF_ERROR(answers.Content({content.get(), size}));
      value = Blob(Bytes(content.get(), size), content);
    }
    return absl::OkStatus();
  }

  std::string SetRequest(const std::string& key, Bytes value, std::chrono::milliseconds ttl) const override {
    return Command(5).Add("SET").Add(key).Add(AsText(value)).Add("PX").Add(std::to_string(ttl.count())).Take();
  }
  absl::Status ReadSetAnswer(AnswerReader& answers) const override { return TypedLine(answers, '+').status(); }

 private:
  const RedisLogin login_;
};

}  // namespace

std::unique_ptr<CacheProtocol> NewRedisProtocol(RedisLogin login) { return std::make_unique<RedisProtocol>(std::move(login)); }

}  // namespace varve
