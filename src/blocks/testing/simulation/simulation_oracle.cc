#include "blocks/testing/simulation/simulation_oracle.h"

#include "base/check.h"
#include "blocks/block_group.h"
#include "blocks/block_names.h"
#include "blocks/check_upload.h"
#include "blocks/compact/input_block.h"
#include "blocks/downsample/resolution.h"
#include "blocks/meta_fetcher.h"
#include "tsdb/testing/block_builder.h"

namespace varve {
namespace {

constexpr int kSeries = 3, kSamples = 8;
constexpr TimestampMs kScrapeMs = 600'000;

template <typename Visit>  // visit(series, time, value)
void ForEachSample(int number, Visit visit) {
  for (int series = 0; series < kSeries; ++series) {
    for (int i = 0; i < kSamples; ++i) {
      visit(fmt::format("{}", series), number * SimulationOracle::kBlockMs + i * kScrapeMs, number * 100 + series * 10 + i);
    }
  }
}

// Only those of one kind: a raw chunk, or the counts of windows.
absl::Status DecodeSamples(const ChunkView& chunk, SeriesSamples& out) {
  if (chunk.encoding != ChunkEncoding::kAggr) return DecodeChunk(chunk.encoding, chunk.data, out);
  const auto parts = ParseAggrChunk(chunk.data);
  if (!parts.ok()) return parts.status();
  return DecodeChunk(parts->count.encoding, parts->count.data, out);
}

}  // namespace

Ulid SimulationOracle::MakeBlock(int number) const {
  BlockBuilder builder;
  ForEachSample(number, [&builder](const std::string& series, TimestampMs time, double value) {
    builder.Add(Labels{{"s", series}}, time, value);
  });
  const TimestampMs begin = number * kBlockMs;
  BlockWriterOptions writer{.id = Ulid::FromTime(1'000 + static_cast<uint64_t>(number), {}),
                            .range = BlockRange{begin, begin + kBlockMs},
                            .thanos = ThanosMeta{.labels = {{"cluster", "simulated"}}, .source = "sidecar"},
                            .sync = false};
  return builder.Write(directory_ + "/head", std::move(writer)).id;
}

void SimulationOracle::Acknowledge(Ulid id, int number) {
  acknowledged_.insert(id);
  ForEachSample(number, [this](const std::string& series, TimestampMs time, double value) { samples_[series][time] = value; });
}

std::string SimulationOracle::CheckCoverage(std::chrono::milliseconds delete_delay) const {
  const Logger quiet(LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {});
  MetricsRegistry registry;
  MetaCache metas(bucket_, RealFiles(), io_, registry, quiet, {.parallel_max = 1});
  std::vector<std::unique_ptr<MetaFilter>> filters;
  filters.push_back(std::make_unique<DeletionMarkFilter>(bucket_, io_, clock_, quiet, delete_delay / 2, 1));
  filters.push_back(NewDuplicateFilter());
  MetaFetcher fetcher(metas, registry, quiet, std::move(filters));
  const auto snapshot = fetcher.Fetch(Context());
  VARVE_CHECK(snapshot.ok());
  std::set<Ulid> missing = acknowledged_;
  for (const auto& [id, block] : (*snapshot)->blocks) {
    for (const Ulid source : block->compaction.sources) missing.erase(source);
    const absl::Status whole = CheckObjects(Context(), bucket_, *block);
    if (!whole.ok()) return fmt::format("a store would serve block {}: {}", id, std::string(whole.message()));
  }
  return missing.empty() ? "" : fmt::format("{} acknowledged blocks are in none that a store would serve", missing.size());
}

// How many samples each window of 5 minutes has, by its last millisecond; as a block's last window is cut short at its end, times
// are those of the windows' starts.
SimulationOracle::Samples SimulationOracle::Windows() const {
  Samples windows;
  for (const auto& [name, series] : samples_) {
    for (const auto& [time, value] : series) windows[name][WindowStart(time, kFiveMinutesMs)] += 1;
  }
  return windows;
}

std::string SimulationOracle::ReadBlock(Ulid id, bool windows, Samples& found) const {
  const auto json = bucket_.ReadAll(Context(), BlockObjectName(id, kMetaFileName));
  if (!json.ok()) return fmt::format("{} is left of a block that is none", id);
  const auto mark = bucket_.ReadAll(Context(), BlockObjectName(id, "no-compact-mark.json"));
  if (mark.ok()) return fmt::format("{} was quarantined: {}", id, *mark);
  if (*bucket_.Exists(Context(), BlockObjectName(id, "deletion-mark.json"))) return fmt::format("{} is still marked", id);
  const auto meta = std::make_shared<const BlockMeta>(*ParseBlockMeta(*json));
  if (ResolutionMsOf(*meta) != (windows ? kFiveMinutesMs : kRawResolutionMs)) {
    return windows && ResolutionMsOf(*meta) == kOneHourMs ? "" : fmt::format("{} has resolution {}", id, ResolutionMsOf(*meta));
  }
  auto input = InputBlock::Open(Context(), {bucket_, RealFiles(), io_}, meta, directory_ + "/content");
  if (!input.ok()) return std::string(input.status().message());
  BlockScan scan(Context(), (*input)->scan());
  LabelResolver labels((*input)->index().symbols());
  while (scan.Next()) {
    Series& series = found[std::string(labels.Resolve(scan.At().labels)->Get("s"))];
    SeriesSamples samples;
    for (const ChunkView& chunk : scan.At().chunks) VARVE_CHECK(DecodeSamples(chunk, samples).ok());
    for (size_t i = 0; i < samples.floats.size(); ++i) {
      const TimestampMs time = samples.floats.times[i];
      const TimestampMs at = windows ? WindowStart(time, kFiveMinutesMs) : time;
      if (!series.emplace(at, samples.floats.values[i]).second) return fmt::format("a sample of {} is there twice", id);
    }
  }
  return std::string(scan.status().message());
}

std::string SimulationOracle::CheckContent(bool windows) const {
  std::set<std::string> directories;
  const absl::Status listed = bucket_.Iter(Context(), "", {}, [&directories](const ObjectEntry& entry) {
    directories.insert(entry.name);
    return absl::OkStatus();
  });
  VARVE_CHECK(listed.ok());
  Samples found;
  for (const std::string& name : directories) {
    if (const std::string what = ReadBlock(*BlockOfDirectory(name), windows, found); !what.empty()) return what;
  }
  return found == (windows ? Windows() : samples_) ? "" : "the samples at the end are not those that were acknowledged";
}

}  // namespace varve
