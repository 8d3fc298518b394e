#include "tsdb/block_meta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tsdb/rfc3339.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// As Thanos v0.43 writes it, with every key, and some that neither we nor it know.
constexpr std::string_view kFull =
    "{\n"
    "\t\"ulid\": \"01GS0NCB2VXJZV3JX2FYAGDC5C\",\n"
    "\t\"minTime\": 1676161088259,\n"
    "\t\"maxTime\": 1676167200000,\n"
    "\t\"stats\": {\n"
    "\t\t\"numSamples\": 7,\n"
    "\t\t\"numFloatSamples\": 5,\n"
    "\t\t\"numHistogramSamples\": 2,\n"
    "\t\t\"numSeries\": 3,\n"
    "\t\t\"numChunks\": 4,\n"
    "\t\t\"numTombstones\": 1,\n"
    "\t\t\"numNew\": 9\n"
    "\t},\n"
    "\t\"compaction\": {\n"
    "\t\t\"level\": 2,\n"
    "\t\t\"sources\": [\n"
    "\t\t\t\"01GS0NCB2VXJZV3JX2FYAGDC5A\",\n"
    "\t\t\t\"01GS0NCB2VXJZV3JX2FYAGDC5B\"\n"
    "\t\t],\n"
    "\t\t\"deletable\": true,\n"
    "\t\t\"parents\": [\n"
    "\t\t\t{\n"
    "\t\t\t\t\"ulid\": \"01GS0NCB2VXJZV3JX2FYAGDC5A\",\n"
    "\t\t\t\t\"minTime\": -1,\n"
    "\t\t\t\t\"maxTime\": 1676163600000\n"
    "\t\t\t}\n"
    "\t\t],\n"
    "\t\t\"failed\": true,\n"
    "\t\t\"hints\": [\n"
    "\t\t\t\"from-out-of-order\"\n"
    "\t\t]\n"
    "\t},\n"
    "\t\"version\": 1,\n"
    "\t\"thanos\": {\n"
    "\t\t\"version\": 1,\n"
    "\t\t\"labels\": {\n"
    "\t\t\t\"cluster\": \"a\\u003cb\\u0026\\\"c\\\\\",\n"
    "\t\t\t\"empty\": \"\"\n"
    "\t\t},\n"
    "\t\t\"downsample\": {\n"
    "\t\t\t\"resolution\": 300000\n"
    "\t\t},\n"
    "\t\t\"source\": \"compactor\",\n"
    "\t\t\"segment_files\": [\n"
    "\t\t\t\"000001\"\n"
    "\t\t],\n"
    "\t\t\"files\": [\n"
    "\t\t\t{\n"
    "\t\t\t\t\"rel_path\": \"chunks/000001\",\n"
    "\t\t\t\t\"size_bytes\": 77,\n"
    "\t\t\t\t\"hash\": {\n"
    "\t\t\t\t\t\"hashFunc\": \"SHA256\",\n"
    "\t\t\t\t\t\"value\": \"00ff\"\n"
    "\t\t\t\t}\n"
    "\t\t\t},\n"
    "\t\t\t{\n"
    "\t\t\t\t\"rel_path\": \"meta.json\"\n"
    "\t\t\t}\n"
    "\t\t],\n"
    "\t\t\"rewrites\": [\n"
    "\t\t\t{\n"
    "\t\t\t\t\"sources\": [\n"
    "\t\t\t\t\t\"01GS0NCB2VXJZV3JX2FYAGDC5A\"\n"
    "\t\t\t\t],\n"
    "\t\t\t\t\"deletions_applied\": [\n"
    "\t\t\t\t\t{\n"
    "\t\t\t\t\t\t\"matchers\": [\n"
    "\t\t\t\t\t\t\t{\n"
    "\t\t\t\t\t\t\t\t\"Type\": 0,\n"
    "\t\t\t\t\t\t\t\t\"Name\": \"a\",\n"
    "\t\t\t\t\t\t\t\t\"Value\": \"1\"\n"
    "\t\t\t\t\t\t\t}\n"
    "\t\t\t\t\t\t],\n"
    "\t\t\t\t\t\t\"intervals\": [\n"
    "\t\t\t\t\t\t\t{\n"
    "\t\t\t\t\t\t\t\t\"Mint\": 1,\n"
    "\t\t\t\t\t\t\t\t\"Maxt\": 2\n"
    "\t\t\t\t\t\t\t}\n"
    "\t\t\t\t\t\t]\n"
    "\t\t\t\t\t}\n"
    "\t\t\t\t]\n"
    "\t\t\t}\n"
    "\t\t],\n"
    "\t\t\"index_stats\": {\n"
    "\t\t\t\"series_max_size\": 100,\n"
    "\t\t\t\"chunk_max_size\": 200\n"
    "\t\t},\n"
    "\t\t\"extensions\": {\n"
    "\t\t\t\"parquet_migrated\": true\n"
    "\t\t},\n"
    "\t\t\"upload_time\": \"2026-08-22T10:00:00.12Z\",\n"
    "\t\t\"later\": [\n"
    "\t\t\t1,\n"
    "\t\t\t{}\n"
    "\t\t]\n"
    "\t},\n"
    "\t\"unknown\": {\n"
    "\t\t\"x\": []\n"
    "\t}\n"
    "}\n";

TEST(BlockMetaTest, ABlockWithoutSourcesIsItsOwn) {
  const absl::StatusOr<BlockMeta> meta =
      ParseBlockMeta(R"({"version":1,"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","compaction":{"level":1}})");
  ASSERT_TRUE(meta.ok()) << meta.status();
  EXPECT_THAT(meta->compaction.sources, testing::ElementsAre(meta->id));
}

TEST(BlockMetaTest, ReadsEveryKeyAndWritesItBackByteForByte) {
  const absl::StatusOr<BlockMeta> meta = ParseBlockMeta(kFull);
  ASSERT_TRUE(meta.ok()) << meta.status();
  EXPECT_EQ(BlockMetaToJson(*meta), kFull);
  EXPECT_EQ(meta->id.ToString(), "01GS0NCB2VXJZV3JX2FYAGDC5C");
  EXPECT_EQ(meta->range, (BlockRange{1676161088259, 1676167200000}));
  EXPECT_EQ(meta->stats.histogram_samples, 2u);
  EXPECT_EQ(meta->compaction.parents.at(0).range.min, -1);
  EXPECT_THAT(meta->compaction.hints, ElementsAre("from-out-of-order"));
  ASSERT_TRUE(meta->thanos.has_value());
  EXPECT_EQ(meta->thanos->labels.at("cluster"), "a<b&\"c\\");
  EXPECT_EQ(meta->thanos->external_labels(), (Labels{{"cluster", "a<b&\"c\\"}}));
  EXPECT_EQ(meta->thanos->resolution_ms, 300'000);
  EXPECT_EQ(meta->thanos->files.at(0).hash_hex, "00ff");
  EXPECT_EQ(meta->thanos->upload_time, 1'787'392'800'120);
}

TEST(BlockMetaTest, LeavesOutWhatGoLeavesOut) {
  BlockMeta meta;
  meta.thanos.emplace();
  EXPECT_EQ(BlockMetaToJson(meta),
            "{\n\t\"ulid\": \"00000000000000000000000000\",\n\t\"minTime\": 0,\n\t\"maxTime\": 0,\n\t\"stats\": {},\n"
            "\t\"compaction\": {\n\t\t\"level\": 0\n\t},\n\t\"version\": 1,\n\t\"thanos\": {\n\t\t\"version\": 1,\n"
            "\t\t\"labels\": {},\n\t\t\"downsample\": {\n\t\t\t\"resolution\": 0\n\t\t},\n\t\t\"source\": \"\",\n"
            "\t\t\"index_stats\": {},\n\t\t\"upload_time\": \"0001-01-01T00:00:00Z\"\n\t}\n}\n");
  EXPECT_FALSE(ParseBlockMeta(BlockMetaToJson(meta))->thanos->upload_time.has_value());
  meta.thanos.reset();
  EXPECT_FALSE(ParseBlockMeta(BlockMetaToJson(meta))->thanos.has_value());
}

TEST(BlockMetaTest, RefusesOtherVersionsByName) {
  const absl::Status block = ParseBlockMeta(R"({"ulid":"01GS0NCB2VXJZV3JX2FYAGDC5C","version":2})").status();
  EXPECT_TRUE(absl::IsUnimplemented(block));
  EXPECT_EQ(block.message(), "unknown meta.json version: 2");
  const absl::Status thanos =
      ParseBlockMeta(R"({"ulid":"01GS0NCB2VXJZV3JX2FYAGDC5C","version":1,"thanos":{"version":3}})").status();
  EXPECT_TRUE(absl::IsUnimplemented(thanos));
  EXPECT_THAT(std::string(thanos.message()), HasSubstr("thanos section of meta.json: 3"));
  EXPECT_TRUE(ParseBlockMeta(R"({"version":1,"thanos":{}})").ok()) << "no version means 1";
}

TEST(BlockMetaTest, NamesTheKeyOfAWrongType) {
  const struct {
    std::string_view text, key;
  } kCases[] = {
      {R"({"version":1,"minTime":"x"})", "minTime"},
      {R"({"version":1,"ulid":"short"})", "ulid"},
      {R"({"version":1,"stats":[]})", "stats"},
      {R"({"version":1,"stats":{"numSeries":-1}})", "stats.numSeries"},
      {R"({"version":1,"compaction":{"sources":[1]}})", "compaction.sources"},
      {R"({"version":1,"compaction":{"sources":"x"}})", "compaction.sources"},
      {R"({"version":1,"compaction":{"parents":[{"ulid":7}]}})", "compaction.parents.ulid"},
      {R"({"version":1,"thanos":{"labels":{"a":1}}})", "thanos.labels.a"},
      {R"({"version":1,"thanos":{"files":[{"hash":{"value":[]}}]}})", "thanos.files.hash.value"},
      {R"({"version":1,"thanos":{"upload_time":"yesterday"}})", "thanos.upload_time"},
      {R"({"version":1,"thanos":"x"})", "thanos"},
      {R"({"version":"1"})", "version"},
      {"[]", "not an object"},
      {"{", "meta.json"},
      {"", "meta.json"},
  };
  for (const auto& [text, key] : kCases) {
    const absl::Status status = ParseBlockMeta(text).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << text << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(key))) << text;
  }
}

TEST(BlockMetaTest, SurvivesTheDisk) {
  const ScratchDirectory scratch;
  const BlockMeta meta = *ParseBlockMeta(kFull);
  ASSERT_TRUE(WriteBlockMeta(RealFiles(), scratch.path(), meta).ok());
  EXPECT_EQ(BlockMetaToJson(*ReadBlockMeta(RealFiles(), scratch.path())), kFull);
  EXPECT_TRUE(absl::IsNotFound(ReadBlockMeta(RealFiles(), scratch.path() + "/absent").status()));
}

TEST(Rfc3339Test, ReadsAndWrites) {
  const struct {
    std::string_view text;
    TimestampMs time;
    std::string_view canonical;
  } kCases[] = {
      {"1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"},
      {"2026-08-22T10:00:00.123456789Z", 1'787'392'800'123, "2026-08-22T10:00:00.123Z"},
      {"2026-08-22T12:00:00.5+02:00", 1'787'392'800'500, "2026-08-22T10:00:00.5Z"},
      {"1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"},
      {"2024-02-29t00:00:00z", 1'709'164'800'000, "2024-02-29T00:00:00Z"},
  };
  for (const auto& [text, time, canonical] : kCases) {
    EXPECT_EQ(*ParseRfc3339(text), time) << text;
    EXPECT_EQ(FormatRfc3339(time), canonical);
  }
  for (const char* bad :
       {"", "2026-08-22", "2026-02-30T00:00:00Z", "2026-08-22T10:00:00", "2026-08-22T24:00:00Z", "2026-08-22T10:00:00.Z",
        "2026-08-22T10:00:00Zx", "2026-08-22T10:00:00+2:00", "20260822T100000Z", "2026-13-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseRfc3339(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace varve
