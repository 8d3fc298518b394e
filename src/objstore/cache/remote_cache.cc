#include "objstore/cache/remote_cache.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <semaphore>
#include <utility>

#include "base/errors.h"
#include "base/hash.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "objstore/cache/cache_record.h"

namespace varve {
namespace {

using SteadyClock = ByteSource::Deadline::clock;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Runs `call` on the account of one operation.
template <typename Call>
absl::Status Measure(const RemoteCacheMetrics::Operation& metrics, Call call) {
  metrics.attempts.Increment();
  const auto start = SteadyClock::now();
  const absl::Status status = call();
  metrics.duration.Observe(std::chrono::duration<double>(SteadyClock::now() - start).count());
  if (!status.ok()) metrics.failures.Increment();
  return status;
}

class RemoteCache : public ByteCache {
 public:
  RemoteCache(std::unique_ptr<CacheProtocol> protocol, StreamDialer dialer, CacheServerList servers, RemoteCacheOptions options,
              Executor& executor, RemoteCacheMetrics metrics)
      : protocol_(std::move(protocol)),
        dialer_(std::move(dialer)),
        list_(std::move(servers)),
        options_(std::move(options)),
        executor_(executor),
        metrics_(metrics),
        get_slots_(static_cast<ptrdiff_t>(std::max<size_t>(options_.get_concurrency, 1))),
        setters_("cache-set", std::max<size_t>(options_.set_concurrency, 1)) {}
  ~RemoteCache() override { closing_ = true; }

  std::vector<Blob> Get(const Context& ctx, std::span<const std::string> keys) override {
    std::vector<Blob> found(keys.size());
    const std::shared_ptr<const Servers> servers = CurrentServers();
    if (servers->empty()) return found;
    auto deadline = SteadyClock::now() + options_.get_timeout;
    if (ctx.deadline().has_value()) deadline = std::min(deadline, *ctx.deadline());
    std::vector<Batch> batches = MakeBatches(*servers, keys);
    const auto fetch = [&](Batch& batch) { return FetchBatch(batch, deadline, keys, found); };
    if (batches.size() == 1) {
      fetch(batches.front()).IgnoreError();
      return found;
    }
    TaskGroup group(ctx, executor_);
    for (Batch& batch : batches) {
      group.Run([&](const Context&) {
        fetch(batch).IgnoreError();  // counted; the other servers answer all the same
        return absl::OkStatus();
      });
    }
    group.Wait().IgnoreError();
    return found;
  }

  void Put(const std::string& key, const Blob& value, std::chrono::milliseconds ttl) override {
    if (ttl.count() <= 0) return;
    const uint64_t bytes = value.size() + kCacheRecordOverheadBytes;
    const bool full = queued_items_ >= options_.set_queue_items || queued_bytes_ + bytes > options_.set_queue_bytes;
    if (full || bytes > options_.item_bytes_max) {
      metrics_.set.skipped.Increment();
      return;
    }
    ++queued_items_;
    queued_bytes_ += bytes;
    setters_.Post([this, key, value, ttl, bytes] {
      if (!closing_) Set(key, value, ttl).IgnoreError();
      --queued_items_;
      queued_bytes_ -= bytes;
    });
  }

 private:
  using Servers = std::vector<std::shared_ptr<CacheServer>>;  // by natural order of their names
  struct Batch {
    CacheServer* server;
    std::vector<size_t> places;     // among all keys
    std::vector<std::string> keys;  // as the server takes them
  };

  std::shared_ptr<const Servers> CurrentServers() {
    std::vector<std::string> names = list_();
    std::sort(names.begin(), names.end(), NaturalLess);
    MutexLock lock(mutex_);
    if (names == names_) return servers_;
    std::map<std::string, std::shared_ptr<CacheServer>> known;
    for (size_t i = 0; i < names_.size(); ++i) known.emplace(names_[i], (*servers_)[i]);
    auto servers = std::make_shared<Servers>();
    for (const std::string& name : names) {
      std::shared_ptr<CacheServer>& server = known[name];
      if (server == nullptr) server = std::make_shared<CacheServer>(*protocol_, dialer_, name, options_.server);
      servers->push_back(server);
    }
    names_ = std::move(names);
    servers_ = std::move(servers);
    return servers_;
  }

  std::vector<Batch> MakeBatches(const Servers& servers, std::span<const std::string> keys) const {
    const size_t batch_max = options_.get_batch_keys == 0 ? SIZE_MAX : options_.get_batch_keys;
    std::vector<Batch> full, open(servers.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      const std::string key = CacheServerKey(options_.key_prefix, keys[i]);
      const size_t place = JumpHash(XxHash64(key), servers.size());
      Batch& batch = open[place];
      batch.server = servers[place].get();
      batch.places.push_back(i);
      batch.keys.push_back(key);
      if (batch.keys.size() == batch_max) full.push_back(std::exchange(batch, Batch()));
    }
    for (Batch& batch : open) {
      if (!batch.keys.empty()) full.push_back(std::move(batch));
    }
    return full;
  }

  absl::Status FetchBatch(const Batch& batch, ByteSource::Deadline deadline, std::span<const std::string> keys,
                          std::vector<Blob>& found) {
    if (!get_slots_.try_acquire_until(deadline)) {
      metrics_.get.skipped.Increment();
      return DeadlineExceeded("too many requests to the cache at once");
    }
    std::vector<Blob> values(batch.keys.size());
    const absl::Status status = Measure(metrics_.get, [&] {
      const std::string request = protocol_->GetRequest(batch.keys);
      return batch.server->Exchange(AsBytes(request), deadline, [&](AnswerReader& answers) {
        return protocol_->ReadGetAnswer(answers, batch.keys, options_.item_bytes_max, values);
      });
    });
    get_slots_.release();
    VARVE_RETURN_IF_ERROR(status);
    for (size_t i = 0; i < values.size(); ++i) {
      const std::optional<Bytes> value = OpenCacheRecord(keys[batch.places[i]], values[i].bytes());
      if (value.has_value()) found[batch.places[i]] = Blob(*value, values[i].owner());
    }
    return absl::OkStatus();
  }

  absl::Status Set(const std::string& key, const Blob& value, std::chrono::milliseconds ttl) {
    const std::shared_ptr<const Servers> servers = CurrentServers();
    if (servers->empty()) return Unavailable("no cache server is known");
    const std::string server_key = CacheServerKey(options_.key_prefix, key);
    CacheServer& server = *(*servers)[JumpHash(XxHash64(server_key), servers->size())];
    return Measure(metrics_.set, [&] {
      const std::string request = protocol_->SetRequest(server_key, SealCacheRecord(key, value.bytes()), ttl);
      return server.Exchange(AsBytes(request), SteadyClock::now() + options_.set_timeout,
                             [&](AnswerReader& answers) { return protocol_->ReadSetAnswer(answers); });
    });
  }

  const std::unique_ptr<CacheProtocol> protocol_;
  const StreamDialer dialer_;
  const CacheServerList list_;
  const RemoteCacheOptions options_;
  Executor& executor_;
  const RemoteCacheMetrics metrics_;
  std::counting_semaphore<> get_slots_;
  std::atomic<size_t> queued_items_ = 0;
  std::atomic<uint64_t> queued_bytes_ = 0;
  std::atomic<bool> closing_ = false;
  Mutex mutex_;
  std::vector<std::string> names_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Servers> servers_ ABSL_GUARDED_BY(mutex_) = std::make_shared<const Servers>();
  Executor setters_;  // the last member: it ends first
};

}  // namespace

RemoteCacheMetrics::Operation RemoteCacheMetrics::Make(MetricsRegistry& registry, const std::string& prefix,
                                                       const std::string& name, const std::string& operation) {
  const MetricLabels labels = {{"name", name}, {"operation", operation}};
  return {.attempts = NewCounter(registry, prefix + "operations_total", "Total number of operations against the cache.", labels),
          .failures = NewCounter(registry, prefix + "operation_failures_total",
                                 "Total number of operations against the cache that failed.", labels),
          .skipped =
              NewCounter(registry, prefix + "operation_skipped_total",
                         "Total number of operations against the cache that have been skipped: too large, or too many.", labels),
          .duration = NewHistogram(registry, prefix + "operation_duration_seconds", "Duration of operations against the cache.",
                                   {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 3, 6, 10}, labels)};
}

RemoteCacheMetrics::RemoteCacheMetrics(MetricsRegistry& registry, const std::string& prefix, const std::string& name)
    : get(Make(registry, prefix, name, "getmulti")), set(Make(registry, prefix, name, "set")) {}

std::unique_ptr<ByteCache> NewRemoteCache(std::unique_ptr<CacheProtocol> protocol, StreamDialer dialer, CacheServerList servers,
                                          RemoteCacheOptions options, Executor& executor, RemoteCacheMetrics metrics) {
  return std::make_unique<RemoteCache>(std::move(protocol), std::move(dialer), std::move(servers), std::move(options), executor,
                                       metrics);
}

size_t JumpHash(uint64_t hash, size_t count) {
  int64_t bucket = -1, next = 0;
  while (next < static_cast<int64_t>(count)) {
    bucket = next;
    hash = hash * 2862933555777941757ULL + 1;
    next = static_cast<int64_t>(static_cast<double>(bucket + 1) *
                                (static_cast<double>(int64_t{1} << 31) / static_cast<double>((hash >> 33) + 1)));
  }
  return static_cast<size_t>(bucket);
}

bool NaturalLess(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!IsDigit(a[i]) || !IsDigit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    const auto run = [](std::string_view text, size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const size_t begin = at;
      while (at < text.size() && IsDigit(text[at])) ++at;
      return text.substr(begin, at - begin);
    };
    const std::string_view left = run(a, i), right = run(b, j);
    if (left != right) return left.size() != right.size() ? left.size() < right.size() : left < right;
  }
  return a.size() - i != b.size() - j ? a.size() - i < b.size() - j : a < b;
}

}  // namespace varve
