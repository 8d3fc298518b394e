#include "objstore/cache/cache_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objstore/caching_bucket_config.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<CacheConfig> Read(const std::string& type, std::string_view yaml) {
  const YamlNode node = *YamlNode::Parse(yaml);
  return ReadCacheConfig(type, &node, "test");
}

TEST(CacheConfigTest, InMemory) {
  EXPECT_EQ(Read("in-memory", "")->memory.bytes_max, 250u << 20);
  EXPECT_EQ(Read("IN-MEMORY", "")->memory.item_bytes_max, 125u << 20);
  const CacheConfig config = *Read("In-Memory", "{max_size: 1GiB, max_item_size: 5MB}");
  EXPECT_EQ(config.memory.bytes_max, 1u << 30);
  EXPECT_EQ(config.memory.item_bytes_max, 5u << 20);
}

TEST(CacheConfigTest, MemcachedDefaultsAreThanos) {
  const CacheConfig config = *Read("MEMCACHED", "addresses: [a:1, dns+b:2]");
  EXPECT_EQ(config.type, CacheType::kMemcached);
  EXPECT_THAT(config.addresses, ElementsAre("a:1", "dns+b:2"));
  EXPECT_EQ(config.dns_interval_ms, 10'000);
  EXPECT_EQ(config.remote.get_timeout, milliseconds(500));
  EXPECT_EQ(config.remote.item_bytes_max, 1u << 20);
  EXPECT_EQ(config.remote.server.idle_max, 100u);
  EXPECT_EQ(config.remote.set_concurrency, 20u);
  EXPECT_EQ(config.remote.set_queue_items, 10'000u);
  EXPECT_EQ(config.remote.get_concurrency, 100u);
  EXPECT_EQ(config.remote.get_batch_keys, 0u);
}

TEST(CacheConfigTest, EveryKeyOfMemcached) {
  const CacheConfig config = *Read("memcached", R"(
addresses: [a:1]
timeout: 2s
max_idle_connections: 7
max_async_concurrency: 3
max_async_buffer_size: 50
max_get_multi_concurrency: 0
max_item_size: 4MiB
max_get_multi_batch_size: 9
dns_provider_update_interval: 1m
auto_discovery: false
set_async_circuit_breaker_config: {enabled: true, half_open_max_requests: 1, open_duration: 7s, min_requests: 2, consecutive_failures: 4, failure_percent: 0.5}
)");
  EXPECT_EQ(config.remote.get_timeout, milliseconds(2000));
  EXPECT_EQ(config.remote.server.idle_max, 7u);
  EXPECT_EQ(config.remote.set_concurrency, 3u);
  EXPECT_EQ(config.remote.set_queue_items, 50u);
  EXPECT_EQ(config.remote.item_bytes_max, 4u << 20);
  EXPECT_EQ(config.remote.get_batch_keys, 9u);
  EXPECT_EQ(config.dns_interval_ms, 60'000);
  EXPECT_EQ(config.remote.server.failures_max, 4);
  EXPECT_EQ(config.remote.server.rest, milliseconds(7000));
}

TEST(CacheConfigTest, Redis) {
  const CacheConfig config = *Read("REDIS", R"(
addr: redis:6379
prefix: p
username: u
password: s
db: 2
dial_timeout: 1s
read_timeout: 2s
write_timeout: 4s
max_get_multi_concurrency: 5
get_multi_batch_size: 6
max_set_multi_concurrency: 7
set_multi_batch_size: 8
tls_enabled: true
tls_config: {min_version: "1.3"}
cache_size: 0
master_name: ""
max_async_buffer_size: 9
max_async_concurrency: 10
)");
  EXPECT_EQ(config.type, CacheType::kRedis);
  EXPECT_THAT(config.addresses, ElementsAre("redis:6379"));
  EXPECT_EQ(config.remote.key_prefix, "p");
  EXPECT_EQ(config.login.username, "u");
  EXPECT_EQ(config.login.database, 2);
  EXPECT_EQ(config.remote.server.connect_timeout, milliseconds(1000));
  EXPECT_EQ(config.remote.get_timeout, milliseconds(2000));
  EXPECT_EQ(config.remote.set_timeout, milliseconds(4000));
  EXPECT_EQ(config.remote.get_batch_keys, 6u);
  EXPECT_EQ(config.tls->server_name, "redis");
  EXPECT_FALSE(Read("REDIS", "{addr: a:1}")->tls.has_value());
  EXPECT_EQ(Read("REDIS", "{addr: a:1}")->remote.get_timeout, milliseconds(3000));
}

TEST(CacheConfigTest, RefusalsSayWhatToDo) {
  const auto message = [](const std::string& type, std::string_view yaml) {
    const auto config = Read(type, yaml);
    return config.ok() ? "accepted" : std::string(config.status().message());
  };
  EXPECT_THAT(message("", ""), HasSubstr("write IN-MEMORY, MEMCACHED, REDIS or DISK"));
  EXPECT_THAT(message("GROUPCACHE", ""), HasSubstr("use IN-MEMORY"));
  EXPECT_THAT(message("IN-MEMORY", "{max_size: 1MB, max_item_size: 2MB}"), HasSubstr("larger than max_size"));
  EXPECT_THAT(message("IN-MEMORY", "{size: 1MB}"), HasSubstr("unknown key"));
  EXPECT_THAT(message("MEMCACHED", ""), HasSubstr("no memcached addresses"));
  EXPECT_THAT(message("MEMCACHED", "{addresses: [a:1], auto_discovery: true}"), HasSubstr("list the nodes"));
  EXPECT_THAT(message("MEMCACHED", "{addresses: [a:1], max_async_concurrency: 0}"), HasSubstr("max_async_concurrency"));
  EXPECT_THAT(message("REDIS", ""), HasSubstr("no redis addr"));
  EXPECT_THAT(message("REDIS", "addr: 'a:1,b:2'"), HasSubstr("Redis Cluster"));
  EXPECT_THAT(message("REDIS", "{addr: a:1, master_name: x}"), HasSubstr("Sentinel"));
  EXPECT_THAT(message("REDIS", "{addr: a:1, cache_size: 1MB}"), HasSubstr("cache_size"));
  EXPECT_THAT(message("DISK", ""), HasSubstr("give the directory"));
}

TEST(CachingBucketConfigTest, DefaultsAndKeys) {
  const CachingBucketConfig config = *ParseCachingBucketConfig("type: IN-MEMORY");
  EXPECT_EQ(config.options.chunk_subrange_bytes, 16'000u);
  EXPECT_EQ(config.options.chunk_requests_max, 3u);
  EXPECT_EQ(config.options.metafile_bytes_max, 1u << 20);
  EXPECT_EQ(config.options.metafile_doesnt_exist_ttl, std::chrono::minutes(15));
  const CachingBucketConfig other = *ParseCachingBucketConfig(R"(
type: DISK
config: {directory: /x, max_size: 5GB}
chunk_subrange_size: 32000
max_chunks_get_range_requests: 0
chunk_object_attrs_ttl: 1h
chunk_subrange_ttl: 2h
blocks_iter_ttl: 3m
metafile_exists_ttl: 4h
metafile_doesnt_exist_ttl: 5m
metafile_content_ttl: 6h
metafile_max_size: 2MiB
)");
  EXPECT_EQ(other.cache.disk.directory, "/x");
  EXPECT_EQ(other.cache.disk.bytes_max, uint64_t{5} << 30);
  EXPECT_EQ(other.options.chunk_subrange_bytes, 32'000u);
  EXPECT_EQ(other.options.chunk_requests_max, 0u);
  EXPECT_EQ(other.options.chunk_subrange_ttl, std::chrono::hours(2));
  EXPECT_EQ(other.options.metafile_content_ttl, std::chrono::hours(6));
  EXPECT_FALSE(ParseCachingBucketConfig("{type: IN-MEMORY, chunk_subrange_size: 10}").ok());
  EXPECT_FALSE(ParseCachingBucketConfig("{type: IN-MEMORY, subrange: 10}").ok());
}

}  // namespace
}  // namespace varve
