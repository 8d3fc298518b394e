#include "promql/engine/shared_selections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "runtime/memory_budget.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

using testing::ElementsAre;

class CountingSource final : public MemorySeriesSource {
 public:
  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override {
    requests.push_back(request);
    return MemorySeriesSource::Select(ctx, request);
  }
  std::vector<SelectRequest> requests;
};

class SharedSelectionsTest : public testing::Test {
 protected:
  SharedSelectionsTest() {
    for (int i = 0; i < 20; ++i) source_.Append(Labels{{"__name__", "x"}, {"i", std::to_string(i)}}, 1'000, i);
    source_.set_warnings({"a store is away"});
  }

  static SelectRequest Request(std::string function = "rate") {
    SelectRequest request = {.range = {0, 2'000}, .matchers = {Matcher::Equal("__name__", "x")}, .hints = {}};
    request.hints.function = std::move(function);
    return request;
  }
  static size_t Drain(SeriesSet& set) {
    size_t count = 0;
    while (set.Next()) ++count;
    EXPECT_TRUE(set.status().ok());
    EXPECT_THAT(set.warnings(), ElementsAre("a store is away"));
    return count;
  }
  size_t Select(const SelectRequest& request, const Context& ctx = Context()) {
    return Drain(**selections_.Select(ctx, request));
  }

  CountingSource source_;
  SharedSelections selections_{source_};
};

TEST_F(SharedSelectionsTest, TheSourceIsAskedOnce) {
  EXPECT_FALSE(selections_.Expect(Request()));
  EXPECT_TRUE(selections_.Expect(Request()));
  EXPECT_FALSE(selections_.Expect(Request("increase")));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Select(Request()), 20u);
  EXPECT_EQ(source_.requests.size(), 1u);
  EXPECT_EQ(Select(Request("increase")), 20u);
  EXPECT_EQ(source_.requests.size(), 2u);
}

TEST_F(SharedSelectionsTest, AllLabelsAreAskedForIfNotTheSameAre) {
  SelectRequest by_job = Request();
  by_job.hints.projection = {"job"};
  by_job.hints.projection_include = true;
  selections_.Expect(by_job);
  selections_.Expect(Request());
  Select(by_job);
  EXPECT_TRUE(source_.requests[0].hints.projection.empty());
  EXPECT_FALSE(source_.requests[0].hints.projection_include);
}

TEST_F(SharedSelectionsTest, WhoAsksBeforeTheFirstIsThroughAsksTheSource) {
  selections_.Expect(Request());
  selections_.Expect(Request());
  const std::unique_ptr<SeriesSet> first = *selections_.Select(Context(), Request());
  EXPECT_TRUE(first->Next());
  EXPECT_EQ(Select(Request()), 20u);
  EXPECT_EQ(Drain(*first), 19u);
  EXPECT_EQ(source_.requests.size(), 2u);
}

TEST_F(SharedSelectionsTest, WhatIsTooMuchIsNotKept) {
  MemoryBudget memory("query", 1'000);  // an eighth of which holds a few
  const Context ctx = Context().WithMemory(&memory);
  selections_.Expect(Request());
  selections_.Expect(Request());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Select(Request(), ctx), 20u);
  EXPECT_EQ(source_.requests.size(), 2u);
  EXPECT_GT(memory.peak(), 0);
  EXPECT_EQ(memory.used(), 0);
}

TEST_F(SharedSelectionsTest, AFailureIsNotKept) {
  source_.set_failure(Internal("broken"));
  selections_.Expect(Request());
  selections_.Expect(Request());
  for (int i = 0; i < 2; ++i) {
    const std::unique_ptr<SeriesSet> set = *selections_.Select(Context(), Request());
    EXPECT_FALSE(set->Next());
    EXPECT_FALSE(set->status().ok());
  }
  EXPECT_EQ(source_.requests.size(), 2u);
}

}  // namespace
}  // namespace varve::promql
