// The gRPC store client against the gRPC store server, over a real connection on 127.0.0.1.
#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/errors.h"
#include "net/grpc_client.h"
#include "net/grpc_server.h"
#include "runtime/memory_budget.h"
#include "store/fanout.h"
#include "store/grpc_store_client.h"
#include "store/grpc_store_server.h"
#include "store/series_hints.h"
#include "store/testing/fake_store.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class GrpcStoreTest : public testing::Test {
 protected:
  void SetUp() override { Serve(); }

  void Serve() {
    auto server = GrpcServer::Start({.address = "127.0.0.1:0"}, {&service_, &info_service_}, nullptr);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    address_ = fmt::format("127.0.0.1:{}", server_->port());
    channel_ = *MakeGrpcChannel(address_, {});
  }
  std::unique_ptr<StoreApi> Client(GrpcStoreOptions options = {}) {
    return NewGrpcStoreClient(
        channel_, [this] { return store_.Info(); }, options);
  }
  static SeriesRequest All() { return {.range = {0, 1000}, .matchers = {Matcher::NotEqual("__name__", "")}}; }
  static std::vector<std::string> Ask(StoreApi& store, const SeriesRequest& request, const Context& ctx = Context()) {
    auto set = store.Series(ctx, request);
    if (!set.ok()) return {fmt::format("failed: {}", Message(set.status()))};
    return DrainSeries(**set);
  }
  void AddSeries(int count) {
    for (int i = 0; i < count; ++i) {
      store_.series.push_back(FakeSeries(Labels{{"__name__", "up"}, {"i", fmt::format("{:05}", i)}}, {{0, 1}, {10, 2}}));
    }
  }

  FakeStore store_;
  std::atomic<bool> ready_ = true;
  Executor executor_{"test", 4};
  GrpcStoreService service_{store_, executor_};
  GrpcInfoService info_service_{[this]() -> absl::StatusOr<EndpointInfo> {
    if (!ready_) return Unavailable("Not ready");
    return EndpointInfo{.store = *store_.Info(), .rules = true, .exemplars = QueryRange{1, 2}};
  }};
  std::unique_ptr<GrpcServer> server_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(GrpcStoreTest, SeriesArriveAsTheyWere) {
  store_.series = {FakeSeries(Labels{{"__name__", "a"}}, {{0, 1}, {10, 2}}), FakeSeries(Labels{{"__name__", "b"}}, {{5, 1}})};
  AddAggregates(store_.series[1], {{Aggregate::kCount, {{20, 1}, {30, 1}}}, {Aggregate::kSum, {{20, 4}, {30, 5}}}});
  store_.warnings = {"one block is missing"};
  for (const uint32_t batch_size : {0, 1, 64}) {
    SeriesRequest request = All();
    request.batch_size = batch_size;
    EXPECT_THAT(Ask(*Client(), request),
                ElementsAre("{__name__=\"a\"} [raw 0-10]", "{__name__=\"b\"} [raw 5-5] [count 20-30] [sum 20-30]",
                            "warning: one block is missing"));
  }
}

TEST_F(GrpcStoreTest, WhatACallCostArrives) {
  struct Listener : SeriesObserver {
    void OnStats(const SeriesStats& stats) override { heard.push_back(stats); }
    std::vector<SeriesStats> heard;
  };
  AddSeries(3);
  BucketUsage::Totals spent = {
      .bytes_read = 1000, .retries = 2, .hedges = 1, .cache_hits = 5, .cache_misses = 6, .cache_bytes = 70};
  spent.requests = {1, 2, 3, 4, 5};
  spent.nanodollars = 1234;
  store_.stats = SeriesStats{.blocks = {Ulid::New()}, .series = 3, .chunks = 4, .downloaded_bytes = 999, .bucket = spent};
  Listener listener;
  BucketUsage usage;
  SeriesRequest request = All();
  request.observer = &listener;
  EXPECT_EQ(Ask(*Client(), request, Context().WithUsage(&usage)).size(), 3);
  ASSERT_EQ(listener.heard.size(), 1);
  EXPECT_EQ(listener.heard[0].blocks, store_.stats->blocks);
  EXPECT_EQ(listener.heard[0].chunks, 4);
  EXPECT_EQ(listener.heard[0].downloaded_bytes, 999);
  const BucketUsage::Totals got = usage.totals();
  EXPECT_EQ(got.requests, spent.requests);
  EXPECT_EQ(got.bytes_read, 1000);
  EXPECT_EQ(got.retries, 2);
  EXPECT_EQ(got.hedges, 1);
  EXPECT_EQ(got.cache_hits, 5);
  EXPECT_EQ(got.cache_misses, 6);
  EXPECT_EQ(got.cache_bytes, 70);
  EXPECT_EQ(got.nanodollars, 1234);
}

TEST(SeriesHintsTest, OnlyHintsWeKnowAreRead) {
  EXPECT_FALSE(HintsFromWire(AsBytes("\xff\xff garbage")).has_value());
  google::protobuf::Any other;
  other.set_type_url("type.googleapis.com/somebody.ElsesHints");
  EXPECT_FALSE(HintsFromWire(AsBytes(other.SerializeAsString())).has_value());
}

TEST_F(GrpcStoreTest, RequestsArriveAsTheyWere) {
  SeriesRequest request = {.range = {-5, 7},
                           .matchers = {Matcher::Equal("a", "1"), *Matcher::Make(Matcher::Type::kNotRegex, "b", "x|y.*")},
                           .max_resolution_ms = 300000,
                           .fallback_resolution_ms = 3600000,
                           .aggregates = {Aggregate::kCount, Aggregate::kSum},
                           .partial_response = PartialResponse::kAbort,
                           .skip_chunks = true,
                           .without_replica_labels = {"replica"},
                           .shard = {.index = 1, .total = 3, .by = true, .labels = {"pod"}},
                           .limit = 12,
                           .batch_size = 64,
                           .block_matchers = {Matcher::Equal("__block_id", "01")},
                           .tenant = "team-a"};
  request.hints.function = "rate";
  request.hints.range_ms = 60000;
  request.hints.step_ms = 15000;
  request.hints.grouping = {"job"};
  request.hints.has_grouping = request.hints.grouping_by = true;
  Ask(*Client(), request);
  ASSERT_EQ(store_.requests().size(), 1);
  const SeriesRequest seen = store_.requests()[0];
  EXPECT_EQ(seen.range, request.range);
  EXPECT_EQ(ToString(seen.matchers), ToString(request.matchers));
  EXPECT_EQ(seen.max_resolution_ms, 300000);
  EXPECT_EQ(seen.fallback_resolution_ms, 3600000);
  EXPECT_EQ(seen.aggregates, request.aggregates);
  EXPECT_EQ(seen.partial_response, PartialResponse::kAbort);
  EXPECT_TRUE(seen.skip_chunks);
  EXPECT_EQ(seen.without_replica_labels, request.without_replica_labels);
  EXPECT_EQ(seen.shard.index, 1);
  EXPECT_EQ(seen.shard.total, 3);
  EXPECT_TRUE(seen.shard.by);
  EXPECT_EQ(seen.shard.labels, request.shard.labels);
  EXPECT_EQ(seen.limit, 12);
  EXPECT_EQ(seen.batch_size, 64);
  EXPECT_EQ(ToString(seen.block_matchers), ToString(request.block_matchers));
  EXPECT_EQ(seen.tenant, "team-a");
  EXPECT_EQ(seen.hints.function, "rate");
  EXPECT_EQ(seen.hints.range_ms, 60000);
  EXPECT_EQ(seen.hints.step_ms, 15000);
  EXPECT_THAT(seen.hints.grouping, ElementsAre("job"));
  EXPECT_TRUE(seen.hints.grouping_by);
}

TEST_F(GrpcStoreTest, ManySeriesInManyFrames) {
  AddSeries(5000);
  SeriesRequest request = All();
  request.batch_size = 64;
  EXPECT_EQ(Ask(*Client(), request).size(), 5000);
}

TEST_F(GrpcStoreTest, ErrorsKeepTheirCode) {
  store_.open_error = ResourceExhausted("exceeded series limit: limit 1 violated");
  auto set = Client()->Series(Context(), All());
  ASSERT_TRUE(set.ok());  // the call is only under way
  EXPECT_FALSE((*set)->Next());
  EXPECT_TRUE(absl::IsResourceExhausted((*set)->status()));
  EXPECT_EQ(Message((*set)->status()), "rpc error: code = ResourceExhausted desc = exceeded series limit: limit 1 violated");
  EXPECT_TRUE(absl::IsResourceExhausted(Client()->LabelNames(Context(), {}).status()));
}

TEST_F(GrpcStoreTest, SeriesBeforeAFailureAreSeen) {
  AddSeries(3);
  store_.error_at_end = DataLoss("bad block");
  EXPECT_THAT(Ask(*Client(), All()).back(), HasSubstr("bad block"));
}

TEST_F(GrpcStoreTest, Labels) {
  AddSeries(2);
  store_.warnings = {"careful"};
  const auto names = Client()->LabelNames(Context(), {.range = {0, 1}});
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_THAT(names->values, ElementsAre("__name__", "i"));
  EXPECT_THAT(names->warnings, ElementsAre("careful"));
  EXPECT_THAT(Client()->LabelValues(Context(), "i", {.range = {0, 1}})->values, ElementsAre("00000", "00001"));
}

TEST_F(GrpcStoreTest, ASlowReaderSlowsTheStore) {
  store_.endless_bytes = 1 << 20;
  auto set = Client()->Series(Context(), All());
  ASSERT_TRUE(set.ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE((*set)->Next());
  int produced = -1;
  while (produced != store_.produced) {  // until it rests
    produced = store_.produced;
    std::this_thread::sleep_for(milliseconds(300));
  }
  EXPECT_LT(produced, 100);  // the queue, two frames on the server, and what the sockets hold
  for (int i = 0; i < 200; ++i) ASSERT_TRUE((*set)->Next());
  EXPECT_GT(store_.produced, produced);
  set->reset();  // ends the call, and with it the endless answer
}

TEST_F(GrpcStoreTest, LettingGoOfASetCancelsTheStore) {
  AddSeries(1);
  store_.hang = true;
  {
    auto set = Client()->Series(Context(), All());
    ASSERT_TRUE(set.ok());
  }
  server_->Stop(std::chrono::minutes(1));  // returns only when the handler did
}

TEST_F(GrpcStoreTest, CancellationEndsAHangingCall) {
  store_.hang = true;
  std::stop_source stop;
  std::jthread later([&] {
    std::this_thread::sleep_for(milliseconds(50));
    stop.request_stop();
  });
  auto set = Client()->Series(Context().WithStop(stop.get_token()), All());
  ASSERT_TRUE(set.ok());
  EXPECT_FALSE((*set)->Next());
  EXPECT_TRUE(absl::IsCancelled((*set)->status())) << (*set)->status();
}

TEST_F(GrpcStoreTest, TheDeadlineOfTheCallerHolds) {
  store_.hang = true;
  auto set = Client()->Series(Context().WithTimeout(milliseconds(50)), All());
  ASSERT_TRUE(set.ok());
  EXPECT_FALSE((*set)->Next());
  EXPECT_TRUE(absl::IsDeadlineExceeded((*set)->status())) << (*set)->status();
}

TEST_F(GrpcStoreTest, AnIdleStreamIsGivenUp) {
  AddSeries(200);
  store_.hang = true;
  SeriesRequest request = All();
  const auto lines = Ask(*Client({.idle_timeout = milliseconds(200)}), request);
  EXPECT_GT(lines.size(), 100);  // what came before the silence
  EXPECT_EQ(lines.back(), "error: failed to receive any data in 200 ms");
}

TEST_F(GrpcStoreTest, OurOwnMemoryLimitIsNoWarning) {
  AddSeries(1000);
  MemoryBudget budget("query", 10'000);
  MetricsRegistry registry;
  std::shared_ptr<StoreApi> client = Client();
  const auto fan_out = NewFanOut([&] { return std::vector<StoreEndpoint>{{address_, client}}; }, executor_, registry, {});
  SeriesRequest request = All();
  request.batch_size = 64;
  auto set = fan_out->Series(Context().WithMemory(&budget), request);
  ASSERT_TRUE(set.ok());
  std::vector<ChunkSeries> held;
  while ((*set)->Next()) held.push_back(std::move((*set)->At()));
  EXPECT_TRUE(absl::IsResourceExhausted((*set)->status())) << (*set)->status();
  set->reset();
  held.clear();
  EXPECT_EQ(budget.used(), 0);
}

TEST_F(GrpcStoreTest, ADeadEndpointIsAWarningOfTheFanOut) {
  server_->Stop(milliseconds(0));
  MetricsRegistry registry;
  std::shared_ptr<StoreApi> client = Client();
  const auto fan_out = NewFanOut([&] { return std::vector<StoreEndpoint>{{address_, client}}; }, executor_, registry, {});
  EXPECT_THAT(Ask(*fan_out, All()),
              ElementsAre(HasSubstr(fmt::format("warning: receive series from Addr: {} MinTime: ", address_))));
}

TEST_F(GrpcStoreTest, Info) {
  store_.info() = {
      .component = "sidecar", .label_sets = {Labels{{"a", "1"}}}, .range = {5, 9}, .tsdbs = {{Labels{{"a", "1"}}, {5, 9}}}};
  const auto stub = thanos::info::Info::NewStub(channel_);
  const auto ask = [&](EndpointInfo& info) {
    grpc::ClientContext call;
    thanos::info::InfoResponse response;
    const grpc::Status status = stub->Info(&call, thanos::info::InfoRequest(), &response);
    info = FromProto(response);
    return status;
  };
  EndpointInfo info;
  ASSERT_TRUE(ask(info).ok());
  EXPECT_EQ(*info.store, *store_.Info());
  EXPECT_TRUE(info.rules);
  EXPECT_FALSE(info.query);
  EXPECT_EQ(info.exemplars, (QueryRange{1, 2}));
  ready_ = false;
  EXPECT_EQ(ask(info).error_message(), "Not ready");
}

}  // namespace
}  // namespace varve
