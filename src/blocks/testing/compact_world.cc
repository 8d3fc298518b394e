#include "blocks/testing/compact_world.h"

#include "base/check.h"
#include "blocks/block_names.h"
#include "blocks/testing/fake_blocks.h"
#include "storage/chunk_series_source.h"
#include "tsdb/output_file.h"

namespace varve {

CompactWorld::CompactWorld(CompactServiceOptions service_options) : options(std::move(service_options)) {
  options.consistency_delay = std::chrono::milliseconds(0);
  NewService();
}

CompactService& CompactWorld::NewService() {
  service_.reset();
  metas_ = std::make_unique<MetaCache>(bucket, RealFiles(), io_, registry, logger_, MetaCache::Options{});
  environment_.emplace(CompactionEnvironment{.bucket = bucket,
                                             .metas = *metas_,
                                             .files = RealFiles(),
                                             .io = io_,
                                             .workers = workers_,
                                             .clock = clock,
                                             .metrics = metrics_,
                                             .logger = logger_,
                                             .directory = scratch.path() + "/compact"});
  service_ = std::make_unique<CompactService>(*environment_, registry, options);
  return *service_;
}

IterationReport CompactWorld::Settle() {
  for (int round = 0; round < 20; ++round) {
    const absl::StatusOr<IterationReport> report = service_->Iterate(Context());
    VARVE_CHECK(report.ok());
    if (report->compaction.compactions == 0 && report->compaction.quarantined == 0) return *report;
  }
  VARVE_CHECK(false);
}

Ulid CompactWorld::Put(const BlockBuilder& builder, std::map<std::string, std::string> labels, BlockWriterOptions writer) {
  if (!writer.thanos.has_value()) writer.thanos = ThanosMeta{.source = "sidecar"};
  writer.thanos->labels = std::move(labels);
  writer.sync = false;
  const std::string directory = scratch.path() + "/made";
  const BlockMeta meta = builder.Write(directory, std::move(writer));
  const UploadEnvironment upload{bucket.inner(), RealFiles(), io_, clock};
  VARVE_CHECK(UploadBlock(Context(), upload, JoinPath(directory, meta.id.ToString()), {}).ok());
  return meta.id;
}

void CompactWorld::CopyFrom(CompactWorld& other) {
  VARVE_CHECK(other.bucket.inner()
                  .Iter(Context(), "", {.recursive = true},
                        [&](const ObjectEntry& entry) {
                          const std::string content = *other.bucket.inner().ReadAll(Context(), entry.name);
                          return bucket.inner().Upload(Context(), entry.name, AsBytes(content));
                        })
                  .ok());
}

std::set<std::string> CompactWorld::Directories() {
  std::set<std::string> directories;
  const auto visit = [&directories](const ObjectEntry& entry) {
    directories.insert(entry.name.substr(0, entry.name.find('/')));
    return absl::OkStatus();
  };
  VARVE_CHECK(bucket.inner().Iter(Context(), "", {}, visit).ok());
  return directories;
}

std::vector<BlockMeta> CompactWorld::LiveBlocks() {
  std::vector<BlockMeta> blocks;
  for (const std::string& directory : Directories()) {
    const std::optional<Ulid> id = BlockOfDirectory(directory);
    if (!id || !HasObject(*id, kMetaFileName) || HasObject(*id, MarkFileName(MarkKind::kDeletion))) continue;
    blocks.push_back(*ParseBlockMeta(Object(*id, kMetaFileName)));
  }
  return blocks;
}

std::shared_ptr<const BlockReader> CompactWorld::Fetch(Ulid id) {
  const std::string directory = scratch.path() + "/fetched/" + id.ToString();
  VARVE_CHECK(RealFiles().MakeDirectories(directory + "/chunks").ok());
  VARVE_CHECK(bucket.inner()
                  .Iter(Context(), id.ToString(), {.recursive = true},
                        [&](const ObjectEntry& entry) {
                          auto file = OutputFile::Create(scratch.path() + "/fetched/" + entry.name);
                          VARVE_CHECK(file.ok());
                          (*file)->Append(AsBytes(*bucket.inner().ReadAll(Context(), entry.name))).IgnoreError();
                          return (*file)->Close();
                        })
                  .ok());
  auto block = BlockReader::Open(RealFiles(), directory);
  VARVE_CHECK(block.ok());
  return *std::move(block);
}

std::map<Labels, SeriesSamples> CompactWorld::Content() {
  std::vector<std::unique_ptr<ChunkSeriesSet>> sets;
  std::vector<std::shared_ptr<const BlockReader>> blocks;
  for (const BlockMeta& meta : LiveBlocks()) blocks.push_back(Fetch(meta.id));
  std::ranges::sort(blocks, {}, [](const auto& block) { return std::pair(block->meta().range.min, block->meta().id); });
  for (const auto& block : blocks) sets.push_back(BlockReader::Select(block, Context(), {}, {}));
  const auto set = MergeChunkSeriesSets(std::move(sets));
  std::map<Labels, SeriesSamples> content;
  while (set->Next()) VARVE_CHECK(ReadChunks(Context(), set->At().chunks, {}, content[set->At().labels]).ok());
  VARVE_CHECK(set->status().ok());
  return content;
}

bool CompactWorld::HasObject(Ulid id, std::string_view part) {
  return *bucket.inner().Exists(Context(), BlockObjectName(id, part));
}

std::string CompactWorld::Object(Ulid id, std::string_view part) {
  return *bucket.inner().ReadAll(Context(), BlockObjectName(id, part));
}

void CompactWorld::Replace(Ulid id, std::string_view part, std::string_view content) {
  VARVE_CHECK(bucket.inner().Upload(Context(), BlockObjectName(id, part), AsBytes(content)).ok());
}

}  // namespace varve
