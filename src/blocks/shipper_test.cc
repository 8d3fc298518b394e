#include "blocks/shipper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "blocks/block_names.h"
#include "blocks/testing/crashing_files.h"
#include "blocks/testing/fake_blocks.h"
#include "objstore/adaptive_bucket.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kTwoHours = 7'200'000;

class ShipperTest : public testing::Test {
 protected:
  ShipperTest() { options_ = {.directory = FreshTestDirectory("shipper"), .source = "sidecar"}; }

  void WriteLocal(BlockMeta meta, int segments = 2) {
    meta.thanos.reset();  // as Prometheus writes it
    WriteFakeBlock(RealFiles(), options_.directory, meta, segments);
  }
  std::unique_ptr<Shipper> NewShipper(Files& files = RealFiles()) {
    return std::make_unique<Shipper>(UploadEnvironment{bucket_, files, executor_, clock_}, registry_, logger_, options_,
                                     [this] { return labels_; });
  }
  absl::StatusOr<BlockMeta> RemoteMeta(Ulid id) {
    const auto json = bucket_.ReadAll(Context(), BlockObjectName(id, kMetaFileName));
    if (!json.ok()) return json.status();
    return ParseBlockMeta(*json);
  }
  std::vector<Ulid> Listed() {
    return ReadShipperState(RealFiles(), JoinPath(options_.directory, "thanos.shipper.json")).value_or(std::vector<Ulid>());
  }
  // A meta.json in the bucket promises every file it lists.
  void ExpectWholeIfVisible(Ulid id) {
    const auto meta = RemoteMeta(id);
    if (absl::IsNotFound(meta.status())) return;
    ASSERT_TRUE(meta.ok()) << meta.status();
    ASSERT_EQ(meta->thanos->files.size(), 4u);
    for (const BlockFile& file : meta->thanos->files) {
      const auto attributes = bucket_.Attributes(Context(), BlockObjectName(id, file.rel_path));
      ASSERT_TRUE(attributes.ok()) << attributes.status();
      if (file.size_bytes > 0) {
        EXPECT_EQ(attributes->size, static_cast<uint64_t>(file.size_bytes)) << file.rel_path;
      }
    }
  }

  ShipperOptions options_;
  Labels labels_ = {{"cluster", "a"}, {"replica", "0"}};
  FaultyBucket bucket_{NewMemoryBucket()};
  Executor executor_{"io", 2};
  FakeClock clock_{1'700'000'000'000};
  MetricsRegistry registry_;
  const Logger logger_{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
};

TEST_F(ShipperTest, UploadsBlocksWithLabelsFilesAndTime) {
  WriteLocal(FakeMeta(FakeUlid(1)));
  options_.upload.hash = FileHash::kSha256;
  ASSERT_EQ(*NewShipper()->Sync(Context()), 1u);

  const auto meta = RemoteMeta(FakeUlid(1));
  ASSERT_TRUE(meta.ok()) << meta.status();
  EXPECT_EQ(meta->thanos->external_labels(), labels_);
  EXPECT_EQ(meta->thanos->source, "sidecar");
  EXPECT_THAT(meta->thanos->segment_files, ElementsAre("000001", "000002"));
  EXPECT_EQ(meta->thanos->upload_time, 1'700'000'000'000);
  std::vector<std::string> paths;
  for (const BlockFile& file : meta->thanos->files) paths.push_back(file.rel_path);
  EXPECT_THAT(paths, ElementsAre("chunks/000001", "chunks/000002", "index", "meta.json"));
  EXPECT_EQ(meta->thanos->files[0].hash_function, "SHA256");
  EXPECT_EQ(meta->thanos->files[0].hash_hex.size(), 64u);
  EXPECT_EQ(*bucket_.ReadAll(Context(), BlockObjectName(FakeUlid(1), "index")), "index of " + FakeUlid(1).ToString());
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(1)));
  EXPECT_EQ(RealFiles().List(options_.directory + "/thanos/upload")->size(), 0u);
  EXPECT_FALSE(
      ReadBlockMeta(RealFiles(), JoinPath(options_.directory, FakeUlid(1).ToString()))->thanos.has_value());  // untouched
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_shipper_uploads_total 1\n"));
}

TEST_F(ShipperTest, ShipsOldestFirstAndEachOnce) {
  WriteLocal(FakeMeta(FakeUlid(1), 5 * kTwoHours));
  WriteLocal(FakeMeta(FakeUlid(2), 1 * kTwoHours));
  WriteLocal(FakeMeta(FakeUlid(3), 3 * kTwoHours));
  const auto shipper = NewShipper();
  EXPECT_FALSE(shipper->AllUploaded().ok());  // no state file yet
  EXPECT_EQ(*shipper->Sync(Context()), 3u);
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(2), FakeUlid(3), FakeUlid(1)));
  EXPECT_EQ(shipper->UploadedBlocks(), Listed());
  EXPECT_TRUE(*shipper->AllUploaded());

  bucket_.Set({});
  EXPECT_EQ(*shipper->Sync(Context()), 0u);
  EXPECT_EQ(bucket_.operations(), 0);

  ASSERT_TRUE(RealFiles().RemoveTree(JoinPath(options_.directory, FakeUlid(3).ToString())).ok());
  EXPECT_EQ(*shipper->Sync(Context()), 0u);
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(2), FakeUlid(1)));
}

TEST_F(ShipperTest, FindsOutFromTheBucketWhenItsStateIsLost) {
  WriteLocal(FakeMeta(FakeUlid(1)));
  ASSERT_TRUE(NewShipper()->Sync(Context()).ok());
  ASSERT_TRUE(RealFiles().WriteAtomically(options_.directory + "/thanos.shipper.json", AsBytes("{")).ok());
  EXPECT_EQ(*NewShipper()->Sync(Context()), 0u);
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(1)));
}

TEST_F(ShipperTest, SkipsEmptyAndCompactedBlocks) {
  BlockMeta empty = FakeMeta(FakeUlid(1));
  empty.stats = {};
  BlockMeta compacted = FakeMeta(FakeUlid(2), 10 * kTwoHours);
  compacted.compaction.level = 2;
  WriteLocal(empty);
  WriteLocal(compacted);
  EXPECT_EQ(*NewShipper()->Sync(Context()), 0u);
  EXPECT_THAT(Listed(), IsEmpty());

  options_.upload_compacted = true;
  EXPECT_EQ(*NewShipper()->Sync(Context()), 1u);
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(2)));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_shipper_upload_compacted_done 1\n"));
}

TEST_F(ShipperTest, ACompactedBlockMustNotOverlapItsProducersBlocks) {
  BlockMeta mine = FakeMeta(FakeUlid(1), 0);
  BlockMeta others = FakeMeta(FakeUlid(2), kTwoHours);
  others.thanos->labels["replica"] = "1";
  PutFakeMeta(bucket_, mine);
  PutFakeMeta(bucket_, others);
  ASSERT_TRUE(bucket_.Upload(Context(), FakeUlid(9).ToString() + "/index", AsBytes("partial")).ok());
  options_.upload_compacted = true;
  BlockMeta free = FakeMeta(FakeUlid(4), kTwoHours);
  free.compaction.level = 3;
  WriteLocal(free);
  EXPECT_EQ(*NewShipper()->Sync(Context()), 1u);

  BlockMeta overlapping = FakeMeta(FakeUlid(3), kTwoHours - 1);
  overlapping.compaction.level = 2;
  WriteLocal(overlapping);
  const absl::Status status = NewShipper()->Sync(Context()).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("overlaps block " + FakeUlid(1).ToString()));
  EXPECT_TRUE(absl::IsNotFound(RemoteMeta(FakeUlid(3)).status()));
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(4)));

  options_.allow_out_of_order_uploads = true;
  EXPECT_EQ(*NewShipper()->Sync(Context()), 1u);
}

TEST_F(ShipperTest, TheFirstFailureEndsTheRunUnlessOrderDoesNotMatter) {
  for (uint8_t n = 1; n <= 3; ++n) WriteLocal(FakeMeta(FakeUlid(n), n * kTwoHours));
  ASSERT_TRUE(RealFiles().Remove(JoinPath(options_.directory, FakeUlid(2).ToString() + "/index")).ok());
  EXPECT_FALSE(NewShipper()->Sync(Context()).ok());
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(1)));
  EXPECT_TRUE(absl::IsNotFound(RemoteMeta(FakeUlid(3)).status()));

  options_.allow_out_of_order_uploads = true;
  EXPECT_FALSE(NewShipper()->Sync(Context()).ok());
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(1), FakeUlid(3)));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_shipper_upload_failures_total 2\n"));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_shipper_dir_sync_failures_total 1\n"));
}

TEST_F(ShipperTest, ACorruptedBlockStopsItUnlessToldToSkip) {
  WriteLocal(FakeMeta(FakeUlid(1)));
  WriteLocal(FakeMeta(FakeUlid(2), kTwoHours));
  ASSERT_TRUE(
      RealFiles().WriteAtomically(JoinPath(options_.directory, FakeUlid(1).ToString() + "/meta.json"), AsBytes("{")).ok());
  EXPECT_TRUE(absl::IsDataLoss(NewShipper()->Sync(Context()).status()));
  EXPECT_THAT(Listed(), IsEmpty());
  options_.skip_corrupted_blocks = true;
  EXPECT_FALSE(NewShipper()->Sync(Context()).ok());
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(2)));
  EXPECT_THAT(MetricsAsText(registry_), HasSubstr("thanos_shipper_corrupted_blocks_total 1\n"));
}

TEST_F(ShipperTest, RefusesToShipWithoutExternalLabels) {
  WriteLocal(FakeMeta(FakeUlid(1)));
  labels_ = Labels();
  EXPECT_TRUE(absl::IsFailedPrecondition(NewShipper()->Sync(Context()).status()));
}

TEST_F(ShipperTest, FinishesAPartialUploadWithoutSendingItAgain) {
  WriteLocal(FakeMeta(FakeUlid(1)));
  const std::string first = SegmentObjectName(FakeUlid(1), 0);
  ASSERT_TRUE(bucket_.UploadFile(Context(), first, options_.directory + "/" + first).ok());
  ASSERT_TRUE(bucket_.Upload(Context(), SegmentObjectName(FakeUlid(1), 1), AsBytes("half")).ok());
  bucket_.Set({});
  EXPECT_EQ(*NewShipper()->Sync(Context()), 1u);
  EXPECT_EQ(bucket_.operations(), 1 + 1 + 2 + 1 + 2);  // meta.json?, list, segment 2 and index, list, meta.json and back
  ExpectWholeIfVisible(FakeUlid(1));
}

TEST_F(ShipperTest, ADamagedMetaInTheBucketIsReplaced) {
  WriteLocal(FakeMeta(FakeUlid(1)));
  ASSERT_TRUE(bucket_.Upload(Context(), BlockObjectName(FakeUlid(1), kMetaFileName), AsBytes("{\"ulid\":")).ok());
  EXPECT_EQ(*NewShipper()->Sync(Context()), 1u);
  EXPECT_TRUE(RemoteMeta(FakeUlid(1)).ok());
  ExpectWholeIfVisible(FakeUlid(1));
}

// A bucket that says yes and keeps something else.
class LyingBucket : public FaultyBucket {
 public:
  using FaultyBucket::FaultyBucket;
  absl::Status Upload(const Context& ctx, std::string_view name, Bytes content) override {
    return FaultyBucket::Upload(ctx, name, spoils_metas ? content.first(content.size() / 2) : content);
  }
  absl::Status UploadFile(const Context& ctx, std::string_view name, const std::string& path) override {
    return loses_files ? absl::OkStatus() : FaultyBucket::UploadFile(ctx, name, path);
  }
  bool spoils_metas = false, loses_files = false;
};

TEST_F(ShipperTest, WhatTheBucketDoesNotHaveIsNotShipped) {
  LyingBucket liar(NewMemoryBucket());
  Shipper shipper({liar, RealFiles(), executor_, clock_}, registry_, logger_, options_, [this] { return labels_; });
  WriteLocal(FakeMeta(FakeUlid(1)));
  liar.loses_files = true;
  EXPECT_TRUE(absl::IsDataLoss(shipper.Sync(Context()).status()));
  EXPECT_FALSE(*liar.Exists(Context(), BlockObjectName(FakeUlid(1), kMetaFileName)));

  liar.loses_files = false;
  liar.spoils_metas = true;
  EXPECT_TRUE(absl::IsDataLoss(shipper.Sync(Context()).status()));
  EXPECT_FALSE(*liar.Exists(Context(), BlockObjectName(FakeUlid(1), kMetaFileName)));
  EXPECT_THAT(Listed(), IsEmpty());

  liar.spoils_metas = false;
  EXPECT_EQ(*shipper.Sync(Context()), 1u);
  EXPECT_THAT(Listed(), ElementsAre(FakeUlid(1)));
}

TEST_F(ShipperTest, ShipsThroughABucketOfWhichHalfOfAllRequestsFail) {
  auto faulty = std::make_unique<FaultyBucket>(NewMemoryBucket());
  FaultyBucket& failing = *faulty;
  const auto adaptive = NewAdaptiveBucket(std::move(faulty), {}, registry_, logger_, clock_);
  for (uint8_t n = 1; n <= 10; ++n) WriteLocal(FakeMeta(FakeUlid(n), n * kTwoHours));
  failing.Set({.seed = 5, .fail = 0.5});
  Shipper shipper({*adaptive, RealFiles(), executor_, clock_}, registry_, logger_, options_, [this] { return labels_; });
  for (int round = 0; round < 10 && Listed().size() < 10; ++round) shipper.Sync(Context()).IgnoreError();
  EXPECT_EQ(Listed().size(), 10u);
  failing.Set({});
  for (uint8_t n = 1; n <= 10; ++n) {
    EXPECT_TRUE(ParseBlockMeta(*failing.ReadAll(Context(), BlockObjectName(FakeUlid(n), kMetaFileName))).ok());
  }
}

TEST_F(ShipperTest, WhereverTheProcessDiesInTheBucketTheNextOneFinishes) {
  for (uint64_t seed = 1; seed <= 2; ++seed) {
    for (int64_t crash_at = 0; crash_at < 20; ++crash_at) {
      options_.directory = FreshTestDirectory("shipper-crash");
      const Ulid a = FakeUlid(100 + static_cast<uint64_t>(crash_at), static_cast<uint8_t>(seed));
      const Ulid b = FakeUlid(200 + static_cast<uint64_t>(crash_at), static_cast<uint8_t>(seed));
      WriteLocal(FakeMeta(a, 0));
      WriteLocal(FakeMeta(b, kTwoHours));
      bucket_.Set({.seed = seed, .crash_at_operation = crash_at});
      NewShipper()->Sync(Context()).IgnoreError();
      bucket_.Set({});
      ExpectWholeIfVisible(a);
      ExpectWholeIfVisible(b);
      for (const Ulid& id : Listed()) EXPECT_TRUE(RemoteMeta(id).ok()) << "crash_at=" << crash_at;
      ASSERT_TRUE(NewShipper()->Sync(Context()).ok()) << "crash_at=" << crash_at;
      EXPECT_THAT(Listed(), ElementsAre(a, b));
      EXPECT_TRUE(RemoteMeta(a).ok() && RemoteMeta(b).ok());
      ExpectWholeIfVisible(a);
      ExpectWholeIfVisible(b);
    }
  }
}

TEST_F(ShipperTest, WhereverTheProcessDiesOnDiskTheNextOneFinishes) {
  bool finished = false;
  for (int64_t crash_at = 0; !finished && crash_at < 200; ++crash_at) {
    options_.directory = FreshTestDirectory("shipper-crash");
    const Ulid id = FakeUlid(1000 + static_cast<uint64_t>(crash_at));
    WriteLocal(FakeMeta(id));
    CrashingFiles files(crash_at);
    NewShipper(files)->Sync(Context()).IgnoreError();
    finished = !files.crashed();
    ExpectWholeIfVisible(id);
    ASSERT_TRUE(NewShipper()->Sync(Context()).ok()) << "crash_at=" << crash_at;
    EXPECT_THAT(Listed(), ElementsAre(id));
    EXPECT_TRUE(RemoteMeta(id).ok());
    ExpectWholeIfVisible(id);
    EXPECT_TRUE(ReadBlockMeta(RealFiles(), JoinPath(options_.directory, id.ToString())).ok());
    EXPECT_TRUE(RealFiles().List(options_.directory + "/thanos/upload").value_or(std::vector<std::string>()).empty());
  }
  EXPECT_TRUE(finished);
}

TEST(ShipperStateTest, IsTheFilePrometheusReads) {
  EXPECT_EQ(
      FormatShipperState({FakeUlid(1), FakeUlid(2)}),
      fmt::format("{{\n\t\"version\": 1,\n\t\"uploaded\": [\n\t\t\"{}\",\n\t\t\"{}\"\n\t]\n}}\n", FakeUlid(1), FakeUlid(2)));
  EXPECT_THAT(*ParseShipperState("{\"version\":1,\"uploaded\":null}"), IsEmpty());
  EXPECT_THAT(*ParseShipperState(FormatShipperState({FakeUlid(3)})), ElementsAre(FakeUlid(3)));
  EXPECT_TRUE(absl::IsUnimplemented(ParseShipperState("{\"version\":2}").status()));
  for (const std::string_view broken : {"", "[]x", "{\"version\":1,\"uploaded\":[\"x\"]}", "{\"version\":1,\"uploaded\":{}}"}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseShipperState(broken).status())) << broken;
  }
}

TEST(FileHashTest, KnowsThanosNames) {
  EXPECT_EQ(*ParseFileHash(""), FileHash::kNone);
  EXPECT_EQ(*ParseFileHash("SHA256"), FileHash::kSha256);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseFileHash("MD5").status()));
  const std::string path = JoinPath(FreshTestDirectory("sha"), "file");
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes("abc")).ok());
  EXPECT_EQ(*Sha256Hex(RealFiles(), path), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace varve
