// How a cache server is talked to over one connection. See remote_cache.h for what is made of that.
//
// Shape    keys fit the server (CacheServerKey); values are bytes whose meaning is the caller's.
// Errors   DataLoss for an answer that is not one, ResourceExhausted for a value longer than allowed, FailedPrecondition for a
//          refusal, with the server's words. After an error the connection is of no more use.
// Threads  a protocol has no state; share freely.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "net/byte_stream.h"
#include "objstore/cache/answer_reader.h"
#include "objstore/cache/byte_cache.h"

namespace varve {

struct CacheConnection {
  explicit CacheConnection(std::unique_ptr<ByteStream> connected) : stream(std::move(connected)), answers(*stream) {}
  std::unique_ptr<ByteStream> stream;
  AnswerReader answers;
};

class CacheProtocol {
 public:
  virtual ~CacheProtocol() = default;
  virtual absl::Status Greet(CacheConnection& connection, ByteSource::Deadline deadline) const = 0;
  // Asks for all of `keys` at once.
  virtual std::string GetRequest(std::span<const std::string> keys) const = 0;
  // Reads the answer to it: values[i] is of keys[i], empty where there is none.
  virtual absl::Status ReadGetAnswer(AnswerReader& answers, std::span<const std::string> keys, size_t value_bytes_max,
                                     std::span<Blob> values) const = 0;
  virtual std::string SetRequest(const std::string& key, Bytes value, std::chrono::milliseconds ttl) const = 0;
  virtual absl::Status ReadSetAnswer(AnswerReader& answers) const = 0;
};

std::unique_ptr<CacheProtocol> NewMemcachedProtocol();

struct RedisLogin {
  std::string username, password;
  int64_t database = 0;
};
std::unique_ptr<CacheProtocol> NewRedisProtocol(RedisLogin login);

}  // namespace varve
