#include "blocks/range_fetch.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

// The content of one read, and how much of it the object had.
struct ReadBuffer {
  explicit ReadBuffer(size_t size) : data(std::make_unique_for_overwrite<std::byte[]>(size)) {}
  Bytes bytes() const { return {data.get(), filled}; }
  std::unique_ptr<std::byte[]> data;
  size_t filled = 0;
};

Bytes PartOf(Bytes read, uint64_t offset, uint64_t size) {
  const size_t begin = std::min<uint64_t>(offset, read.size());
  return read.subspan(begin, std::min<uint64_t>(size, read.size() - begin));
}

absl::Status RunRead(const Context& ctx, const FetchSource& source, const std::string& name, const ByteRange& range,
                     ReadBuffer& buffer, FetchStats* stats) {
  const absl::StatusOr<size_t> got =
      source.bucket.ReadAt(ctx, name, range.begin, {buffer.data.get(), static_cast<size_t>(range.size())});
  if (!got.ok()) return Annotate(got.status(), "read {} bytes at {} of {}", range.size(), range.begin, name);
  buffer.filled = *got;
  if (stats != nullptr) {
    ++stats->requests;
    stats->bytes += *got;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FetchedRanges> FetchRanges(const Context& ctx, const FetchSource& source, const std::string& name,
                                          std::span<const ByteRange> wanted, FetchStats* stats) {
  const std::vector<PlannedRead> plan = PlanReads(wanted, source.cost);
  std::vector<std::shared_ptr<ReadBuffer>> buffers;
  FetchedRanges fetched;
  for (const PlannedRead& read : plan) {
    buffers.push_back(std::make_shared<ReadBuffer>(read.range.size()));
    fetched.owners_.push_back(buffers.back());
    fetched.held_bytes_ += read.range.size();
  }
  if (plan.size() == 1) {
    VARVE_RETURN_IF_ERROR(RunRead(ctx, source, name, plan[0].range, *buffers[0], stats));
  } else if (!plan.empty()) {
    TaskGroup group(ctx, source.executor, {.parallel_max = source.parallel_max});
    for (size_t i = 0; i < plan.size(); ++i) {
      group.Run([&, i](const Context& task_ctx) { return RunRead(task_ctx, source, name, plan[i].range, *buffers[i], stats); });
    }
    VARVE_RETURN_IF_ERROR(group.Wait());
  }
  fetched.views_.reserve(wanted.size());
  fetched.owner_of_.reserve(wanted.size());
  for (size_t i = 0; i < plan.size(); ++i) {
    for (size_t w = plan[i].first; w < plan[i].last; ++w) {
      fetched.views_.push_back(PartOf(buffers[i]->bytes(), wanted[w].begin - plan[i].range.begin, wanted[w].size()));
      fetched.owner_of_.push_back(static_cast<uint32_t>(i));
      if (stats != nullptr) stats->bytes_wanted += wanted[w].size();
    }
  }
  return fetched;
}

}  // namespace varve
