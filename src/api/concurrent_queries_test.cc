// Eight clients at a time ask different things of one server, and some hang up in the middle: the others get what they would have
// got alone, and nothing is held afterwards. Worth running under TSan, too.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "api/query_api.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/testing/raw_client.h"
#include "promql/testing/every_feature.h"
#include "promql/testing/random/random_query.h"
#include "promql/testing/random/random_series.h"
#include "tsdb/blocks_source.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr size_t kQueries = 60, kTurnsPerClient = 60;
#else
constexpr size_t kQueries = 300, kTurnsPerClient = 300;
#endif
constexpr size_t kClients = 8;
constexpr TimestampMs kStart = 1'700'006'400'000;

class BlocksOfAServer : public SourceFactory {
 public:
  explicit BlocksOfAServer(const LocalBlocks& blocks) : blocks_(blocks) {}
  std::unique_ptr<SeriesSource> Open(const SourceOptions&) override { return NewBlocksSource(blocks_); }

 private:
  const LocalBlocks& blocks_;
};

std::string Seconds(TimestampMs time) { return fmt::format("{}.{:03}", time / 1000, time % 1000); }

std::string Target(const promql::PromqlTestQuery& query) {
  UrlParams params;
  params.Add("query", query.text);
  if (!query.is_range) {
    params.Add("time", Seconds(query.start));
    return "/api/v1/query?" + params.Encode();
  }
  params.Add("start", Seconds(query.start));
  params.Add("end", Seconds(query.end));
  params.Add("step", fmt::format("{}ms", query.step_ms));
  return "/api/v1/query_range?" + params.Encode();
}

class ConcurrentQueriesTest : public testing::Test {
 protected:
  ConcurrentQueriesTest() {
    BlockBuilder builder;
    for (const auto& [labels, samples] : promql::RandomSeries(1, {.start = kStart})) builder.Add(labels, samples);
    builder.Write(directory_.path(), {.range = BlockRange{kStart, kStart + 7'200'000}});
    EXPECT_EQ(blocks_.Scan()->loaded, 1u);
    config_.parser = promql::kEveryFeature;
    api_ = std::make_unique<QueryApi>(
        config_, QueryApi::Parts{.engine = engine_, .sources = sources_, .gate = gate_, .fleet = {}, .memory = &memory_});
    HttpRouter router;
    api_->AddTo(router);
    server_ = HttpServer::Start({.address = "127.0.0.1:0"}, std::move(router), handlers_, Logger()).value();
    for (size_t i = 0; i < kQueries; ++i) {
      targets_.push_back(Target(promql::RandomQuery(i, promql::QueryDialect::kModern, kStart)));
    }
  }

  std::string Ask(HttpClient& client, const std::string& target) const {
    const auto response = client.Do(Context(), {.url = fmt::format("http://127.0.0.1:{}{}", server_->port(), target)});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->body : "";
  }

  // Sends the query and hangs up, sooner or later.
  void AskAndLeave(const std::string& target, size_t turn) const {
    RawClient client(server_->port());
    client.Send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::microseconds(turn % 16 * 50));
    client.Close();
  }

  void BeAClient(size_t number) {
    const std::unique_ptr<HttpClient> client = HttpClient::Make({}).value();
    for (size_t turn = 0; turn < kTurnsPerClient; ++turn) {
      const size_t query = (number * 7919 + turn * 31) % kQueries;
      if ((number + turn) % 4 == 0) {
        AskAndLeave(targets_[query], turn);
        continue;
      }
      EXPECT_EQ(Ask(*client, targets_[query]), expected_[query]) << targets_[query];
      ++answers_;
    }
  }

  ScratchDirectory directory_;
  LocalBlocks blocks_{RealFiles(), directory_.path()};
  BlocksOfAServer sources_{blocks_};
  Executor workers_{"query", 4}, handlers_{"api", kClients};
  MetricsRegistry registry_;
  MemoryBudget memory_{"process", 1 << 30};
  promql::Engine engine_{[this] {
    promql::EngineOptions options;
    options.executor = &workers_;
    return options;
  }()};
  Gate gate_{registry_, "thanos_query_concurrent_", 4};
  QueryApiConfig config_;
  std::unique_ptr<QueryApi> api_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::string> targets_, expected_;
  std::atomic<size_t> answers_ = 0;
};

TEST_F(ConcurrentQueriesTest, EachGetsItsOwnAnswer) {
  const std::unique_ptr<HttpClient> alone = HttpClient::Make({}).value();
  for (const std::string& target : targets_) expected_.push_back(Ask(*alone, target));
  std::vector<std::thread> clients;
  for (size_t number = 0; number < kClients; ++number) clients.emplace_back([this, number] { BeAClient(number); });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answers_, kClients * kTurnsPerClient * 3 / 4);
  server_->Stop(std::chrono::minutes(1));
  EXPECT_EQ(memory_.used(), 0);
}

}  // namespace
}  // namespace varve
