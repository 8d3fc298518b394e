#include "chunkenc/xor_batch.h"

#include <absl/container/inlined_vector.h>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/xor.h"
#include "chunkenc/xor_lanes.h"
#include "chunkenc/xor_reader.h"

namespace varve {
namespace {

static_assert(kXorBatchMax == kXorLanes);

constexpr size_t kChunksWorthwhile = 4;

// Chunks that hardly change are read in runs of samples, which is faster still.
bool HardlyChanges(Bytes chunk, size_t samples) { return chunk.size() < samples; }

class Batch {
 public:
  absl::Status Open(std::span<const Bytes> chunks) {
    for (const Bytes chunk : chunks) {
      VARVE_ASSIGN_OR_RETURN(XorReader reader, XorReader::Open(chunk));
      samples_ += reader.left();
      chunks_.push_back(
          {.reader = reader, .count = reader.left(), .lane = reader.left() > 2 && !HardlyChanges(chunk, reader.left())});
    }
    return absl::OkStatus();
  }
  size_t samples() const { return samples_; }

  absl::Status Read(TimestampMs* times, double* values) {
    XorLanes lanes = {};
    size_t lane = 0;
    for (Chunk& chunk : chunks_) {
      chunk.times = times;
      chunk.values = values;
      times += chunk.count;
      values += chunk.count;
      chunk.reader.ReadFirst(chunk.times, chunk.values);
      if (chunk.lane) Enter(chunk, lanes, lane);
      ++lane;
    }
    RunXorLanes(lanes);
    lane = 0;
    for (Chunk& chunk : chunks_) {
      if (chunk.lane) Leave(chunk, lanes, lane);
      ++lane;
      const size_t left = chunk.reader.left(), done = chunk.count - left;
      chunk.reader.Read(left, chunk.times + done, chunk.values + done);
      if (!chunk.reader.ok()) return DataLoss("XOR chunk of {} samples: truncated or damaged", chunk.count);
    }
    return absl::OkStatus();
  }

 private:
  struct Chunk {
    XorReader reader;
    size_t count;
    bool lane;  // is it worth one?
    TimestampMs* times = nullptr;
    double* values = nullptr;
  };

  static uint64_t BitAddress(const Chunk& chunk) { return reinterpret_cast<uintptr_t>(chunk.reader.payload().data()) * 8; }

  static void Enter(const Chunk& chunk, XorLanes& lanes, size_t lane) {
    const XorReader::State state = chunk.reader.state();
    const Bytes payload = chunk.reader.payload();
    lanes.position[lane] = BitAddress(chunk) + state.position;
    lanes.end[lane] = BitAddress(chunk) + payload.size() * 8;
    lanes.time[lane] = state.time;
    lanes.delta[lane] = state.delta;
    lanes.value[lane] = state.value.bits();
    lanes.unused[lane] = 64 - state.value.significant();
    lanes.trailing[lane] = 64 - state.value.leading() - state.value.significant();
    lanes.left[lane] = chunk.reader.left();
    lanes.times[lane] = chunk.times + chunk.count - chunk.reader.left();
    lanes.values[lane] = chunk.values + chunk.count - chunk.reader.left();
  }

  static void Leave(Chunk& chunk, const XorLanes& lanes, size_t lane) {
    const uint64_t significant = 64 - lanes.unused[lane];
    const XorReader::State state = {
        .position = chunk.reader.payload().size() * 8 + lanes.position[lane] - lanes.end[lane],  // seen from the end
        .time = lanes.time[lane],
        .delta = lanes.delta[lane],
        .value = XorValueReader(lanes.value[lane], lanes.unused[lane] - lanes.trailing[lane], significant),
    };
    chunk.reader.Resume(state, lanes.left[lane]);
  }

  absl::InlinedVector<Chunk, kXorBatchMax> chunks_;
  size_t samples_ = 0;
};

absl::Status DecodeOneByOne(std::span<const Bytes> chunks, FloatColumns& out) {
  const size_t before = out.size();
  for (const Bytes chunk : chunks) {
    absl::Status status = DecodeXor(chunk, out);
    if (status.ok()) continue;
    out.Resize(before);
    return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DecodeXorBatch(std::span<const Bytes> chunks, FloatColumns& out) {
  VARVE_CHECK(chunks.size() <= kXorBatchMax);
  if (chunks.size() < kChunksWorthwhile || !HaveXorLanes()) return DecodeOneByOne(chunks, out);
  Batch batch;
  VARVE_RETURN_IF_ERROR(batch.Open(chunks));
  const size_t before = out.size();
  out.Resize(before + batch.samples());
  absl::Status status = batch.Read(out.times.data() + before, out.values.data() + before);
  if (!status.ok()) out.Resize(before);
  return status;
}

}  // namespace varve
