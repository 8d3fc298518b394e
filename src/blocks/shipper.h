// Ships the blocks of a local TSDB directory to a bucket, oldest first, each once.
//
//   <directory>/01ARZ.../                     a block of the TSDB; never changed
//   <directory>/thanos/upload/01ARZ.../       hard links while it is uploaded, with a meta.json that has the external labels
//   <directory>/thanos.shipper.json           which blocks are done (blocks/shipper_state.h)
//
//   thanos_shipper_dir_syncs_total, _dir_sync_failures_total, _uploads_total, _upload_failures_total,
//   thanos_shipper_corrupted_blocks_total, thanos_shipper_upload_compacted_done
//
// Shape    a block is done when its meta.json is in the bucket. Blocks without samples are not shipped; compacted ones (level > 1)
//          only with upload_compacted, and not over other blocks. A process that dies half-way leaves a partial block in the
//          bucket, which the next Sync completes.
// Errors   the first failed upload ends a Sync, unless allow_out_of_order_uploads: a gap in the bucket would be compacted away.
// Threads  Sync from one thread at a time; the others from any.
// Source   thanos pkg/shipper/shipper.go.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "blocks/overlap_checker.h"
#include "blocks/shipper_state.h"
#include "blocks/upload_block.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

struct ShipperOptions {
  std::string directory;  // the TSDB's
  std::string state_file_name = std::string(kShipperStateFileName);
  std::string source;  // sidecar, receive, ruler: what meta.json calls the uploader
  bool upload_compacted = false;
  bool allow_out_of_order_uploads = false;
  bool skip_corrupted_blocks = false;
  UploadOptions upload;
};

class Shipper {
 public:
  // The references outlive the shipper. `external_labels` is asked at each block.
  Shipper(const UploadEnvironment& environment, MetricsRegistry& registry, Logger logger, ShipperOptions options,
          std::function<Labels()> external_labels);

  // Uploads what is not in the bucket yet; answers how many blocks that were.
  absl::StatusOr<size_t> Sync(const Context& ctx);
  // Whether every local block is listed as uploaded.
  absl::StatusOr<bool> AllUploaded();
  // What the state file lists; empty if it cannot be read.
  std::vector<Ulid> UploadedBlocks();

 private:
  struct LocalBlocks {
    std::vector<BlockMeta> metas;  // by min time
    size_t corrupted = 0;
  };
  struct Outcome {
    std::vector<Ulid> listed;  // for the state file
    size_t uploaded = 0;
    size_t failed = 0;
    absl::Status status;  // what ended the run early
  };

  absl::StatusOr<LocalBlocks> FindLocalBlocks();
  absl::StatusOr<std::vector<Ulid>> ReadState();
  Outcome ShipAll(const Context& ctx, const std::vector<BlockMeta>& metas, const std::vector<Ulid>& known);
  // Whether the block is in the bucket now; `uploaded` tells if it was this call that put it there.
  absl::StatusOr<bool> Ship(const Context& ctx, const BlockMeta& meta, OverlapChecker& checker, bool& uploaded);
  absl::StatusOr<bool> IsInBucket(const Context& ctx, Ulid id);
  absl::Status Upload(const Context& ctx, BlockMeta meta);
  absl::Status LinkInto(const std::string& upload_directory, BlockMeta meta);
  std::string BlockDirectory(Ulid id) const { return JoinPath(options_.directory, id.ToString()); }
  std::string state_path() const { return JoinPath(options_.directory, options_.state_file_name); }
  std::string uploads_directory() const { return JoinPath(options_.directory, "thanos/upload"); }

  const UploadEnvironment environment_;
  const Logger logger_;
  const ShipperOptions options_;
  const std::function<Labels()> external_labels_;
  Counter& dir_syncs_;
  Counter& dir_sync_failures_;
  Counter& uploads_;
  Counter& upload_failures_;
  Counter& corrupted_blocks_;
  Gauge& upload_compacted_done_;
  bool cleaned_ = false;  // leftovers of an earlier process are removed
};

}  // namespace varve
