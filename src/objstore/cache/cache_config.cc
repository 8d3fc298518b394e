#include "objstore/cache/cache_config.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "net/address.h"

namespace varve {
namespace {

using std::chrono::milliseconds;

// What a number of connections, keys or the like must be.
absl::Status CheckCount(std::string_view key, int64_t count, int64_t count_min) {
  if (count >= count_min && count <= 1'000'000) return absl::OkStatus();
  return InvalidArgument("{}: {} is not a number from {} to 1000000", key, count, count_min);
}

void ReadSize(YamlMap& map, std::string_view key, size_t& out, int64_t count_min) {
  int64_t count = static_cast<int64_t>(out);
  map.Read(key, count);
  if (absl::Status checked = CheckCount(key, count, count_min); !checked.ok()) return map.Fail(checked);
  out = static_cast<size_t>(count);
}

void ReadTime(YamlMap& map, std::string_view key, milliseconds& out) {
  int64_t ms = out.count();
  map.ReadDurationMs(key, ms);
  if (ms > 0) out = milliseconds(ms);
}

// Thanos' breaker watches sets; ours watches the server, whatever it is asked: it opens after consecutive failures, for open_duration.
void ReadBreaker(YamlMap& map, CacheServerOptions& server) {
  const YamlNode* node = map.Child("set_async_circuit_breaker_config");
  if (node == nullptr) return;
  bool enabled = false;
  int64_t half_open_max_requests = 10, min_requests = 50, failures = 5;
  double failure_percent = 0.05;
  milliseconds open_duration(5000);
  YamlMap breaker(*node, "set_async_circuit_breaker_config");
  breaker.Read("enabled", enabled);
  breaker.Read("half_open_max_requests", half_open_max_requests);
  ReadTime(breaker, "open_duration", open_duration);
  breaker.Read("min_requests", min_requests);
  breaker.Read("consecutive_failures", failures);
  breaker.Read("failure_percent", failure_percent);
  if (absl::Status status = breaker.Finish(); !status.ok()) return map.Fail(status);
  if (!enabled) return;
  server.failures_max = static_cast<int>(std::clamp<int64_t>(failures, 1, 1'000'000));
  server.rest = open_duration;
}

absl::Status ReadMemory(const YamlNode& node, const std::string& where, MemoryCacheOptions& options) {
  YamlMap map(node, where);
  map.ReadSizeBytes("max_size", options.bytes_max);
  map.ReadSizeBytes("max_item_size", options.item_bytes_max);
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (options.item_bytes_max > options.bytes_max) {
    return InvalidArgument("{}: max_item_size ({}) is larger than max_size ({})", where, options.item_bytes_max,
                           options.bytes_max);
  }
  return absl::OkStatus();
}

absl::Status ReadDisk(const YamlNode& node, const std::string& where, DiskCacheOptions& options) {
  YamlMap map(node, where);
  map.Read("directory", options.directory);
  map.ReadSizeBytes("max_size", options.bytes_max);
  map.ReadSizeBytes("max_item_size", options.item_bytes_max);
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (options.directory.empty()) return InvalidArgument("{}: give the directory of the cache", where);
  return absl::OkStatus();
}

absl::Status ReadMemcached(const YamlNode& node, const std::string& where, CacheConfig& config) {
  bool auto_discovery = false;
  RemoteCacheOptions& remote = config.remote;
  YamlMap map(node, where);
  map.Read("addresses", config.addresses);
  ReadTime(map, "timeout", remote.get_timeout);
  ReadSize(map, "max_idle_connections", remote.server.idle_max, 0);
  ReadSize(map, "max_async_concurrency", remote.set_concurrency, 1);
  ReadSize(map, "max_async_buffer_size", remote.set_queue_items, 0);
  ReadSize(map, "max_get_multi_concurrency", remote.get_concurrency, 0);
  map.ReadSizeBytes("max_item_size", remote.item_bytes_max);
  ReadSize(map, "max_get_multi_batch_size", remote.get_batch_keys, 0);
  map.ReadDurationMs("dns_provider_update_interval", config.dns_interval_ms);
  map.Read("auto_discovery", auto_discovery);
  ReadBreaker(map, remote.server);
  VARVE_RETURN_IF_ERROR(map.Finish());
  remote.set_timeout = remote.server.connect_timeout = remote.get_timeout;
  if (auto_discovery) return Unimplemented("{}: auto_discovery is not available; list the nodes in addresses", where);
  if (config.addresses.empty()) return InvalidArgument("{}: no memcached addresses provided", where);
  if (config.dns_interval_ms <= 0) return InvalidArgument("{}: dns_provider_update_interval must be positive", where);
  return absl::OkStatus();
}

absl::Status ReadTls(YamlMap& map, const std::string& where, bool enabled, std::optional<TlsClientConfig>& out) {
  const YamlNode* node = map.Child("tls_config");
  TlsClientConfig tls;
  if (node != nullptr) {
    YamlMap keys(*node, where + " tls_config");
    keys.Read("ca_file", tls.ca_file);
    keys.Read("cert_file", tls.cert_file);
    keys.Read("key_file", tls.key_file);
    keys.Read("server_name", tls.server_name);
    keys.Read("insecure_skip_verify", tls.insecure_skip_verify);
    keys.Read("min_version", tls.min_version);
    VARVE_RETURN_IF_ERROR(keys.Finish());
  }
  if (enabled) out = std::move(tls);
  return absl::OkStatus();
}

absl::Status ReadRedis(const YamlNode& node, const std::string& where, CacheConfig& config) {
  std::string addr, master_name;
  uint64_t cache_size = 0;
  bool tls_enabled = false;
  RemoteCacheOptions& remote = config.remote;
  size_t set_multi_concurrency = 100, set_batch = 100;
  remote.server.connect_timeout = milliseconds(5000);
  remote.get_timeout = remote.set_timeout = milliseconds(3000);
  remote.get_batch_keys = 100;
  remote.item_bytes_max = 64 << 20;
  YamlMap map(node, where);
  map.Read("addr", addr);
  map.Read("prefix", remote.key_prefix);
  map.Read("username", config.login.username);
  map.Read("password", config.login.password);
  map.Read("db", config.login.database);
  ReadTime(map, "dial_timeout", remote.server.connect_timeout);
  ReadTime(map, "read_timeout", remote.get_timeout);
  ReadTime(map, "write_timeout", remote.set_timeout);
  ReadSize(map, "max_get_multi_concurrency", remote.get_concurrency, 0);
  ReadSize(map, "get_multi_batch_size", remote.get_batch_keys, 0);
  ReadSize(map, "max_set_multi_concurrency", set_multi_concurrency, 0);  // sets are made one by one, as set_async ones are
  ReadSize(map, "set_multi_batch_size", set_batch, 0);
  ReadSize(map, "max_async_concurrency", remote.set_concurrency, 1);
  ReadSize(map, "max_async_buffer_size", remote.set_queue_items, 0);
  map.Read("tls_enabled", tls_enabled);
  map.ReadSizeBytes("cache_size", cache_size);
  map.Read("master_name", master_name);
  ReadBreaker(map, remote.server);
  if (absl::Status status = ReadTls(map, where, tls_enabled, config.tls); !status.ok()) map.Fail(status);
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (addr.empty()) return InvalidArgument("{}: no redis addr provided", where);
  if (addr.find(',') != std::string::npos) {
    return Unimplemented("{}: Redis Cluster is not available; give the addr of one server, or several memcached servers", where);
  }
  if (!master_name.empty()) return Unimplemented("{}: Redis Sentinel is not available; give the addr of the server", where);
  if (cache_size > 0) {
    return Unimplemented("{}: cache_size: there is no client-side cache before Redis; leave it out, or use type IN-MEMORY",
                         where);
  }
  config.addresses = {addr};
  if (!config.tls.has_value()) return absl::OkStatus();
  VARVE_ASSIGN_OR_RETURN(const HostPort host, ParseHostPort(addr, 6379));
  if (config.tls->server_name.empty()) config.tls->server_name = host.host;  // connections go to addresses
  return config.tls->Check();
}

}  // namespace

absl::StatusOr<CacheConfig> ReadCacheConfig(const std::string& type, const YamlNode* config, const std::string& where) {
  std::string upper = type;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const YamlNode none;
  const YamlNode& node = config != nullptr ? *config : none;
  const std::string part = fmt::format("{}, config of type {}", where, upper);
  CacheConfig out;
  if (upper == "IN-MEMORY") {
    VARVE_RETURN_IF_ERROR(ReadMemory(node, part, out.memory));
  } else if (upper == "MEMCACHED") {
    out.type = CacheType::kMemcached;
    VARVE_RETURN_IF_ERROR(ReadMemcached(node, part, out));
  } else if (upper == "REDIS") {
    out.type = CacheType::kRedis;
    VARVE_RETURN_IF_ERROR(ReadRedis(node, part, out));
  } else if (upper == "DISK") {
    out.type = CacheType::kDisk;
    VARVE_RETURN_IF_ERROR(ReadDisk(node, part, out.disk));
  } else if (upper == "GROUPCACHE") {
    return Unimplemented("{}: type GROUPCACHE is not available; use IN-MEMORY, DISK, MEMCACHED or REDIS", where);
  } else {
    return InvalidArgument("{}: cache with type {:?} is not supported; write IN-MEMORY, MEMCACHED, REDIS or DISK", where, type);
  }
  if (out.remote.item_bytes_max == 0) out.remote.item_bytes_max = 64 << 20;
  if (out.remote.get_concurrency == 0) out.remote.get_concurrency = 10'000;
  return out;
}

absl::StatusOr<std::unique_ptr<ByteCache>> MakeCache(const CacheConfig& config, const CacheEnvironment& environment,
                                                     CacheServerList servers) {
  MetricsRegistry& registry = environment.registry;
  if (config.type == CacheType::kMemory) {
    MemoryCacheOptions options = config.memory;
    options.budget = environment.memory;
    const MetricLabels labels = environment.memory_metrics_have_name ? MetricLabels{{"name", environment.name}} : MetricLabels();
    return std::make_unique<MemoryCache>(options, MemoryCacheMetrics(registry, environment.memory_metrics_prefix, labels),
                                         environment.clock);
  }
  if (config.type == CacheType::kDisk) {
    std::string prefix = fmt::format("varve_disk_cache_{}_", environment.name);
    std::replace(prefix.begin(), prefix.end(), '-', '_');
    return OpenDiskCache(config.disk, environment.logger, registry, prefix, environment.clock);
  }
  const bool is_redis = config.type == CacheType::kRedis;
  VARVE_ASSIGN_OR_RETURN(StreamDialer dialer, StreamDialer::Make(config.tls));
  return NewRemoteCache(is_redis ? NewRedisProtocol(config.login) : NewMemcachedProtocol(), std::move(dialer), std::move(servers),
                        config.remote, environment.executor,
                        RemoteCacheMetrics(registry, is_redis ? "thanos_redis_" : "thanos_memcached_", environment.name));
}

}  // namespace varve
