// What a merge holds in memory: it goes with the labels, not with the samples. The heap is counted by the allocator of this
// program.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tsdb/testing/local_merge.h"
#include "tsdb/testing/scratch_directory.h"

namespace {

std::atomic<int64_t> held_bytes = 0;
std::atomic<int64_t> peak_bytes = 0;

void* AllocateOrNull(size_t size) {
  void* memory = std::malloc(size);
  const int64_t held = held_bytes += static_cast<int64_t>(malloc_usable_size(memory));
  for (int64_t peak = peak_bytes; held > peak && !peak_bytes.compare_exchange_weak(peak, held);) {
  }
  return memory;
}

void* Allocate(size_t size) {
  void* memory = AllocateOrNull(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void Free(void* memory) {
  held_bytes -= static_cast<int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(size_t size) { return Allocate(size); }
void* operator new[](size_t size) { return Allocate(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return AllocateOrNull(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return AllocateOrNull(size); }
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete[](void* memory) noexcept { Free(memory); }
void operator delete(void* memory, size_t) noexcept { Free(memory); }
void operator delete[](void* memory, size_t) noexcept { Free(memory); }

namespace varve {
namespace {

constexpr int kSeries = 20'000;

// The peak of a merge of two blocks with `chunks` chunks a series each.
int64_t PeakOf(int chunks) {
  const ScratchDirectory scratch;
  SeriesSamples samples;
  for (int i = 0; i < 100; ++i) samples.floats.Append(i * 1000, i * 1.37);
  const OwnedChunk chunk = EncodeSamples(samples)->front();
  LocalMerge merge(scratch.path());
  TimestampMs begin = 0;
  for (int block = 0; block < 2; ++block) {
    const auto writer = *BlockWriter::Create(RealFiles(), scratch.path(), {.id = Ulid::New(), .sync = false});
    std::vector<ChunkView> views;
    for (int i = 0; i < chunks; ++i, begin += 100'000) {
      views.push_back(chunk.view());
      views.back().min_time += begin;
      views.back().max_time += begin;
    }
    for (int series = 0; series < kSeries; ++series) {
      EXPECT_TRUE(writer->AddSeries(Labels{{"__name__", "m"}, {"pod", fmt::format("pod-{:08}", series)}}, views).ok());
    }
    EXPECT_TRUE(writer->Finish().ok());
    merge.Add(writer->id());
  }
  const int64_t before = held_bytes;
  peak_bytes = before;
  MergeReport report;
  EXPECT_TRUE(merge.Run(OverlapPolicy::kStrict, report, {.sync = false}).ok());
  EXPECT_EQ(report.meta->stats.samples, uint64_t{2} * kSeries * static_cast<uint64_t>(chunks) * 100);
  return peak_bytes - before;
}

TEST(MergeMemoryTest, GoesWithLabelsAndNotWithSamples) {
  const int64_t few = PeakOf(1);
  const int64_t many = PeakOf(30);
  EXPECT_LT(many, few + 200'000);
  EXPECT_LT(few, 4'000'000 + kSeries * 250) << "a million series have to fit into a gigabyte with room to spare";
}

}  // namespace
}  // namespace varve
