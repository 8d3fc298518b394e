// Frames of a Series stream from a hostile endpoint. Whatever protobuf takes for a thanos.SeriesResponse in canonical form must
// mean the same to our decoder.
#include <proto/thanos/store.pb.h>

#include <algorithm>

#include "base/check.h"
#include "store/series_frames.h"

namespace {

using namespace varve;

void CheckSeries(const thanos::Series& proto, const ChunkSeries& ours) {
  size_t chunk = 0;
  for (const thanos::AggrChunk& aggr : proto.chunks()) {
    for (const auto* part : {&aggr.raw(), &aggr.count(), &aggr.sum(), &aggr.min(), &aggr.max(), &aggr.counter()}) {
      if (part == &thanos::Chunk::default_instance()) continue;
      VARVE_CHECK(chunk < ours.chunks.size());
      VARVE_CHECK(AsText(ours.chunks[chunk].data) == part->data());
      VARVE_CHECK(static_cast<int>(ours.chunks[chunk].encoding) == part->type() + 1);
      VARVE_CHECK(ours.chunks[chunk].min_time == aggr.min_time() && ours.chunks[chunk].max_time == aggr.max_time());
      ++chunk;
    }
  }
  VARVE_CHECK(chunk == ours.chunks.size());
}

bool Usable(const thanos::Series& series) {
  return std::all_of(series.chunks().begin(), series.chunks().end(), [](const thanos::AggrChunk& aggr) {
    const auto parts = {&aggr.raw(), &aggr.count(), &aggr.sum(), &aggr.min(), &aggr.max(), &aggr.counter()};
    return aggr.min_time() <= aggr.max_time() && std::all_of(parts.begin(), parts.end(), [](const thanos::Chunk* part) {
             return part->type() >= 0 && part->type() <= 5;
           });
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  DecodeSeriesFrame({reinterpret_cast<const std::byte*>(data), size}, nullptr).status().IgnoreError();
  thanos::SeriesResponse proto;
  if (!proto.ParseFromArray(data, static_cast<int>(size))) return 0;
  proto.DiscardUnknownFields();
  const std::string canonical = proto.SerializeAsString();
  const auto frame = DecodeSeriesFrame(AsBytes(canonical), nullptr);
  std::vector<const thanos::Series*> all;
  if (proto.has_series()) all.push_back(&proto.series());
  for (const thanos::Series& series : proto.batch().series()) all.push_back(&series);
  if (!std::all_of(all.begin(), all.end(), [](const thanos::Series* series) { return Usable(*series); })) return 0;
  VARVE_CHECK(frame.ok());
  VARVE_CHECK(frame->warning == proto.warning());
  VARVE_CHECK(frame->series.size() == all.size());
  for (size_t i = 0; i < all.size(); ++i) CheckSeries(*all[i], frame->series[i]);
  return 0;
}
