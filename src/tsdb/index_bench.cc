// Postings set operations and reading of series. Run: ./dev bench tsdb.index_bench
#include <benchmark/benchmark.h>

#include <random>

#include "base/byte_writer.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "storage/chunk_series_source.h"
#include "tsdb/block_reader.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

// About `count` refs below `below`, as bytes of an index.
ByteBuffer ListBytes(size_t count, SeriesRef below, unsigned seed) {
  std::mt19937 random(seed);
  Postings refs(count);
  for (SeriesRef& ref : refs) ref = static_cast<SeriesRef>(random() % below);
  std::ranges::sort(refs);
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  ByteWriter out;
  out.U32(static_cast<uint32_t>(4 + 4 * refs.size()));
  out.U32(static_cast<uint32_t>(refs.size()));
  for (const SeriesRef ref : refs) out.U32(ref);
  out.U32(Crc32c(out.bytes().subspan(4)));
  return out.Release();
}

constexpr SeriesRef kRefs = 8'000'000;  // an index of 128 MB

void BM_IntersectSimilarLengths(benchmark::State& state) {
  const ByteBuffer a = ListBytes(1'000'000, kRefs, 1);
  const ByteBuffer b = ListBytes(1'000'000, kRefs, 2);
  for (auto _ : state) benchmark::DoNotOptimize(Intersect({*PostingsView::Parse(a), *PostingsView::Parse(b)}));
  state.SetItemsProcessed(state.iterations() * 2'000'000);
}
BENCHMARK(BM_IntersectSimilarLengths)->Unit(benchmark::kMillisecond);

void BM_IntersectShortWithLong(benchmark::State& state) {
  const ByteBuffer a = ListBytes(1'000, kRefs, 1);
  const ByteBuffer b = ListBytes(1'000'000, kRefs, 2);
  const PostingsView shorter = *PostingsView::Parse(a);
  const PostingsView longer = *PostingsView::Parse(b);
  for (auto _ : state) benchmark::DoNotOptimize(Intersect({shorter, longer}));
}
BENCHMARK(BM_IntersectShortWithLong)->Unit(benchmark::kMicrosecond);

void BM_ParseList(benchmark::State& state) {
  const ByteBuffer a = ListBytes(1'000'000, kRefs, 1);
  for (auto _ : state) benchmark::DoNotOptimize(PostingsView::Parse(a)->size());
  state.SetItemsProcessed(state.iterations() * 1'000'000);
}
BENCHMARK(BM_ParseList)->Unit(benchmark::kMillisecond);

void BM_MergeManyLists(benchmark::State& state) {
  std::vector<ByteBuffer> bytes;
  std::vector<PostingsView> lists;
  for (unsigned i = 0; i < 10'000; ++i) bytes.push_back(ListBytes(100, kRefs, i));
  for (const ByteBuffer& list : bytes) lists.push_back(*PostingsView::Parse(list));
  for (auto _ : state) benchmark::DoNotOptimize(Merge(lists));
  state.SetItemsProcessed(state.iterations() * 1'000'000);
}
BENCHMARK(BM_MergeManyLists)->Unit(benchmark::kMillisecond);

// 20,000 series of 10 labels, two hours of samples each.
std::shared_ptr<const BlockReader> Block() {
  static const ScratchDirectory& scratch = *new ScratchDirectory;
  static const auto& block = *new std::shared_ptr<const BlockReader>([] {
    BlockBuilder builder;
    for (int i = 0; i < 20'000; ++i) {
      LabelsBuilder labels;
      labels.Set("__name__", fmt::format("metric_{:03}", i % 100));
      for (int label = 0; label < 8; ++label)
        labels.Set(fmt::format("label_{}", label), fmt::format("value_{}_{}", label, i % (label * 7 + 2)));
      labels.Set("instance", fmt::format("10.0.{}.{}:9100", i / 256 % 256, i % 256));
      labels.Set("id", fmt::format("{:06}", i));
      for (int sample = 0; sample < 240; ++sample) builder.Add(labels.Build(), sample * 30'000, i + sample);
    }
    const BlockMeta meta = builder.Write(scratch.path());
    return *BlockReader::Open(RealFiles(), JoinPath(scratch.path(), meta.id.ToString()));
  }());
  return block;
}

void BM_OpenBlock(benchmark::State& state) {
  const std::string index = *RealFiles().ReadAll(JoinPath(Block()->directory(), kIndexFileName));
  for (auto _ : state) benchmark::DoNotOptimize(IndexReader::Open(AsBytes(index))->toc());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(index.size()));
}
BENCHMARK(BM_OpenBlock)->Unit(benchmark::kMicrosecond);

void BM_ReadSeries(benchmark::State& state) {
  const auto block = Block();
  for (auto _ : state) {
    auto set = BlockReader::Select(block, Context(), {}, {Matcher::Equal("__name__", "metric_007")});
    size_t series = 0;
    while (set->Next()) ++series;
    VARVE_CHECK(series == 200);
  }
  state.SetItemsProcessed(state.iterations() * 200);
}
BENCHMARK(BM_ReadSeries)->Unit(benchmark::kMicrosecond);

void BM_ReadSamples(benchmark::State& state) {
  const auto block = Block();
  SeriesSamples samples;
  for (auto _ : state) {
    auto set = BlockReader::Select(block, Context(), {}, {Matcher::Equal("__name__", "metric_007")});
    while (set->Next()) {
      samples.Clear();
      VARVE_CHECK(ReadChunks(Context(), set->At().chunks, {}, samples).ok());
    }
  }
  state.SetItemsProcessed(state.iterations() * 200 * 240);
}
BENCHMARK(BM_ReadSamples)->Unit(benchmark::kMicrosecond);

void BM_SelectByExpressionOverManyValues(benchmark::State& state) {
  const auto block = Block();
  const Matchers matchers = {*Matcher::Make(Matcher::Type::kRegex, "id", ".*7"), Matcher::Equal("__name__", "metric_007")};
  for (auto _ : state) benchmark::DoNotOptimize(block->index().Select(Context(), matchers)->size());
}
BENCHMARK(BM_SelectByExpressionOverManyValues)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace varve
