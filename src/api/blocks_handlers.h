// /api/v1/blocks, which blocks there are, and /api/v1/blocks/mark, for people who look after a bucket.
//
//   GET  /api/v1/blocks?view=loaded   what the role works with; without `view` all blocks of the bucket
//        {"label":"cluster","blocks":[<meta.json>, ...],"refreshedAt":"2026-01-02T15:04:05Z","err":null}
//   POST /api/v1/blocks/mark          id=<ULID>, action=DELETION or NO_COMPACTION, detail=<text>
//
// Threads  share freely. Bucket and clock outlive the handlers, which outlive the router.
// Source   thanos pkg/api/blocks/v1.go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "net/http_router.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "tsdb/block_meta.h"

namespace varve {

class BlocksHandlers {
 public:
  struct Options {
    std::string label;            // external label that names groups
    bool admin_disabled = false;  // marking is refused
    bool cors = true;
  };
  BlocksHandlers(Options options, Bucket& bucket, Clock& clock) : options_(std::move(options)), bucket_(bucket), clock_(clock) {}
  void AddTo(HttpRouter& router) const;

  using Blocks = std::vector<std::shared_ptr<const BlockMeta>>;
  void SetLoaded(Blocks blocks, const absl::Status& status);  // of a failure the blocks before stay
  void SetGlobal(Blocks blocks, const absl::Status& status);

  HttpResponse List(const HttpRequest& request) const;
  HttpResponse Mark(const HttpRequest& request) const;

 private:
  struct View {
    Blocks blocks;
    TimestampMs refreshed = 0;
    absl::Status status;
  };
  void Set(View& view, Blocks blocks, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status MarkBlock(const HttpRequest& request) const;

  const Options options_;
  Bucket& bucket_;
  Clock& clock_;
  mutable Mutex mutex_;
  View loaded_ ABSL_GUARDED_BY(mutex_);
  View global_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
