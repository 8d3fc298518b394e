// Blocks made of the input's bytes, merged, against the naive merge: every time once, with a value that one of the inputs has
// there. What the strict policy lets through is the union of inputs that agree. Every block written passes its check.
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>

#include "base/byte_reader.h"
#include "base/check.h"
#include "tsdb/check_block.h"
#include "tsdb/encode_samples.h"
#include "tsdb/testing/local_merge.h"

namespace varve {
namespace {

using Naive = std::map<std::string, std::map<TimestampMs, std::set<double>>>;  // by the value of the one label

// One block: series in label order, of each some chunks of samples.
std::optional<Ulid> WriteBlock(ByteReader& input, uint8_t number, const std::string& directory, Naive& naive) {
  const Ulid id = Ulid::FromTime(number, {});
  auto writer = BlockWriter::Create(RealFiles(), directory, {.id = id, .sync = false});
  VARVE_CHECK(writer.ok());
  std::string name;
  for (int series = input.U8() % 4; series > 0 && input.ok(); --series) {
    name += static_cast<char>('a' + input.U8() % 3);
    SeriesSamples samples;
    TimestampMs time = input.U8();
    for (int i = input.U8() % 40; i >= 0 && input.ok(); --i) {
      const uint8_t byte = input.U8();
      time += 1 + byte % 8;
      samples.floats.Append(time, byte / 8);
      naive[name][time].insert(byte / 8);
    }
    if (samples.empty()) break;  // the input is at its end; a series has chunks
    const auto chunks = EncodeSamples(samples, 1 + input.U8() % 16);
    VARVE_CHECK(chunks.ok());
    std::vector<ChunkView> views;
    for (const OwnedChunk& chunk : *chunks) views.push_back(chunk.view());
    VARVE_CHECK((*writer)->AddSeries(Labels{{"n", name}}, views).ok());
  }
  if ((*writer)->series_count() == 0) return std::nullopt;
  VARVE_CHECK((*writer)->Finish().ok());
  return id;
}

void CheckMerged(const std::string& directory, const MergeReport& report, const Naive& naive) {
  const std::string path = JoinPath(directory, report.meta->id.ToString());
  VARVE_CHECK(CheckLocalBlock(Context(), RealFiles(), path).ok());
  const auto set = BlockReader::Select(*BlockReader::Open(RealFiles(), path), Context(), {}, {});
  auto expected = naive.begin();
  for (; set->Next(); ++expected) {
    VARVE_CHECK(expected != naive.end() && set->At().labels.Get("n") == expected->first);
    SeriesSamples samples;
    for (const ChunkView& chunk : set->At().chunks) VARVE_CHECK(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
    VARVE_CHECK(samples.size() == expected->second.size());
    size_t i = 0;
    for (const auto& [time, values] : expected->second) {
      VARVE_CHECK(samples.floats.times[i] == time && values.contains(samples.floats.values[i]));
      ++i;
    }
  }
  VARVE_CHECK(set->status().ok() && expected == naive.end());
}

}  // namespace
}  // namespace varve

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace varve;
  const char* parent = std::getenv("TMPDIR");
  std::string directory = JoinPath(parent != nullptr ? parent : "/tmp", "varve-merge-fuzz.XXXXXX");
  VARVE_CHECK(::mkdtemp(directory.data()) != nullptr);
  ByteReader input(std::as_bytes(std::span(data, size)));
  Naive naive;
  LocalMerge merge(directory);
  bool any = false;
  for (uint8_t block = 1 + input.U8() % 3; block > 0; --block) {
    const std::optional<Ulid> id = WriteBlock(input, block, directory, naive);
    if (id) merge.Add(*id);
    any |= id.has_value();
  }
  if (any) {
    MergeReport report;
    VARVE_CHECK(merge.Run(OverlapPolicy::kUnion, report, {.sync = false}).ok());
    CheckMerged(directory, report, naive);
    const absl::Status strict = merge.Run(OverlapPolicy::kStrict, report, {.sync = false});
    VARVE_CHECK(strict.ok() || absl::IsFailedPrecondition(strict));
    if (strict.ok()) CheckMerged(directory, report, naive);
  }
  VARVE_CHECK(RealFiles().RemoveTree(directory).ok());
  return 0;
}
