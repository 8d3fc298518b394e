// Frames of a Series stream: made and read by hand, beside protobuf's message objects.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <proto/thanos/store.pb.h>

#include "store/series_frames.h"

namespace varve {
namespace {

const std::string kChunk(300, 'x');

ChunkSeries OneSeries(int i) {
  ChunkSeries series;
  series.labels = Labels{
      {"__name__", "http_requests_total"}, {"instance", fmt::format("10.0.0.{}:9090", i)}, {"job", "api"}, {"pod", "api-7f9c"}};
  for (int chunk = 0; chunk < 12; ++chunk) {
    series.chunks.push_back({.min_time = chunk * 1'800'000,
                             .max_time = chunk * 1'800'000 + 1'785'000,
                             .encoding = ChunkEncoding::kXor,
                             .data = AsBytes(kChunk)});
  }
  return series;
}

ByteBuffer Batch() {
  SeriesFrameWriter writer(64);
  for (int i = 0; i < 64; ++i) writer.Add(OneSeries(i));
  return writer.Take();
}

void BM_Write(benchmark::State& state) {
  std::vector<ChunkSeries> series;
  for (int i = 0; i < 64; ++i) series.push_back(OneSeries(i));
  size_t bytes = 0;
  SeriesFrameWriter writer(64);  // one a stream, as in a server
  for (auto _ : state) {
    for (const ChunkSeries& one : series) writer.Add(one);
    bytes += writer.Take().size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(BM_Write);

void BM_Read(benchmark::State& state) {
  const ByteBuffer frame = Batch();
  for (auto _ : state) benchmark::DoNotOptimize(DecodeSeriesFrame(frame, nullptr));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(frame.size()));
}
BENCHMARK(BM_Read);

void BM_ReadByProtobuf(benchmark::State& state) {
  const ByteBuffer frame = Batch();
  for (auto _ : state) {
    google::protobuf::Arena arena;
    auto* message = google::protobuf::Arena::CreateMessage<thanos::SeriesResponse>(&arena);
    benchmark::DoNotOptimize(message->ParseFromArray(frame.data(), static_cast<int>(frame.size())));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(frame.size()));
}
BENCHMARK(BM_ReadByProtobuf);

}  // namespace
}  // namespace varve
