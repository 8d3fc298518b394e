#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "base/json_value.h"
#include "blocks/lifecycle/lifecycle_check.h"
#include "blocks/lifecycle/lifecycle_plan.h"

namespace varve {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kDayMs = 86'400'000;
constexpr uint64_t kGib = uint64_t{1} << 30;
// The end of a window of 14 days, and four days after it.
constexpr TimestampMs kWindowEnd = int64_t{1400} * 14 * kDayMs, kNow = kWindowEnd + 4 * kDayMs;
constexpr char kTutorial[] = R"({"Rules": [{"ID": "MoveOlderDataToGlacier", "Filter": {"Prefix": ""}, "Status": "Enabled",
    "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}], "NoncurrentVersionTransitions": [], "Expiration": {"Days": 365}}]})";
const RetentionMs kTutorialRetention = {{0, 30 * kDayMs}, {300'000, 180 * kDayMs}, {3'600'000, 365 * kDayMs}};

// A block of 14 days that ended `windows` windows before kWindowEnd, written a day after its end.
std::shared_ptr<BlockMeta> Block(uint8_t number, int windows, int64_t resolution_ms, int64_t days = 14) {
  auto block = std::make_shared<BlockMeta>();
  block->range.min = kWindowEnd - (windows + 1) * 14 * kDayMs;
  block->range.max_exclusive = block->range.min + days * kDayMs;
  block->id = Ulid::FromTime(static_cast<uint64_t>(block->range.max_exclusive + kDayMs), {number});
  block->thanos = ThanosMeta{.labels = {{"cluster", "a"}}, .resolution_ms = resolution_ms};
  block->thanos->files = {{.rel_path = "chunks/000001", .size_bytes = 2 * kGib},
                          {.rel_path = "chunks/000002", .size_bytes = kGib},
                          {.rel_path = "index", .size_bytes = kGib / 4},
                          {.rel_path = "meta.json"}};
  return block;
}

std::vector<BlockOutlook> Outlook(const std::vector<std::shared_ptr<BlockMeta>>& blocks, const RetentionMs& retention,
                                  const std::string& prefix = "") {
  BlockMetaMap map;
  for (const auto& block : blocks) map.emplace(block->id, block);
  return OutlookOf(map, retention, prefix, kNow);
}

TEST(LifecyclePolicyTest, XmlAndJsonOfS3AreTheSame) {
  const std::string xml =
      R"(<?xml version="1.0"?><LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>a</ID><Filter><And>)"
      R"(<Prefix>x/</Prefix><ObjectSizeGreaterThan>100</ObjectSizeGreaterThan></And></Filter><Status>Enabled</Status>)"
      R"(<NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition>)"
      R"(<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition><Expiration><Date>2030-01-02T00:00:00Z</Date>)"
      R"(</Expiration></Rule><Rule><Status>Disabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>)";
  const std::string json =
      R"({"Rules": [{"ID": "a", "Filter": {"And": {"Prefix": "x/", "ObjectSizeGreaterThan": 100}}, "Status": "Enabled",)"
      R"("NoncurrentVersionTransitions": [{"NoncurrentDays": 3, "StorageClass": "GLACIER"}],)"
      R"("Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}], "Expiration": {"Date": "2030-01-02"}},)"
      R"({"Status": "Disabled", "Expiration": {"Days": 1}}]})";
  for (const std::string& text : {xml, json}) {
    const absl::StatusOr<LifecyclePolicy> policy = ParseLifecyclePolicy(text);
    ASSERT_TRUE(policy.ok()) << policy.status();
    ASSERT_THAT(policy->rules, SizeIs(2));
    const LifecycleRule& rule = policy->rules[0];
    EXPECT_EQ(rule.id, "a");
    ASSERT_THAT(rule.transitions, SizeIs(1));
    EXPECT_EQ(rule.transitions[0].to->name, "STANDARD_IA");
    EXPECT_EQ(rule.transitions[0].when.For(0), 30 * kDayMs);
    EXPECT_EQ(rule.expiration->For(0), 1'893'542'400'000);
    EXPECT_TRUE(rule.Matches("x/1", 101));
    EXPECT_FALSE(rule.Matches("x/1", 100));
    EXPECT_FALSE(rule.Matches("y/1", 101));
    EXPECT_EQ(policy->rules[1].id, "rule 2");
    EXPECT_FALSE(policy->rules[1].Matches("x/1", 101)) << "disabled";
  }
}

TEST(LifecyclePolicyTest, GcsRules) {
  const absl::StatusOr<LifecyclePolicy> policy = ParseLifecyclePolicy(
      R"({"lifecycle": {"rule": [{"action": {"type": "SetStorageClass", "storageClass": "COLDLINE"}, "condition": {"age": 90,)"
      R"("matchesSuffix": ["/chunks/000001"]}}, {"action": {"type": "Delete"}, "condition": {"age": 7, "isLive": false}}]}})");
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_THAT(policy->rules, SizeIs(2));
  EXPECT_TRUE(policy->rules[0].Matches("01/chunks/000001", 1));
  EXPECT_FALSE(policy->rules[0].Matches("01/index", 1));
  EXPECT_FALSE(policy->rules[1].enabled) << "it is about versions that are not current";
}

TEST(LifecyclePolicyTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "  ", "{}", "[]", "<a></a>", "<LifecycleConfiguration>",
        R"({"Rules": [{"Transitions": [{"Days": 1, "StorageClass": "ICE"}]}]})",
        R"({"Rules": [{"Transitions": [{"StorageClass": "GLACIER"}]}]})", R"({"Rules": [{"Expiration": {"Days": 99999999}}]})",
        R"({"rule": [{"action": {"type": "Freeze"}}]})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseLifecyclePolicy(text).status())) << text;
  }
}

TEST(LifecycleCheckTest, NamesBothMistakesOfTheTutorial) {
  const LifecyclePolicy policy = ParseLifecyclePolicy(kTutorial).value();
  const LifecycleReport rules_alone = CheckLifecycle(policy, {}, kTutorialRetention);
  EXPECT_THAT(rules_alone.mistakes,
              ElementsAre(testing::AllOf(HasSubstr("\"MoveOlderDataToGlacier\" freezes: "), HasSubstr("GLACIER 90 days after"),
                                         HasSubstr("meta.json and index"), HasSubstr("5m data for 180d, 1h data for 1y")),
                          testing::AllOf(HasSubstr("deletes: objects vanish 365 days after"), HasSubstr("one by one"))));

  const std::vector<std::shared_ptr<BlockMeta>> blocks = {Block(1, 0, 0), Block(2, 0, 300'000), Block(3, 0, 3'600'000)};
  const LifecycleReport report = CheckLifecycle(policy, Outlook(blocks, kTutorialRetention), kTutorialRetention);
  ASSERT_THAT(report.findings, SizeIs(2))
      << "raw data is gone before it would be frozen, and nothing is deleted before its retention";
  EXPECT_EQ(report.findings[0].block, blocks[1]->id);
  EXPECT_EQ(report.findings[0].does, LifecycleFinding::Does::kFreezes);
  EXPECT_EQ(report.findings[0].when, kWindowEnd + 91 * kDayMs);
  EXPECT_EQ(report.findings[0].needed_until, kWindowEnd + 180 * kDayMs);
  EXPECT_EQ(report.findings[0].parts, "meta.json, index, 2 chunk files");
  EXPECT_NEAR(report.findings[0].dollars_to_restore, 0.0325, 0.0001);
}

TEST(LifecycleCheckTest, DataKeptForEverIsDeleted) {
  const auto block = Block(1, 0, 3'600'000);
  const LifecycleReport report = CheckLifecycle(ParseLifecyclePolicy(kTutorial).value(), Outlook({block}, {}), {});
  ASSERT_THAT(report.findings, SizeIs(2));
  EXPECT_EQ(report.findings[1].does, LifecycleFinding::Does::kDeletes);
  EXPECT_EQ(report.findings[1].needed_until, kMaxTimestamp);
}

TEST(LifecycleCheckTest, ABlockThatIsCompactedInTimeIsNotFrozen) {
  const std::vector<std::shared_ptr<BlockMeta>> halves = {Block(1, -1, 0, 2), Block(2, -1, 0, 2)};
  EXPECT_THAT(CheckLifecycle(ParseLifecyclePolicy(kTutorial).value(), Outlook(halves, {}), {}).findings, IsEmpty());
}

TEST(LifecyclePlanTest, MovesChunksOfSettledRawBlocks) {
  const std::vector<std::shared_ptr<BlockMeta>> blocks = {Block(1, 0, 0), Block(2, 0, 300'000), Block(3, -1, 0), Block(4, 3, 0),
                                                          Block(5, 3, 0)};
  const std::vector<BlockOutlook> outlook = Outlook(blocks, {}, "tenants/a/");
  const LifecyclePlan plan = PlanLifecycle(outlook, {}, {.object_prefix = "tenants/a/"}, kNow).value();
  EXPECT_EQ(plan.moved_blocks, 1u) << "not downsampled data, not the window that is not over, not two that overlap";
  EXPECT_EQ(plan.moved_bytes, 3 * kGib);
  EXPECT_NEAR(plan.saved_per_month, 3 * 0.019, 1e-9);

  const LifecyclePolicy policy = ParseLifecyclePolicy(plan.json).value();
  ASSERT_THAT(policy.rules, SizeIs(2));
  EXPECT_THAT(policy.rules[1].prefixes, ElementsAre("tenants/a/" + blocks[0]->id.ToString() + "/chunks/"));
  const LifecycleReport report = CheckLifecycle(policy, outlook, {});
  EXPECT_TRUE(report.safe()) << "what is generated passes the check";
  EXPECT_NEAR(report.saved_per_month, plan.saved_per_month, 1e-9);
}

TEST(LifecyclePlanTest, GcsTakesManyPrefixesARule) {
  std::vector<std::shared_ptr<BlockMeta>> blocks;
  for (int i = 0; i < 60; ++i) blocks.push_back(Block(1, i, 0));
  const std::vector<BlockOutlook> outlook = Outlook(blocks, {});
  const LifecyclePlan plan = PlanLifecycle(outlook, {}, {.provider = "GCS"}, kNow).value();
  EXPECT_EQ(plan.moved_blocks, 60u);
  const LifecyclePolicy policy = ParseLifecyclePolicy(plan.json).value();
  ASSERT_THAT(policy.rules, SizeIs(3));
  EXPECT_THAT(policy.rules[1].prefixes, SizeIs(50));
  EXPECT_TRUE(CheckLifecycle(policy, outlook, {}).safe());
}

// One rule, whatever blocks there are; it meets chunks of raw blocks alone, once they are settled or gone.
TEST(LifecyclePlanTest, ByMark) {
  for (const std::string provider : {"S3", "GCS"}) {
    for (const std::string prefix : {"", "tenants/a/"}) {
      const LifecycleWish wish = {.provider = provider, .object_prefix = prefix, .by_mark = true};
      const LifecyclePlan plan = PlanLifecycle({}, {}, wish, kNow).value();
      const LifecyclePolicy policy = ParseLifecyclePolicy(plan.json).value();
      ASSERT_THAT(policy.rules, SizeIs(2)) << plan.json;
      const LifecycleRule& rule = policy.rules[1];
      EXPECT_TRUE(rule.Matches(prefix + "01/chunks/000001", 1, /*raw_chunks=*/true));
      EXPECT_FALSE(rule.Matches(prefix + "01/index", 1));
      EXPECT_EQ(rule.Matches("other/01/chunks/000001", 1, true), prefix.empty());
      EXPECT_EQ(rule.transitions[0].when.For(0), 17 * kDayMs);
      const std::vector<std::shared_ptr<BlockMeta>> blocks = {Block(1, 1, 0), Block(2, 1, 300'000)};
      const LifecycleReport report = CheckLifecycle(policy, Outlook(blocks, {}, prefix), {});
      EXPECT_TRUE(report.safe());
      EXPECT_NEAR(report.saved_per_month, 3 * 0.019, 1e-9) << "of one block: the other is downsampled";
    }
  }
  const LifecycleWish wish = {.by_mark = true};
  EXPECT_THAT(std::string(PlanLifecycle({}, RetentionMs{{0, 106 * kDayMs}}, wish, kNow).status().message()),
              HasSubstr("107d or more"));
  EXPECT_TRUE(PlanLifecycle({}, RetentionMs{{0, 107 * kDayMs}}, wish, kNow).ok());
}

TEST(LifecycleCheckTest, AMarkedRuleThatFreezesIsAMistakeOfRawDataAlone) {
  const LifecyclePolicy policy =
      ParseLifecyclePolicy(R"({"Rules": [{"ID": "m", "Status": "Enabled", "Filter": {"Tag": {"Key": "varve",
      "Value": "raw-chunks"}}, "Transitions": [{"Days": 10, "StorageClass": "GLACIER"}]}, {"ID": "others", "Status": "Enabled",
      "Filter": {"Tag": {"Key": "team", "Value": "x"}}, "Expiration": {"Days": 1}}]})")
          .value();
  const LifecycleReport report = CheckLifecycle(policy, Outlook({Block(1, 0, 0), Block(2, 0, 300'000)}, {}), {});
  ASSERT_THAT(report.mistakes,
              ElementsAre(testing::AllOf(HasSubstr("rule \"m\" freezes"), HasSubstr("keeps raw data for ever."))));
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_EQ(report.findings[0].parts, "2 chunk files");
}

TEST(LifecyclePlanTest, MovesNothingThatRetentionDeletesSoon) {
  const LifecyclePlan plan = PlanLifecycle(Outlook({Block(1, 0, 0)}, kTutorialRetention), kTutorialRetention, {}, kNow).value();
  EXPECT_EQ(plan.moved_blocks, 0u);
  EXPECT_TRUE(JsonValue::Parse(plan.json).ok());
}

TEST(LifecyclePlanTest, Refusals) {
  const auto refusal = [](const LifecycleWish& wish, const RetentionMs& retention) {
    return std::string(PlanLifecycle({}, retention, wish, kNow).status().message());
  };
  EXPECT_THAT(refusal({.storage_class = "GLACIER"}, {}), HasSubstr("would freeze"));
  EXPECT_THAT(refusal({.storage_class = "COLDLINE"}, {}), HasSubstr("no colder class of S3"));
  EXPECT_THAT(refusal({.storage_class = "ICE"}, {}), HasSubstr("not known"));
  EXPECT_THAT(refusal({.expire_after_ms = 365 * kDayMs}, {}), HasSubstr("keeps for ever"));
  EXPECT_THAT(refusal({.expire_after_ms = 100 * kDayMs}, kTutorialRetention), HasSubstr("keeps for 180d"));
  EXPECT_EQ(refusal({.expire_after_ms = 365 * kDayMs}, kTutorialRetention), "");
}

}  // namespace
}  // namespace varve
