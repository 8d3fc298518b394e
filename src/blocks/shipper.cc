#include "blocks/shipper.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "objstore/bucket_errors.h"

namespace varve {

Shipper::Shipper(const UploadEnvironment& environment, MetricsRegistry& registry, Logger logger, ShipperOptions options,
                 std::function<Labels()> external_labels)
    : environment_(environment),
      logger_(std::move(logger)),
      options_(std::move(options)),
      external_labels_(std::move(external_labels)),
      dir_syncs_(NewCounter(registry, "thanos_shipper_dir_syncs_total", "Total number of dir syncs")),
      dir_sync_failures_(NewCounter(registry, "thanos_shipper_dir_sync_failures_total", "Total number of failed dir syncs")),
      uploads_(NewCounter(registry, "thanos_shipper_uploads_total", "Total number of uploaded blocks")),
      upload_failures_(NewCounter(registry, "thanos_shipper_upload_failures_total", "Total number of block upload failures")),
      corrupted_blocks_(NewCounter(registry, "thanos_shipper_corrupted_blocks_total", "Total number of corrupted blocks")),
      upload_compacted_done_(NewGauge(registry, "thanos_shipper_upload_compacted_done",
                                      "If 1 it means shipper uploaded all compacted blocks from the filesystem.")) {}

absl::StatusOr<size_t> Shipper::Sync(const Context& ctx) {
  if (!cleaned_) {
    VARVE_RETURN_IF_ERROR(environment_.files.RemoveTree(uploads_directory()));
    cleaned_ = true;
  }
  const absl::StatusOr<LocalBlocks> local = FindLocalBlocks();
  if (!local.ok()) {
    dir_sync_failures_.Increment();
    return local.status();
  }
  absl::StatusOr<std::vector<Ulid>> known = ReadState();
  if (!known.ok() && !absl::IsNotFound(known.status())) {
    logger_.Error("shipper state is not readable; starting it anew", {{"err", known.status()}});
  }
  const Outcome outcome = ShipAll(ctx, local->metas, known.ok() ? *known : std::vector<Ulid>());

  const absl::Status written = WriteShipperState(environment_.files, state_path(), outcome.listed);
  if (!written.ok()) logger_.Warn("shipper state could not be written", {{"err", written}});
  upload_failures_.Increment(static_cast<double>(outcome.failed));
  corrupted_blocks_.Increment(static_cast<double>(local->corrupted));
  (outcome.status.ok() ? dir_syncs_ : dir_sync_failures_).Increment();
  VARVE_RETURN_IF_ERROR(outcome.status);
  if (outcome.failed > 0 || local->corrupted > 0) {
    return Unavailable("{} blocks could not be uploaded and {} are corrupted in {}", outcome.failed, local->corrupted,
                       options_.directory);
  }
  upload_compacted_done_.Set(options_.upload_compacted ? 1 : 0);
  return outcome.uploaded;
}

absl::StatusOr<Shipper::LocalBlocks> Shipper::FindLocalBlocks() {
  VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> names, environment_.files.List(options_.directory));
  LocalBlocks local;
  for (const std::string& name : names) {
    const std::optional<Ulid> id = BlockOfDirectory(name);
    if (!id.has_value()) continue;
    absl::StatusOr<BlockMeta> meta = ReadBlockMeta(environment_.files, JoinPath(options_.directory, name));
    if (meta.ok() && meta->id == *id) {
      local.metas.push_back(*std::move(meta));
      continue;
    }
    const absl::Status status = meta.ok() ? DataLoss("its meta.json is that of block {}", meta->id) : meta.status();
    if (!options_.skip_corrupted_blocks) return Annotate(status, "read metadata for block {}", name);
    logger_.Error("block is corrupted", {{"block", name}, {"err", status}});
    ++local.corrupted;
  }
  std::stable_sort(local.metas.begin(), local.metas.end(),
                   [](const BlockMeta& a, const BlockMeta& b) { return a.range.min < b.range.min; });
  return local;
}

absl::StatusOr<std::vector<Ulid>> Shipper::ReadState() { return ReadShipperState(environment_.files, state_path()); }

Shipper::Outcome Shipper::ShipAll(const Context& ctx, const std::vector<BlockMeta>& metas, const std::vector<Ulid>& known) {
  const std::set<Ulid> is_known(known.begin(), known.end());
  OverlapChecker checker(environment_.bucket, environment_.executor, external_labels_());
  Outcome outcome;
  for (const BlockMeta& meta : metas) {
    if (is_known.contains(meta.id)) {
      outcome.listed.push_back(meta.id);  // if the bucket has it no more, it was compacted there
      continue;
    }
    if (!outcome.status.ok()) continue;  // the run has ended; what was listed stays listed
    bool uploaded = false;
    const absl::StatusOr<bool> shipped = Ship(ctx, meta, checker, uploaded);
    if (shipped.ok()) {
      if (*shipped) outcome.listed.push_back(meta.id);
      if (uploaded) ++outcome.uploaded;
      continue;
    }
    ++outcome.failed;
    logger_.Error("shipping failed", {{"block", meta.id.ToString()}, {"err", shipped.status()}});
    if (!options_.allow_out_of_order_uploads) outcome.status = shipped.status();
  }
  return outcome;
}

absl::StatusOr<bool> Shipper::Ship(const Context& ctx, const BlockMeta& meta, OverlapChecker& checker, bool& uploaded) {
  if (meta.stats.samples == 0) return false;
  const bool is_compacted = meta.compaction.level > 1;
  if (is_compacted && !options_.upload_compacted) return false;
  VARVE_ASSIGN_OR_RETURN(const bool is_there, IsInBucket(ctx, meta.id));
  if (is_there) return true;
  if (is_compacted && !options_.allow_out_of_order_uploads) VARVE_RETURN_IF_ERROR(checker.Check(ctx, meta));
  VARVE_RETURN_IF_ERROR(Upload(ctx, meta));
  uploads_.Increment();
  uploaded = true;
  return true;
}

// A process that died while it was checking what it had uploaded may have left a meta.json nobody has read.
absl::StatusOr<bool> Shipper::IsInBucket(const Context& ctx, Ulid id) {
  const absl::StatusOr<std::string> json = environment_.bucket.ReadAll(ctx, BlockObjectName(id, kMetaFileName));
  if (absl::IsNotFound(json.status())) return false;
  if (IsArchivedObject(json.status())) return true;
  VARVE_RETURN_IF_ERROR(json.status());
  const absl::StatusOr<BlockMeta> meta = ParseBlockMeta(*json);
  if (meta.ok() && meta->id == id) return true;
  logger_.Warn("meta.json in the bucket is damaged; the block is uploaded again",
               {{"block", id.ToString()}, {"err", meta.status()}});
  return false;
}

absl::Status Shipper::Upload(const Context& ctx, BlockMeta meta) {
  logger_.Info("upload new block", {{"block", meta.id.ToString()}});
  const std::string directory = JoinPath(uploads_directory(), meta.id.ToString());
  absl::Status status = LinkInto(directory, std::move(meta));
  if (status.ok()) status = UploadBlock(ctx, environment_, directory, options_.upload).status();
  const absl::Status removed = environment_.files.RemoveTree(directory);
  if (!removed.ok()) logger_.Error("upload directory could not be removed", {{"err", removed}});
  return status;
}

// Links make the upload independent of what the TSDB does with the block meanwhile.
absl::Status Shipper::LinkInto(const std::string& upload_directory, BlockMeta meta) {
  Files& files = environment_.files;
  const std::string block_directory = BlockDirectory(meta.id);
  VARVE_RETURN_IF_ERROR(files.RemoveTree(upload_directory));
  VARVE_RETURN_IF_ERROR(files.MakeDirectories(JoinPath(upload_directory, kChunksDirectory)));
  VARVE_ASSIGN_OR_RETURN(std::vector<std::string> segments, files.List(JoinPath(block_directory, kChunksDirectory)));
  for (const std::string& segment : segments) {
    const std::string path = JoinPath(kChunksDirectory, segment);
    VARVE_RETURN_IF_ERROR(files.HardLink(JoinPath(block_directory, path), JoinPath(upload_directory, path)));
  }
  VARVE_RETURN_IF_ERROR(files.HardLink(JoinPath(block_directory, kIndexFileName), JoinPath(upload_directory, kIndexFileName)));

  if (!meta.thanos.has_value()) meta.thanos.emplace();
  for (const LabelView& label : external_labels_()) meta.thanos->labels[std::string(label.name)] = label.value;
  meta.thanos->source = options_.source;
  meta.thanos->segment_files = std::move(segments);
  return WriteBlockMeta(files, upload_directory, meta);
}

absl::StatusOr<bool> Shipper::AllUploaded() {
  VARVE_ASSIGN_OR_RETURN(const LocalBlocks local, FindLocalBlocks());
  if (local.metas.empty()) return true;
  VARVE_ASSIGN_OR_RETURN(const std::vector<Ulid> uploaded, ReadState());
  return std::all_of(local.metas.begin(), local.metas.end(), [&uploaded](const BlockMeta& meta) {
    return std::find(uploaded.begin(), uploaded.end(), meta.id) != uploaded.end();
  });
}

std::vector<Ulid> Shipper::UploadedBlocks() {
  absl::StatusOr<std::vector<Ulid>> uploaded = ReadState();
  return uploaded.ok() ? *std::move(uploaded) : std::vector<Ulid>();
}

}  // namespace varve
