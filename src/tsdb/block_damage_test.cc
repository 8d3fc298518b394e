// Blocks whose bytes are not what they were: every read answers data or DataLoss that names block, file and offset, and nothing
// reads out of bounds (the sanitizers watch).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "tsdb/block_reader.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::HasSubstr;

class BlockDamageTest : public testing::Test {
 protected:
  BlockDamageTest() {
    BlockBuilder builder;
    for (int i = 0; i < 40; ++i) {
      const Labels labels{{"__name__", i % 2 == 0 ? "up" : "down"}, {"instance", fmt::format("{:02}", i)}};
      for (TimestampMs time = 0; time < 5; ++time) builder.Add(labels, time, static_cast<double>(i * time));
    }
    meta_ = builder.Write(scratch_.path());
    directory_ = JoinPath(scratch_.path(), meta_.id.ToString());
    index_ = *RealFiles().ReadAll(JoinPath(directory_, "index"));
    segment_ = *RealFiles().ReadAll(JoinPath(directory_, "chunks/000001"));
  }

  void Put(const std::string& name, std::string_view content) {
    std::ofstream(JoinPath(directory_, name), std::ios::binary) << content;
  }

  // Reads everything there is in the block. OK, or the first error.
  absl::Status ReadAll() {
    auto block = BlockReader::Open(RealFiles(), directory_);
    if (!block.ok()) return block.status();
    auto set = BlockReader::Select(*block, Context(), {}, {});
    while (set->Next()) {
      SeriesSamples samples;
      for (const ChunkView& chunk : set->At().chunks) DecodeChunk(chunk.encoding, chunk.data, samples).IgnoreError();
    }
    if (!set->status().ok()) return set->status();
    for (const char* name : {"__name__", "instance"}) {
      if (auto values = (*block)->LabelValues(Context(), name, {Matcher::NotEqual("x", "y")}); !values.ok())
        return values.status();
    }
    return (*block)->LabelNames(Context(), {Matcher::Equal("__name__", "up")}).status();
  }

  void ExpectDamage(const absl::Status& status, std::string_view file) {
    EXPECT_TRUE(absl::IsDataLoss(status) || absl::IsUnimplemented(status)) << status;
    EXPECT_THAT(std::string(status.message()), testing::AllOf(HasSubstr(meta_.id.ToString()), HasSubstr(std::string(file))));
  }

  const ScratchDirectory scratch_;
  BlockMeta meta_;
  std::string directory_;
  std::string index_, segment_;
};

TEST_F(BlockDamageTest, TheUndamagedBlockReads) { EXPECT_TRUE(ReadAll().ok()) << ReadAll(); }

TEST_F(BlockDamageTest, AnIndexCutAnywhere) {
  for (size_t size = 0; size < index_.size(); size += size < 64 || size + 128 > index_.size() ? 1 : 53) {
    Put("index", std::string_view(index_).substr(0, size));
    ExpectDamage(ReadAll(), "index");
  }
}

TEST_F(BlockDamageTest, AnIndexWithAFlippedBitAnywhere) {
  size_t unnoticed = 0;
  for (size_t i = 0; i < index_.size(); i += 5) {
    std::string flipped = index_;
    flipped[i] ^= static_cast<char>(1 << (i % 8));
    Put("index", flipped);
    const absl::Status status = ReadAll();
    if (status.ok()) {
      ++unnoticed;  // padding between entries, or the checksum of a list nobody needed
    } else {
      ExpectDamage(status, "index");
    }
  }
  EXPECT_LT(unnoticed * 4, index_.size() / 5) << "most of the index is under a checksum that is looked at";
}

TEST_F(BlockDamageTest, AnIndexThatLiesUnderAValidChecksum) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::string lying = index_;
    const size_t field = random() % 6;
    const size_t toc = lying.size() - kIndexTocBytes;
    ByteWriter offset;
    offset.U64(round % 3 == 0 ? uint64_t{random()} << 32 | random() : random() % lying.size());
    lying.replace(toc + field * 8, 8, AsText(offset.bytes()));
    ByteWriter crc;
    crc.U32(Crc32c(AsBytes(std::string_view(lying).substr(toc, kIndexTocBytes - 4))));
    lying.replace(lying.size() - 4, 4, AsText(crc.bytes()));
    Put("index", lying);
    const absl::Status status = ReadAll();
    if (!status.ok()) ExpectDamage(status, "index");
  }
}

TEST_F(BlockDamageTest, SeriesEntriesThatLieUnderAValidChecksum) {
  const IndexToc toc = *IndexToc::Parse(AsBytes(index_), index_.size());
  std::mt19937 random(6);
  for (int round = 0; round < 300; ++round) {
    std::string lying = index_;
    size_t at = toc.series + (kSeriesAlignBytes - toc.series % kSeriesAlignBytes) % kSeriesAlignBytes;
    const auto length = static_cast<size_t>(lying[at]);
    ASSERT_LT(length, 0x80u);
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      lying[at + 1 + random() % length] = static_cast<char>(random());
    }
    ByteWriter crc;
    crc.U32(Crc32c(AsBytes(std::string_view(lying).substr(at + 1, length))));
    lying.replace(at + 1 + length, 4, AsText(crc.bytes()));
    Put("index", lying);
    const absl::Status status = ReadAll();
    EXPECT_TRUE(status.ok() || Message(status).find(meta_.id.ToString()) != std::string_view::npos) << status;
  }
}

TEST_F(BlockDamageTest, ASegmentCutAnywhere) {
  for (size_t size = 0; size < segment_.size(); size += 7) {
    Put("chunks/000001", std::string_view(segment_).substr(0, size));
    ExpectDamage(ReadAll(), "chunks/000001");
  }
}

TEST_F(BlockDamageTest, ASegmentWithAFlippedBitAnywhere) {
  for (size_t i = 0; i < segment_.size(); i += 1 + i / 64) {
    if (i >= 5 && i < kChunkFileHeaderBytes) continue;  // padding
    std::string flipped = segment_;
    flipped[i] ^= 0x04;
    Put("chunks/000001", flipped);
    ExpectDamage(ReadAll(), "chunks/000001");
  }
}

TEST_F(BlockDamageTest, AMissingPart) {
  ASSERT_TRUE(RealFiles().Remove(JoinPath(directory_, "chunks/000001")).ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadAll()));
  ASSERT_TRUE(RealFiles().Remove(JoinPath(directory_, "index")).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadAll()));
  Put("index", index_);
  ASSERT_TRUE(RealFiles().Remove(JoinPath(directory_, "tombstones")).ok());
  Put("chunks/000001", segment_);
  EXPECT_TRUE(ReadAll().ok()) << "a block without tombstones is whole";
}

TEST_F(BlockDamageTest, NamesWhatIsWrongAndWhere) {
  std::string flipped = segment_;
  flipped[20] ^= 1;
  Put("chunks/000001", flipped);
  EXPECT_THAT(std::string(ReadAll().message()),
              testing::MatchesRegex("block " + meta_.id.ToString() + ": chunks/000001 at offset 8: chunk of .* crc32c is .*"));
  Put("index", std::string(5, '\0') + index_.substr(5));
  EXPECT_THAT(std::string(ReadAll().message()), HasSubstr("index: index header: magic number is 00000000, expected baaad700"));
  index_[4] = 1;
  Put("index", index_);
  EXPECT_THAT(std::string(ReadAll().message()), HasSubstr("unknown index version: 1"));
}

}  // namespace
}  // namespace varve
