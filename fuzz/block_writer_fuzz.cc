// Blocks of the input's series and chunks, whatever their bytes are, written and read again: labels, times, chunks and the postings
// of every label are what went in.
#include <stdlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <span>

#include "base/byte_reader.h"
#include "base/check.h"
#include "tsdb/block_reader.h"
#include "tsdb/block_writer.h"
#include "tsdb/encode_samples.h"

namespace varve {
namespace {

using Content = std::map<Labels, std::vector<OwnedChunk>>;

Labels ReadLabels(ByteReader& input) {
  LabelsBuilder builder;
  for (int count = 1 + input.U8() % 4; count > 0; --count) {
    const std::string name(AsText(input.Take(1 + input.U8() % 5)));
    const std::string value(AsText(input.Take(1 + input.U8() % 40)));
    if (!name.empty() && !value.empty()) builder.Set(name, value);
  }
  return builder.Build();
}

std::vector<OwnedChunk> ReadChunks(ByteReader& input) {
  std::vector<OwnedChunk> chunks;
  TimestampMs time = static_cast<TimestampMs>(input.U32());
  for (int count = 1 + input.U8() % 6; count > 0; --count) {
    OwnedChunk chunk{.min_time = time, .encoding = input.U8() % 2 == 0 ? ChunkEncoding::kXor : ChunkEncoding::kHistogram};
    time += input.U8();
    chunk.max_time = time;
    time += 1 + input.U16();
    const Bytes bytes = input.Take(input.U8());
    chunk.data.assign(bytes.begin(), bytes.end());
    chunk.data.resize(std::max<size_t>(chunk.data.size(), 4));  // a head that counts samples
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

Ulid Write(const std::string& directory, const Content& content, uint64_t segment_bytes) {
  auto writer =
      BlockWriter::Create(RealFiles(), directory, {.id = Ulid::FromTime(1, {}), .segment_bytes = segment_bytes, .sync = false});
  VARVE_CHECK(writer.ok());
  for (const auto& [labels, chunks] : content) {
    std::vector<ChunkView> views;
    for (const OwnedChunk& chunk : chunks) views.push_back(chunk.view());
    VARVE_CHECK((*writer)->AddSeries(labels, views).ok());
  }
  const auto meta = (*writer)->Finish();
  VARVE_CHECK(meta.ok() && meta->stats.series == content.size());
  return meta->id;
}

void CheckChunks(const BlockReader& block, const std::vector<ChunkMeta>& metas, const std::vector<OwnedChunk>& chunks) {
  VARVE_CHECK(metas.size() == chunks.size());
  for (size_t i = 0; i < metas.size(); ++i) {
    const auto chunk = block.chunks().Read(metas[i].ref);
    VARVE_CHECK(chunk.ok() && chunk->encoding == chunks[i].encoding && std::ranges::equal(chunk->data, chunks[i].data));
    VARVE_CHECK(metas[i].min_time == chunks[i].min_time && metas[i].max_time == chunks[i].max_time);
  }
}

void Check(const std::string& directory, const Content& content) {
  const auto opened = BlockReader::Open(RealFiles(), directory);
  VARVE_CHECK(opened.ok());
  const BlockReader& block = **opened;
  const auto all = block.index().Select(Context(), {});
  VARVE_CHECK(all.ok() && all->size() == content.size());
  LabelResolver resolver(block.index().symbols());
  SeriesEntry entry;
  size_t i = 0;
  for (const auto& [labels, chunks] : content) {
    const SeriesRef ref = (*all)[i++];
    VARVE_CHECK(block.index().ReadSeries(ref, entry).ok());
    const auto resolved = resolver.Resolve(entry.labels);
    VARVE_CHECK(resolved.ok() && *resolved == labels);
    CheckChunks(block, entry.chunks, chunks);
    for (const LabelView& label : labels) {
      const auto having = block.index().Select(Context(), {Matcher::Equal(label.name, label.value)});
      VARVE_CHECK(having.ok() && std::ranges::binary_search(*having, ref));
    }
  }
}

}  // namespace
}  // namespace varve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace varve;
  ByteReader input(std::as_bytes(std::span(data, size)));
  const uint64_t segment_bytes = 64 + input.U16();
  Content content;
  while (input.ok() && input.remaining() > 0 && content.size() < 50) {
    Labels labels = ReadLabels(input);
    if (labels.empty()) break;
    content.emplace(std::move(labels), ReadChunks(input));
  }
  if (content.empty()) return 0;
  const char* parent = std::getenv("TMPDIR");
  std::string directory = JoinPath(parent != nullptr ? parent : "/tmp", "varve-block-fuzz.XXXXXX");
  VARVE_CHECK(::mkdtemp(directory.data()) != nullptr);
  const Ulid id = Write(directory, content, segment_bytes);
  Check(JoinPath(directory, id.ToString()), content);
  VARVE_CHECK(RealFiles().RemoveTree(directory).ok());
  return 0;
}
