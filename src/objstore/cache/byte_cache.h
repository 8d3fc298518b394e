// Bytes kept under keys to spare a request to the bucket: in memory, on a local disk, in memcached or Redis.
//
//   const std::vector<Blob> found = cache.Get(ctx, keys);        // found[i] is of keys[i], empty where there is none
//   cache.Put(key, Blob::Copy(bytes), std::chrono::hours(24));
//
// Shape    what lies under a key is a function of the key, or may be as old as its time to live. A cache may forget anything at
//          any time, and is asked and told without errors: one that is broken is slow and empty.
// Errors   none. What comes from a disk or a server is checked against its checksum before it is handed out (cache_record.h).
// Threads  share freely. Get may block, up to the timeouts of a remote cache; Put does not wait for a server.
#pragma once

#include <chrono>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "runtime/context.h"

namespace varve {

// Immutable bytes with shared ownership. An empty one stands for "not there".
class Blob {
 public:
  Blob() = default;
  // `bytes` live as long as `owner`.
  Blob(Bytes bytes, std::shared_ptr<const void> owner) : bytes_(bytes), owner_(std::move(owner)) {}

  static Blob Copy(Bytes bytes) {
    std::shared_ptr<std::byte[]> copy = std::make_shared_for_overwrite<std::byte[]>(bytes.size());
    if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
    const Bytes view(copy.get(), bytes.size());
    return Blob(view, std::move(copy));
  }
  static Blob Copy(std::string_view text) { return Copy(AsBytes(text)); }

  bool empty() const { return bytes_.empty(); }
  size_t size() const { return bytes_.size(); }
  Bytes bytes() const { return bytes_; }
  std::string_view text() const { return AsText(bytes_); }
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  Bytes bytes_;
  std::shared_ptr<const void> owner_;
};

class ByteCache {
 public:
  virtual ~ByteCache() = default;
  virtual std::vector<Blob> Get(const Context& ctx, std::span<const std::string> keys) = 0;
  // Replaces what is there; an empty value forgets it. A cache may refuse a value, for its size for example.
  virtual void Put(const std::string& key, const Blob& value, std::chrono::milliseconds ttl) = 0;

  Blob GetOne(const Context& ctx, const std::string& key) { return std::move(Get(ctx, {&key, 1}).front()); }
};

}  // namespace varve
