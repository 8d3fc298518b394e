// A bucket in memory behind a wire: every request takes a while and is counted. It calls itself S3, so that reads are planned as for
// one.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "objstore/bucket.h"

namespace varve::bench {

struct Wire {
  std::chrono::milliseconds delay;
  std::atomic<uint64_t> requests = 0, bytes = 0;
};

class DelayedBucket : public Bucket {
 public:
  DelayedBucket(Bucket& inner, Wire& wire) : inner_(inner), wire_(wire) {}  // which outlive this

  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    Travel();
    return inner_.Iter(ctx, directory, options, visit);
  }
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    Travel();
    const absl::StatusOr<size_t> got = inner_.ReadAt(ctx, name, offset, out);
    wire_.bytes += got.value_or(0);
    return got;
  }
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    Travel();
    return inner_.ReadAll(ctx, name);
  }
  absl::StatusOr<ObjectAttributes> Attributes(const Context& ctx, std::string_view name) override {
    Travel();
    return inner_.Attributes(ctx, name);
  }
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    return inner_.Upload(ctx, name, content);
  }
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    return inner_.UploadFile(ctx, name, path);
  }
  absl::Status Delete(const Context& ctx, std::string_view name) override { return inner_.Delete(ctx, name); }
  bool tells_sizes() const override { return true; }
  std::string_view name() const override { return "bench"; }
  std::string_view provider() const override { return "S3"; }

 private:
  void Travel() {
    ++wire_.requests;
    std::this_thread::sleep_for(wire_.delay);
  }

  Bucket& inner_;
  Wire& wire_;
};

}  // namespace varve::bench
