#include "tsdb/blocks_source.h"

#include "base/status_macros.h"
#include "storage/chunk_series_source.h"

namespace varve {
namespace {

class BlocksSource : public SeriesSource {
 public:
  explicit BlocksSource(const LocalBlocks& blocks) : blocks_(blocks) {}

  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override {
    const BlockSelectOptions options{.labels_only = request.hints.labels_only, .limit = request.hints.limit};
    return NewChunkBackedSeriesSet(blocks_.Select(ctx, request.range, request.matchers, options));
  }
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) override {
    VARVE_ASSIGN_OR_RETURN(auto names, blocks_.LabelNames(ctx, request.range, request.matchers, request.limit));
    return LabelsResult{.values = std::move(names), .warnings = {}};
  }
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) override {
    VARVE_ASSIGN_OR_RETURN(auto values, blocks_.LabelValues(ctx, label, request.range, request.matchers, request.limit));
    return LabelsResult{.values = std::move(values), .warnings = {}};
  }

 private:
  const LocalBlocks& blocks_;
};

}  // namespace

std::unique_ptr<SeriesSource> NewBlocksSource(const LocalBlocks& blocks) { return std::make_unique<BlocksSource>(blocks); }

}  // namespace varve
