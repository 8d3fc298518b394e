#include "blocks/marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using testing::HasSubstr;

const Ulid kId = *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
constexpr MarkKind kKinds[] = {MarkKind::kDeletion, MarkKind::kNoCompact, MarkKind::kNoDownsample};

TEST(MarksTest, AreTheJsonThanosWrites) {
  const BlockMark mark = {.id = kId, .time_s = 1700000000, .reason = "manual", .details = "why"};
  EXPECT_EQ(FormatMark(MarkKind::kDeletion, mark),
            R"({"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","version":1,"details":"why","deletion_time":1700000000})");
  EXPECT_EQ(FormatMark(MarkKind::kNoCompact, mark),
            R"({"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","version":1,"details":"why","no_compact_time":1700000000,"reason":"manual"})");
  EXPECT_EQ(FormatMark(MarkKind::kNoDownsample, {.id = kId, .reason = "r"}),
            R"({"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","version":1,"no_downsample_time":0,"reason":"r"})");
}

TEST(MarksTest, ReadBack) {
  for (const MarkKind kind : kKinds) {
    BlockMark mark = {.id = kId, .time_s = 5, .reason = "manual", .details = "\"quoted\"\n"};
    if (kind == MarkKind::kDeletion) mark.reason.clear();
    const auto parsed = ParseMark(kind, FormatMark(kind, mark));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, mark);
  }
}

TEST(MarksTest, RefuseWhatIsNoMark) {
  for (const std::string_view json : {"", "{", "[]", "1", R"({"version":"1"})", R"({"version":1,"id":"x"})",
                                      R"({"version":1,"deletion_time":"soon"})", R"({"version":1,"details":7})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseMark(MarkKind::kDeletion, json).status())) << json;
  }
  EXPECT_TRUE(absl::IsUnimplemented(ParseMark(MarkKind::kDeletion, R"({"version":2})").status()));
  EXPECT_TRUE(absl::IsUnimplemented(ParseMark(MarkKind::kDeletion, "{}").status()));
}

TEST(MarksTest, AreWrittenOnce) {
  const auto bucket = NewMemoryBucket();
  const Logger logger(LogLevel::kError);
  EXPECT_FALSE(ReadMark(Context(), *bucket, kId, MarkKind::kNoCompact, logger)->has_value());
  EXPECT_TRUE(*WriteMark(Context(), *bucket, MarkKind::kNoCompact, {.id = kId, .time_s = 1, .reason = "first"}));
  EXPECT_FALSE(*WriteMark(Context(), *bucket, MarkKind::kNoCompact, {.id = kId, .time_s = 2, .reason = "second"}));
  EXPECT_EQ((*ReadMark(Context(), *bucket, kId, MarkKind::kNoCompact, logger))->reason, "first");
  EXPECT_FALSE(ReadMark(Context(), *bucket, kId, MarkKind::kDeletion, logger)->has_value());
}

TEST(MarksTest, ABrokenMarkIsAbsentAndABrokenBucketIsAnError) {
  FaultyBucket bucket(NewMemoryBucket());
  std::string line;
  const Logger logger(LogLevel::kInfo, LogFormat::kLogfmt, [&line](std::string_view text) { line = text; });
  const std::string name = kId.ToString() + "/deletion-mark.json";
  ASSERT_TRUE(bucket.Upload(Context(), name, AsBytes("{\"id\"")).ok());
  EXPECT_FALSE(ReadMark(Context(), bucket, kId, MarkKind::kDeletion, logger)->has_value());
  EXPECT_THAT(line, HasSubstr(kId.ToString()));
  ASSERT_TRUE(bucket.Upload(Context(), name, AsBytes("{\"version\":9}")).ok());
  EXPECT_TRUE(absl::IsUnimplemented(ReadMark(Context(), bucket, kId, MarkKind::kDeletion, logger).status()));
  bucket.Set({.fail = 1});
  EXPECT_TRUE(absl::IsUnavailable(ReadMark(Context(), bucket, kId, MarkKind::kDeletion, logger).status()));
}

}  // namespace
}  // namespace varve
