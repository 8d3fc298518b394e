#include "blocks/range_fetch.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "runtime/memory_budget.h"

namespace varve {
namespace {

// The content of one read, and how much of it the object had.
struct ReadBuffer {
  ReadBuffer(size_t size, MemoryReservation reserved)
      : memory(std::move(reserved)), data(std::make_unique_for_overwrite<std::byte[]>(size)) {}
  Bytes bytes() const { return {data.get(), filled}; }
  MemoryReservation memory;
  std::unique_ptr<std::byte[]> data;
  size_t filled = 0;
};

void Count(uint64_t bytes, FetchStats* stats) {
  if (stats == nullptr) return;
  ++stats->requests;
  stats->bytes += bytes;
}

absl::Status RunRead(const Context& ctx, const FetchSource& source, const std::string& name, const ByteRange& range,
                     ReadBuffer& buffer, FetchStats* stats) {
  const absl::StatusOr<size_t> got =
      source.bucket.ReadAt(ctx, name, range.begin, {buffer.data.get(), static_cast<size_t>(range.size())});
  if (!got.ok()) return Annotate(got.status(), "read {} bytes at {} of {}", range.size(), range.begin, name);
  buffer.filled = *got;
  Count(*got, stats);
  return absl::OkStatus();
}

}  // namespace

void FetchedRanges::AddView(Bytes read, uint64_t read_begin, const ByteRange& wanted, uint32_t owner, FetchStats* stats) {
  const size_t begin = std::min<uint64_t>(wanted.begin - read_begin, read.size());
  views_.push_back(read.subspan(begin, std::min<uint64_t>(wanted.size(), read.size() - begin)));
  owner_of_.push_back(owner);
  if (stats != nullptr) stats->bytes_wanted += wanted.size();
}

absl::StatusOr<FetchedRanges> FetchRanges(const Context& ctx, const FetchSource& source, const std::string& name,
                                          std::span<const ByteRange> wanted, FetchStats* stats) {
  FetchedRanges fetched;
  if (wanted.empty()) return fetched;
  fetched.views_.reserve(wanted.size());
  fetched.owner_of_.reserve(wanted.size());
  const std::vector<PlannedRead> plan = PlanReads(wanted, source.cost);

  absl::StatusOr<std::shared_ptr<const MappedFile>> mapped = source.bucket.Map(ctx, name);
  if (!mapped.ok()) return Annotate(mapped.status(), "map {}", name);
  if (*mapped != nullptr) {
    for (const PlannedRead& read : plan) {
      VARVE_RETURN_IF_ERROR((*mapped)->Load(read.range.begin, read.range.size()));
      Count(read.range.size(), stats);
    }
    for (const ByteRange& range : wanted) fetched.AddView((*mapped)->bytes(), 0, range, 0, stats);
    fetched.owners_.push_back(*std::move(mapped));
    return fetched;
  }

  std::vector<std::shared_ptr<ReadBuffer>> buffers;
  for (const PlannedRead& read : plan) {
    MemoryReservation memory(source.memory);
    VARVE_RETURN_IF_ERROR(memory.Grow(static_cast<int64_t>(read.range.size())));
    buffers.push_back(std::make_shared<ReadBuffer>(read.range.size(), std::move(memory)));
    fetched.owners_.push_back(buffers.back());
    fetched.held_bytes_ += read.range.size();
  }
  if (stats != nullptr) ++stats->round_trips;
  if (plan.size() == 1) {
    VARVE_RETURN_IF_ERROR(RunRead(ctx, source, name, plan[0].range, *buffers[0], stats));
  } else {
    TaskGroup group(ctx, source.executor, {.parallel_max = source.parallel_max});
    for (size_t i = 0; i < plan.size(); ++i) {
      group.Run([&, i](const Context& task_ctx) { return RunRead(task_ctx, source, name, plan[i].range, *buffers[i], stats); });
    }
    VARVE_RETURN_IF_ERROR(group.Wait());
  }
  for (uint32_t i = 0; i < plan.size(); ++i) {
    for (size_t w = plan[i].first; w < plan[i].last; ++w) {
      fetched.AddView(buffers[i]->bytes(), plan[i].range.begin, wanted[w], i, stats);
    }
  }
  return fetched;
}

}  // namespace varve
