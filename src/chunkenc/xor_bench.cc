// XOR chunks decoded by ours, one by one and sixteen at a time, and by a plain reader that takes one bit at a time, over the shapes
// series have.
// Chunks hold 120 samples, as Prometheus cuts them; each benchmark goes round a thousand of them, so that branches are not
// learned by heart. Run with --benchmark_repetitions to see the spread.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "chunkenc/testing/plain_xor.h"
#include "chunkenc/xor.h"
#include "chunkenc/xor_batch.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

constexpr size_t kChunks = 1000;
constexpr size_t kSamplesPerChunk = 120;

struct Shape {
  const char* name;
  int jitter_ms;  // of the scrape time
  double (*next)(double value, std::mt19937_64& random);
  int one_in = 1;  // scrapes that have it
};

double Counter(double value, std::mt19937_64& random) { return value + static_cast<double>(random() % 500); }
double Gauge(double value, std::mt19937_64& random) { return value + std::normal_distribution<double>(0, 0.01)(random); }
double Integers(double, std::mt19937_64& random) { return static_cast<double>(random() % 100); }
double Rare(double value, std::mt19937_64& random) { return random() % 20 == 0 ? value + 1 : value; }
double Constant(double value, std::mt19937_64&) { return value; }

constexpr Shape kShapes[] = {
    {"counter_jittered", 20, Counter},
    {"counter_on_time", 0, Counter},
    {"counter_some_jitter", 2, Counter},
    {"gauge_jittered", 20, Gauge},
    {"gauge_on_time", 0, Gauge},
    {"integer_gauge", 2, Integers},
    {"counter_seldom_late", 2, Counter, 5},
    {"rarely_changes", 0, Rare},
    {"constant_jittered", 20, Constant},
    {"constant", 0, Constant},
};

std::vector<ByteBuffer> MakeChunks(const Shape& shape) {
  std::mt19937_64 random(42);
  std::vector<ByteBuffer> chunks;
  for (size_t c = 0; c < kChunks; ++c) {
    XorEncoder encoder;
    double value = static_cast<double>(random() % 1'000'000);
    for (size_t i = 0; i < kSamplesPerChunk; ++i) {
      const bool jitters = shape.jitter_ms > 0 && random() % static_cast<uint64_t>(shape.one_in) == 0;
      const int64_t jitter = jitters ? static_cast<int64_t>(random() % static_cast<uint64_t>(shape.jitter_ms)) : 0;
      encoder.Append(1'700'000'000'000 + static_cast<int64_t>(15000 * i) + jitter, value);
      value = shape.next(value, random);
    }
    chunks.push_back(encoder.Release());
  }
  return chunks;
}

template <absl::Status (*kDecode)(Bytes, FloatColumns&)>
void Decode(benchmark::State& state, const Shape& shape) {
  const std::vector<ByteBuffer> chunks = MakeChunks(shape);
  FloatColumns out;
  size_t next = 0;
  for (auto _ : state) {
    out.Clear();
    VARVE_CHECK(kDecode(chunks[next], out).ok());
    benchmark::DoNotOptimize(out.values.data());
    next = next + 1 == kChunks ? 0 : next + 1;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSamplesPerChunk));
}

absl::Status DecodeOne(Bytes chunk, FloatColumns& out) { return DecodeXor(chunk, out); }

void DecodeBatch(benchmark::State& state, const Shape& shape) {
  const std::vector<ByteBuffer> chunks = MakeChunks(shape);
  const std::vector<Bytes> views(chunks.begin(), chunks.end());
  FloatColumns out;
  size_t next = 0;
  for (auto _ : state) {
    out.Clear();
    VARVE_CHECK(DecodeXorBatch(std::span(views).subspan(next, kXorBatchMax), out).ok());
    benchmark::DoNotOptimize(out.values.data());
    next = next + 2 * kXorBatchMax > kChunks ? 0 : next + kXorBatchMax;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kXorBatchMax * kSamplesPerChunk));
}

void Encode(benchmark::State& state, const Shape& shape) {
  FloatColumns samples;
  for (const ByteBuffer& chunk : MakeChunks(shape)) VARVE_CHECK(DecodeXor(chunk, samples).ok());
  XorEncoder encoder;
  size_t next = 0;
  for (auto _ : state) {
    for (const size_t end = next + kSamplesPerChunk; next < end; ++next)
      encoder.Append(samples.times[next], samples.values[next]);
    benchmark::DoNotOptimize(encoder.Release().data());
    if (next == samples.size()) next = 0;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kSamplesPerChunk));
}

[[maybe_unused]] const bool registered = [] {
  for (const Shape& shape : kShapes) {
    const std::string name = shape.name;
    benchmark::RegisterBenchmark((name + "/bit_by_bit").c_str(),
                                 [&shape](benchmark::State& s) { Decode<PlainDecodeXor>(s, shape); });
    benchmark::RegisterBenchmark((name + "/chunk").c_str(), [&shape](benchmark::State& s) { Decode<DecodeOne>(s, shape); });
    benchmark::RegisterBenchmark((name + "/16_chunks").c_str(), [&shape](benchmark::State& s) { DecodeBatch(s, shape); });
    benchmark::RegisterBenchmark((name + "/encode").c_str(), [&shape](benchmark::State& s) { Encode(s, shape); });
  }
  return true;
}();

}  // namespace
}  // namespace varve
