// Against real servers; those that misbehave are scripted.
#include "objstore/cache/remote_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/testing/certificates.h"
#include "objstore/cache/cache_record.h"
#include "objstore/testing/cache_server_process.h"
#include "objstore/testing/server_process.h"

namespace varve {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

class RemoteCacheTest : public testing::Test {
 protected:
  std::unique_ptr<ByteCache> Make(std::unique_ptr<CacheProtocol> protocol, std::vector<std::string> servers,
                                  RemoteCacheOptions options = Patient()) {
    return NewRemoteCache(
        std::move(protocol), *StreamDialer::Make(std::nullopt), [servers] { return servers; }, options, executor_,
        RemoteCacheMetrics(registry_, "cache_", "test"));
  }
  static RemoteCacheOptions Patient() {  // a slow machine is no broken server
    RemoteCacheOptions options;
    options.get_timeout = options.set_timeout = options.server.connect_timeout = std::chrono::seconds(20);
    return options;
  }
  static std::vector<std::string> Keys(int count) {
    std::vector<std::string> keys;
    for (int i = 0; i < count; ++i) keys.push_back(fmt::format("01ARZ:S:{}", i));
    return keys;
  }
  // Put does not wait, so a test does.
  static std::vector<Blob> GetAll(ByteCache& cache, std::span<const std::string> keys, size_t expected) {
    for (int i = 0; i < 2000; ++i) {
      std::vector<Blob> found = cache.Get(Context(), keys);
      const auto there = std::count_if(found.begin(), found.end(), [](const Blob& blob) { return !blob.empty(); });
      if (there == static_cast<ptrdiff_t>(expected)) return found;
      std::this_thread::sleep_for(milliseconds(5));
    }
    ADD_FAILURE() << "the values never arrived";
    return std::vector<Blob>(keys.size());
  }
  void KeepsValues(ByteCache& cache) {
    const std::vector<std::string> keys = Keys(300);
    std::vector<std::string> values;
    for (size_t i = 0; i < keys.size(); ++i) {
      values.push_back(std::string(i * 37, 'x') + std::string("\0\r\nEND\r\n", 8) + keys[i]);
      if (i % 5 != 0) cache.Put(keys[i], Blob::Copy(values[i]), hours(1));
    }
    const std::vector<Blob> found = GetAll(cache, keys, 240);
    for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(found[i].text(), i % 5 == 0 ? "" : values[i]) << keys[i];
    const std::string odd = "a key with blanks and " + std::string(300, 'y');
    cache.Put(odd, Blob::Copy("odd"), hours(1));
    EXPECT_EQ(GetAll(cache, {&odd, 1}, 1)[0].text(), "odd");
  }
  double Counted(const std::string& line) {
    const std::string text = MetricsAsText(registry_);
    const size_t at = text.find(line);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
  }

  MetricsRegistry registry_;
  Executor executor_{"io", 8};
};

TEST_F(RemoteCacheTest, Memcached) {
  const uint16_t first = FreePort();
  const CacheServerProcess one(MemcachedCommand(first), first);
  const uint16_t second = FreePort();
  const CacheServerProcess two(MemcachedCommand(second), second);
  const auto cache = Make(NewMemcachedProtocol(), {one.address(), two.address()});
  KeepsValues(*cache);
}

TEST_F(RemoteCacheTest, MemcachedInBatches) {
  const uint16_t port = FreePort();
  const CacheServerProcess server(MemcachedCommand(port), port);
  RemoteCacheOptions options = Patient();
  options.get_batch_keys = 7;
  options.get_concurrency = 2;
  KeepsValues(*Make(NewMemcachedProtocol(), {server.address()}, options));
}

TEST_F(RemoteCacheTest, RedisWithLoginAndDatabase) {
  const uint16_t port = FreePort();
  std::vector<std::string> command = RedisCommand(port);
  command.insert(command.end(), {"--requirepass", "s3cret"});
  const CacheServerProcess server(command, port);
  RemoteCacheOptions options = Patient();
  options.get_batch_keys = 100;
  options.key_prefix = "varve/";
  const auto cache = Make(NewRedisProtocol({.password = "s3cret", .database = 3}), {server.address()}, options);
  KeepsValues(*cache);
  const auto other = Make(NewRedisProtocol({.password = "s3cret", .database = 4}), {server.address()}, options);
  EXPECT_TRUE(other->GetOne(Context(), Keys(2)[1]).empty());
  const auto wrong = Make(NewRedisProtocol({.password = "guess"}), {server.address()}, options);
  EXPECT_TRUE(wrong->GetOne(Context(), Keys(2)[1]).empty());
}

TEST_F(RemoteCacheTest, RedisOverTls) {
  const TestCertificates certificates;
  const uint16_t port = FreePort();
  std::vector<std::string> command = RedisCommand(0);
  command.insert(command.end(),
                 {"--tls-port", std::to_string(port), "--tls-cert-file", certificates.cert_file(), "--tls-key-file",
                  certificates.key_file(), "--tls-ca-cert-file", certificates.ca_file(), "--tls-auth-clients", "no"});
  const CacheServerProcess server(command, port);
  const auto make = [&](const TlsClientConfig& tls) {
    return NewRemoteCache(
        NewRedisProtocol({}), *StreamDialer::Make(tls), [&] { return std::vector{server.address()}; }, Patient(), executor_,
        RemoteCacheMetrics(registry_, "cache_", "test"));
  };
  KeepsValues(*make({.ca_file = certificates.ca_file()}));
  EXPECT_TRUE(make({})->GetOne(Context(), Keys(2)[1]).empty());  // not one of the system's authorities
  EXPECT_FALSE(make({.insecure_skip_verify = true})->GetOne(Context(), Keys(2)[1]).empty());
}

TEST_F(RemoteCacheTest, AServerThatDiesIsAnEmptyCacheAndComesBack) {
  const uint16_t port = FreePort();
  auto server = std::make_unique<CacheServerProcess>(MemcachedCommand(port), port);
  RemoteCacheOptions options = Patient();
  options.server.rest = milliseconds(1);
  const auto cache = Make(NewMemcachedProtocol(), {server->address()}, options);
  const std::vector<std::string> keys = Keys(3);
  for (const std::string& key : keys) cache->Put(key, Blob::Copy("value"), hours(1));
  GetAll(*cache, keys, 3);
  server->Kill();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(cache->GetOne(Context(), keys[0]).empty());
    cache->Put(keys[0], Blob::Copy("value"), hours(1));
  }
  EXPECT_GE(Counted("cache_operation_failures_total{name=\"test\",operation=\"getmulti\"} "), 20);
  server = std::make_unique<CacheServerProcess>(MemcachedCommand(port), port);
  cache->Put(keys[0], Blob::Copy("new"), hours(1));
  for (int i = 0; i < 2000 && cache->GetOne(Context(), keys[0]).empty(); ++i) {
    cache->Put(keys[0], Blob::Copy("new"), hours(1));
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_FALSE(cache->GetOne(Context(), keys[0]).empty());
}

TEST_F(RemoteCacheTest, AServerThatFailsRests) {
  RemoteCacheOptions options = Patient();
  options.server.rest = hours(1);
  const uint16_t nobody = FreePort();
  const auto cache = Make(NewMemcachedProtocol(), {fmt::format("127.0.0.1:{}", nobody)}, options);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(cache->GetOne(Context(), "a").empty());
  const CacheServerProcess server(MemcachedCommand(nobody), nobody);
  EXPECT_TRUE(cache->GetOne(Context(), "a").empty());
  EXPECT_EQ(Counted("cache_operation_failures_total{name=\"test\",operation=\"getmulti\"} "), 11);
}

TEST_F(RemoteCacheTest, NoServerAndTooLargeAValueAreMisses) {
  const auto cache = Make(NewMemcachedProtocol(), {});
  EXPECT_TRUE(cache->GetOne(Context(), "a").empty());
  cache->Put("a", Blob::Copy(std::string(2 << 20, 'x')), hours(1));
  EXPECT_EQ(Counted("cache_operation_skipped_total{name=\"test\",operation=\"set\"} "), 1);
}

TEST_F(RemoteCacheTest, WhatSomebodyElsePutThereIsNotTaken) {
  const uint16_t port = FreePort();
  const CacheServerProcess server(MemcachedCommand(port), port);
  const auto dialer = *StreamDialer::Make(std::nullopt);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto stream = *dialer.Connect(server.address(), deadline);
  AnswerReader answers(*stream);
  answers.set_deadline(deadline);
  const auto protocol = NewMemcachedProtocol();
  const std::vector<std::string> keys = Keys(4);
  const ByteBuffer good = SealCacheRecord(keys[0], AsBytes("good"));
  ByteBuffer bad = SealCacheRecord(keys[2], AsBytes("bad"));
  bad.back() ^= std::byte{1};
  const Bytes records[] = {good, good, bad, AsBytes("not a record")};
  for (size_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(stream->Write(AsBytes(protocol->SetRequest(keys[i], records[i], hours(1))), deadline).ok());
    ASSERT_TRUE(protocol->ReadSetAnswer(answers).ok());
  }
  const std::vector<Blob> found = Make(NewMemcachedProtocol(), {server.address()})->Get(Context(), keys);
  EXPECT_EQ(found[0].text(), "good");
  for (size_t i = 1; i < 4; ++i) EXPECT_TRUE(found[i].empty()) << i;
}

TEST(JumpHashTest, MovesFewKeys) {
  EXPECT_EQ(JumpHash(1, 1), 0u);  // the values of the paper's own code
  EXPECT_EQ(JumpHash(42, 57), 43u);
  EXPECT_EQ(JumpHash(0xDEAD10CC, 1), 0u);
  EXPECT_EQ(JumpHash(0xDEAD10CC, 666), 361u);
  EXPECT_EQ(JumpHash(256, 1024), 520u);
  int moved = 0;
  for (uint64_t i = 0; i < 1000; ++i) moved += JumpHash(i * 0x9E3779B97F4A7C15, 10) != JumpHash(i * 0x9E3779B97F4A7C15, 11);
  EXPECT_LT(moved, 150);
}

TEST(NaturalLessTest, CountsRunsOfDigits) {
  std::vector<std::string> names = {"c-10:1", "c-9:1", "c-10", "b", "c-1:2", "c-01:1"};
  std::sort(names.begin(), names.end(), NaturalLess);
  EXPECT_THAT(names, testing::ElementsAre("b", "c-01:1", "c-1:2", "c-9:1", "c-10", "c-10:1"));
}

}  // namespace
}  // namespace varve
