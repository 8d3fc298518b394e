#include "store/fanout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "store/testing/fake_store.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FanOutTest : public testing::Test {
 protected:
  // An endpoint with these external labels, over [0, 1000].
  FakeStore& Add(const std::string& address, std::vector<Labels> label_sets = {}) {
    auto store = std::make_shared<FakeStore>();
    store->info().label_sets = std::move(label_sets);
    store->info().range = {0, 1000};
    endpoints_.push_back({address, store});
    return *store;
  }
  StoreApi& Store() {
    if (fan_out_ == nullptr) fan_out_ = NewFanOut([this] { return endpoints_; }, executor_, registry_, options_);
    return *fan_out_;
  }
  std::vector<std::string> Ask(const SeriesRequest& request) {
    auto set = Store().Series(Context(), request);
    if (!set.ok()) return {fmt::format("failed: {}", Message(set.status()))};
    return DrainSeries(**set);
  }
  static SeriesRequest All() { return {.range = {0, 1000}, .matchers = {Matcher::NotEqual("__name__", "")}}; }

  Executor executor_{"test", 4};
  MetricsRegistry registry_;
  FanOutOptions options_;
  std::vector<StoreEndpoint> endpoints_;
  std::unique_ptr<StoreApi> fan_out_;
};

Labels Up(std::string_view instance) { return Labels{{"__name__", "up"}, {"instance", instance}}; }

TEST_F(FanOutTest, MergesEqualSeriesAndDropsCopies) {
  Add("a:1").series = {FakeSeries(Up("1"), {{0, 1}, {10, 1}}), FakeSeries(Up("2"), {{0, 1}})};
  Add("b:1").series = {FakeSeries(Up("1"), {{0, 1}, {10, 1}}), FakeSeries(Up("1"), {{20, 1}}), FakeSeries(Up("3"), {{0, 1}})};
  EXPECT_THAT(Ask(All()),
              ElementsAre("{__name__=\"up\", instance=\"1\"} [raw 0-10] [raw 20-20]",
                          "{__name__=\"up\", instance=\"2\"} [raw 0-0]", "{__name__=\"up\", instance=\"3\"} [raw 0-0]"));
}

TEST_F(FanOutTest, AsksOnlyWhoCanContribute) {
  FakeStore& eu = Add("eu:1", {Labels{{"region", "eu"}}});
  FakeStore& us = Add("us:1", {Labels{{"region", "us"}}, Labels{{"region", "asia"}}});
  FakeStore& anything = Add("any:1");
  FakeStore& old = Add("old:1");
  old.info().range = {2000, 3000};
  SeriesRequest request = All();
  request.matchers.push_back(Matcher::Equal("region", "asia"));
  Ask(request);
  EXPECT_THAT(eu.requests(), IsEmpty());
  EXPECT_EQ(us.requests().size(), 1);
  EXPECT_EQ(anything.requests().size(), 1);
  EXPECT_THAT(old.requests(), IsEmpty());

  request.endpoint_matchers = {{Matcher::Equal("__address__", "any:1")}, {Matcher::Equal("__address__", "eu:1")}};
  Ask(request);
  EXPECT_EQ(us.requests().size(), 1);
  EXPECT_EQ(anything.requests().size(), 2);
}

TEST_F(FanOutTest, AFailingEndpointIsAWarningOrAnError) {
  Add("good:1").series = {FakeSeries(Up("1"), {{0, 1}})};
  Add("closed:1").open_error = Unavailable("connection refused");
  FakeStore& dying = Add("dying:1");
  dying.series = {FakeSeries(Up("2"), {{0, 1}})};
  dying.error_at_end = Unavailable("stream reset");
  SeriesRequest request = All();
  EXPECT_THAT(Ask(request),
              ElementsAre("{__name__=\"up\", instance=\"1\"} [raw 0-0]", "{__name__=\"up\", instance=\"2\"} [raw 0-0]",
                          "warning: fetch series for Addr: closed:1 MinTime: 0 MaxTime: 1000: connection refused",
                          "warning: receive series from Addr: dying:1 MinTime: 0 MaxTime: 1000: stream reset"));
  request.partial_response = PartialResponse::kAbort;
  EXPECT_THAT(Ask(request), ElementsAre("failed: fetch series for Addr: closed:1 MinTime: 0 MaxTime: 1000: connection refused"));
  endpoints_.erase(endpoints_.begin() + 1);
  EXPECT_THAT(Ask(request).back(), HasSubstr("error: receive series from Addr: dying:1"));
}

TEST_F(FanOutTest, AWarningOfAnEndpointEndsAnAbortingCall) {
  FakeStore& store = Add("a:1");
  store.warnings = {"block 01 is corrupt"};
  SeriesRequest request = All();
  EXPECT_THAT(Ask(request), ElementsAre("warning: block 01 is corrupt"));
  request.partial_response = PartialResponse::kAbort;
  auto set = Store().Series(Context(), request);
  ASSERT_TRUE(set.ok());
  EXPECT_FALSE((*set)->Next());
  EXPECT_TRUE(absl::IsAborted((*set)->status()));
}

TEST_F(FanOutTest, UnsortedSeriesAreReportedOnceThenSorted) {
  Add("messy:1").series = {FakeSeries(Up("2"), {{0, 1}}), FakeSeries(Up("1"), {{0, 1}})};
  EXPECT_THAT(
      Ask(All()),
      ElementsAre("{__name__=\"up\", instance=\"2\"} [raw 0-0]",
                  HasSubstr("warning: receive series from Addr: messy:1 MinTime: 0 MaxTime: 1000: series are out of order")));
  EXPECT_THAT(Ask(All()),
              ElementsAre("{__name__=\"up\", instance=\"1\"} [raw 0-0]", "{__name__=\"up\", instance=\"2\"} [raw 0-0]"));
}

TEST_F(FanOutTest, HelpsEndpointsThatKeepReplicaLabels) {
  FakeStore& old = Add("old:1");
  old.info().supports_without_replica_labels = false;
  old.series = {FakeSeries(Labels{{"__name__", "up"}, {"a_replica", "1"}, {"instance", "2"}}, {{0, 1}}),
                FakeSeries(Labels{{"__name__", "up"}, {"a_replica", "2"}, {"instance", "1"}}, {{0, 2}}),
                FakeSeries(Labels{{"__name__", "up"}, {"a_replica", "3"}, {"instance", "2"}}, {{0, 3}})};
  SeriesRequest request = All();
  request.without_replica_labels = {"a_replica"};
  EXPECT_THAT(Ask(request), ElementsAre("{__name__=\"up\", instance=\"1\"} [raw 0-0]",
                                        "{__name__=\"up\", instance=\"2\"} [raw 0-0] [raw 0-0]"));
}

TEST_F(FanOutTest, CutsShardsForEndpointsThatCannot) {
  FakeStore& old = Add("old:1");
  old.info().supports_sharding = false;
  for (char name = 'a'; name <= 'z'; ++name) old.series.push_back(FakeSeries(Up(std::string(1, name)), {{0, 1}}));
  size_t total = 0;
  for (int64_t index = 0; index < 3; ++index) {
    SeriesRequest request = All();
    request.shard = {.index = index, .total = 3, .by = true, .labels = {"instance"}};
    const size_t part = Ask(request).size();
    EXPECT_LT(part, 26);
    total += part;
  }
  EXPECT_EQ(total, 26);
}

TEST_F(FanOutTest, StopsAtTheLimit) {
  Add("a:1").series = {FakeSeries(Up("1"), {{0, 1}}), FakeSeries(Up("2"), {{0, 1}})};
  SeriesRequest request = All();
  request.limit = 1;
  EXPECT_THAT(Ask(request), ElementsAre("{__name__=\"up\", instance=\"1\"} [raw 0-0]"));
}

TEST_F(FanOutTest, NobodyToAsk) {
  SeriesRequest request = All();
  EXPECT_THAT(Ask(request), IsEmpty());
  request.partial_response = PartialResponse::kAbort;
  EXPECT_THAT(Ask(request), ElementsAre("failed: No StoreAPIs available"));
  Add("eu:1", {Labels{{"region", "eu"}}});
  request.matchers = {Matcher::Equal("region", "us")};
  EXPECT_THAT(Ask(request), IsEmpty());
  request.matchers.clear();
  EXPECT_THAT(Ask(request), ElementsAre("failed: no matchers specified (excluding selector labels)"));
}

TEST_F(FanOutTest, LabelsOfAllEndpoints) {
  Add("a:1").series = {FakeSeries(Labels{{"__name__", "up"}, {"a", "1"}}, {})};
  Add("b:1").series = {FakeSeries(Labels{{"__name__", "up"}, {"b", "2"}}, {}), FakeSeries(Labels{{"__name__", "down"}}, {})};
  FakeStore& broken = Add("c:1");
  broken.open_error = Unavailable("gone");
  StoreLabelsRequest request = {.range = {0, 1000}};
  const auto names = Store().LabelNames(Context(), request);
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(names->values, ElementsAre("__name__", "a", "b"));
  EXPECT_THAT(names->warnings, ElementsAre("fetch label names from store Addr: c:1 MinTime: 0 MaxTime: 1000: gone"));
  request.limit = 1;
  EXPECT_THAT(Store().LabelValues(Context(), "__name__", request)->values, ElementsAre("down"));
  request.partial_response = PartialResponse::kAbort;
  EXPECT_FALSE(Store().LabelValues(Context(), "__name__", request).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Store().LabelValues(Context(), "", request).status()));
}

TEST_F(FanOutTest, TheSelectorNarrowsEndpointsAndTheirLabels) {
  options_.tsdb_selector = *ParseSelectorRelabelRules("[{action: keep, source_labels: [region], regex: eu|asia}]");
  FakeStore& both = Add("both:1", {Labels{{"region", "eu"}}, Labels{{"region", "us"}}});
  FakeStore& us = Add("us:1", {Labels{{"region", "us"}}});
  both.series = {FakeSeries(Labels{{"__name__", "up"}, {"region", "eu"}}, {{0, 1}}),
                 FakeSeries(Labels{{"__name__", "up"}, {"region", "us"}}, {{0, 1}})};
  EXPECT_THAT(Ask(All()), ElementsAre("{__name__=\"up\", region=\"eu\"} [raw 0-0]"));
  EXPECT_THAT(us.requests(), IsEmpty());
  EXPECT_THAT(Store().Info()->label_sets, ElementsAre(Labels{{"region", "eu"}}));
}

TEST_F(FanOutTest, IntroducesItselfAsTheSumOfItsEndpoints) {
  options_.selector_labels = Labels{{"cluster", "x"}};
  Add("a:1", {Labels{{"region", "eu"}}}).info().range = {10, 20};
  Add("b:1", {Labels{{"region", "eu"}}}).info().range = {5, 15};
  const auto info = Store().Info();
  EXPECT_EQ(info->component, "query");
  EXPECT_EQ(info->range, (QueryRange{5, 20}));
  EXPECT_THAT(info->label_sets, ElementsAre(Labels{{"cluster", "x"}, {"region", "eu"}}));
}

TEST_F(FanOutTest, EveryEndpointIsObserved) {
  class Recorder : public SeriesObserver {
   public:
    void OnEndpoint(const Endpoint& endpoint) override {
      MutexLock lock(mutex);
      lines.push_back(fmt::format("{} series={} chunks={} samples={} ok={}", endpoint.address, endpoint.series, endpoint.chunks,
                                  endpoint.samples, endpoint.status.ok()));
    }
    Mutex mutex;
    std::vector<std::string> lines;
  } recorder;
  Add("a:1").series = {FakeSeries(Up("1"), {{0, 1}, {10, 1}})};
  Add("b:1").open_error = Unavailable("gone");
  SeriesRequest request = All();
  request.observer = &recorder;
  Ask(request);
  EXPECT_THAT(recorder.lines, testing::UnorderedElementsAre("a:1 series=1 chunks=1 samples=2 ok=true",
                                                            "b:1 series=0 chunks=0 samples=0 ok=false"));
}

}  // namespace
}  // namespace varve
