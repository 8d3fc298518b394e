#include "blocks/index_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "blocks/testing/bucket_with_block.h"
#include "tsdb/index_reader.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

BlockBuilder ManySeries() {
  BlockBuilder builder;
  for (int i = 0; i < 100; ++i) {
    builder.Add(Labels{{"__name__", "metric"}, {"instance", fmt::format("host-{:03}", i)}}, 1000 + i, i);
  }
  builder.Add(Labels{{"__name__", "up"}, {"job", "x"}}, 1000, 1);
  return builder;
}

class InMemory : public MappedFile {
 public:
  explicit InMemory(std::string content) : content_(std::move(content)) {}
  Bytes bytes() const override { return AsBytes(content_); }

 private:
  const std::string content_;
};

absl::StatusOr<std::shared_ptr<const IndexHeader>> OpenBytes(std::string content) {
  return IndexHeader::Open(std::make_shared<InMemory>(std::move(content)));
}

class IndexHeaderTest : public testing::Test {
 protected:
  std::string Build(uint64_t index_bytes = 0) {
    const auto header = BuildIndexHeader(Context(), world_.environment.source, world_.meta.id, index_bytes);
    EXPECT_TRUE(header.ok()) << header.status();
    return header.ok() ? std::string(AsText(*header)) : "";
  }
  BucketWithBlock world_{ManySeries()};
};

TEST_F(IndexHeaderTest, IsByteForByteTheDocumentedFile) {
  const std::string index = world_.Object("index");
  const IndexToc toc = *IndexToc::Parse(AsBytes(index), index.size());
  ByteWriter expected;
  expected.U32(0xBAAAD792);
  expected.U8(1);
  expected.U8(2);
  expected.U64(toc.postings_offset_table);
  expected.Append(AsBytes(index).subspan(toc.symbols, toc.series - toc.symbols));
  const uint64_t table = expected.size();
  expected.Append(AsBytes(index).subspan(toc.postings_offset_table));
  ByteWriter tail;
  tail.U64(14);
  tail.U64(table);
  expected.Append(tail.bytes());
  expected.U32(Crc32c(tail.bytes()));
  EXPECT_EQ(Build(), AsText(expected.bytes()));
  EXPECT_EQ(Build(index.size()), AsText(expected.bytes()));
}

TEST_F(IndexHeaderTest, IsEqualToTheOneThanosMakes) {
  const std::string golden = VARVE_SOURCE_DIR "/testdata/index_header/";
  world_.Replace("index", *RealFiles().ReadAll(golden + "index"));
  const std::string of_thanos = *RealFiles().ReadAll(golden + "index-header");
  EXPECT_EQ(Build(), of_thanos);
  EXPECT_EQ((*OpenBytes(of_thanos))->postings().ValueCount("instance"), 40u);
}

TEST_F(IndexHeaderTest, FindsWhatTheIndexFinds) {
  const std::string index = world_.Object("index");
  const IndexReader reader = *IndexReader::Open(AsBytes(index));
  const auto header = *OpenBytes(Build());
  EXPECT_EQ(header->index_bytes(), index.size());
  EXPECT_EQ(header->symbols().size(), reader.symbols().size());
  EXPECT_THAT(header->postings().LabelNames(), ElementsAre("__name__", "instance", "job"));
  for (int i = 0; i < 100; ++i) {
    const std::string value = fmt::format("host-{:03}", i);
    EXPECT_EQ(header->postings().Find("instance", value), reader.postings_offsets().Find("instance", value)) << value;
  }
  EXPECT_EQ(header->postings().Find("job", "x"), reader.postings_offsets().Find("job", "x"));
  EXPECT_EQ(header->postings().Find("instance", "host-1"), std::nullopt);
  EXPECT_LT(header->heap_bytes(), 1000u);
}

TEST_F(IndexHeaderTest, TakesFewRequests) {
  world_.bucket.Set({});
  Build();
  EXPECT_EQ(world_.bucket.operations(), 5);  // size, head, tail, two parts
  world_.bucket.Set({});
  Build(world_.Object("index").size());
  EXPECT_EQ(world_.bucket.operations(), 4);
}

TEST_F(IndexHeaderTest, NoticesEveryChangedByte) {
  const std::string good = Build();
  const IndexToc toc = (*OpenBytes(good))->index_toc();
  const size_t symbols_end = 14 + (toc.series - toc.symbols);
  int unnoticed = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x40);
    const absl::Status status = OpenBytes(bad).status();
    if (status.ok()) {
      ++unnoticed;
      EXPECT_TRUE(i >= symbols_end - 16 && i < symbols_end) << "byte " << i << " is no padding";
    } else {
      EXPECT_TRUE(absl::IsDataLoss(status) || absl::IsUnimplemented(status)) << status;
    }
  }
  EXPECT_LT(unnoticed, 16);
}

TEST_F(IndexHeaderTest, NoticesEveryTruncation) {
  const std::string good = Build();
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(OpenBytes(good.substr(0, size)).ok()) << size;
}

TEST_F(IndexHeaderTest, ADamagedIndexIsNamed) {
  std::string index = world_.Object("index");
  index[0] = 'x';
  world_.Replace("index", index);
  const absl::Status status = BuildIndexHeader(Context(), world_.environment.source, world_.meta.id).status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(world_.meta.id.ToString() + "/index"));
  for (const size_t size : {0, 4, 56}) {
    world_.Replace("index", std::string_view(index).substr(0, size));
    EXPECT_TRUE(absl::IsDataLoss(BuildIndexHeader(Context(), world_.environment.source, world_.meta.id).status()));
  }
}

class LazyIndexHeaderTest : public IndexHeaderTest {
 protected:
  LazyIndexHeader lazy_{world_.environment, world_.meta.id, 0};
};

TEST_F(LazyIndexHeaderTest, DoesNothingBeforeTheFirstUse) {
  world_.bucket.Set({});
  EXPECT_FALSE(lazy_.is_loaded());
  EXPECT_EQ(world_.bucket.operations(), 0);
  const auto header = lazy_.Get(Context());
  ASSERT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(world_.bucket.operations(), 5);
  EXPECT_EQ(*lazy_.Get(Context()), *header);
  EXPECT_EQ(*RealFiles().ReadAll(world_.header_path()), Build());

  LazyIndexHeader after_restart(world_.environment, world_.meta.id, 0);
  world_.bucket.Set({.fail = 1});
  EXPECT_TRUE(after_restart.Get(Context()).ok());  // the file is there
}

TEST_F(LazyIndexHeaderTest, RebuildsADamagedFile) {
  ASSERT_TRUE(lazy_.Get(Context()).ok());
  std::string damaged = *RealFiles().ReadAll(world_.header_path());
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  ASSERT_TRUE(RealFiles().WriteAtomically(world_.header_path(), AsBytes(damaged)).ok());
  LazyIndexHeader after_restart(world_.environment, world_.meta.id, 0);
  EXPECT_TRUE(after_restart.Get(Context()).ok());
  EXPECT_EQ(*RealFiles().ReadAll(world_.header_path()), Build());
}

TEST_F(LazyIndexHeaderTest, AWrongSizeInMetaJsonOnlyCostsRequests) {
  LazyIndexHeader wrong(world_.environment, world_.meta.id, world_.Object("index").size() + 100);
  EXPECT_TRUE(wrong.Get(Context()).ok());
}

TEST_F(LazyIndexHeaderTest, TriesAgainAfterAFailure) {
  world_.bucket.Set({.fail = 1});
  EXPECT_TRUE(absl::IsUnavailable(lazy_.Get(Context()).status()));
  world_.bucket.Set({});
  EXPECT_TRUE(lazy_.Get(Context()).ok());
}

TEST_F(LazyIndexHeaderTest, LetsGoWhenIdleAndComesBack) {
  const auto held = *lazy_.Get(Context());
  EXPECT_FALSE(lazy_.ReleaseIdle(std::chrono::minutes(5)));
  world_.clock.Advance(std::chrono::minutes(5));
  EXPECT_TRUE(lazy_.ReleaseIdle(std::chrono::minutes(5)));
  EXPECT_FALSE(lazy_.is_loaded());
  EXPECT_FALSE(lazy_.ReleaseIdle(std::chrono::minutes(5)));
  EXPECT_EQ(held->postings().ValueCount("job"), 1u);  // who holds it may go on
  EXPECT_TRUE(lazy_.Get(Context()).ok());
  EXPECT_THAT(MetricsAsText(world_.registry), HasSubstr("thanos_bucket_store_indexheader_lazy_unload_total 1\n"));
}

TEST_F(LazyIndexHeaderTest, ManyFirstUsersBuildItOnce) {
  world_.bucket.Set({.delay = 1, .delay_max = std::chrono::milliseconds(5)});
  std::vector<std::jthread> users;
  std::atomic<int> served = 0;
  for (int i = 0; i < 8; ++i) users.emplace_back([&] { served += lazy_.Get(Context()).ok() ? 1 : 0; });
  users.clear();
  EXPECT_EQ(served, 8);
  EXPECT_EQ(world_.bucket.operations(), 5);
}

TEST_F(LazyIndexHeaderTest, AWaitingUserMayLeave) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(absl::IsCancelled(lazy_.Get(Context().WithStop(stop.get_token())).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(lazy_.Get(Context().WithTimeout(std::chrono::seconds(0))).status()));
  EXPECT_TRUE(lazy_.Get(Context()).ok());
}

}  // namespace
}  // namespace varve
