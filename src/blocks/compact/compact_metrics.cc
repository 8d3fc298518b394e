#include "blocks/compact/compact_metrics.h"

#include "blocks/downsample/resolution.h"
#include "blocks/marks.h"

namespace varve {
namespace {

const MetricBuckets kSeconds = {0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720};

}  // namespace

MetricLabels ResolutionLabel(int64_t resolution_ms) { return {{"resolution", std::to_string(resolution_ms)}}; }

CompactMetrics::CompactMetrics(MetricsRegistry& registry, std::chrono::milliseconds delete_delay)
    : retries(NewCounter(registry, "thanos_compact_retries_total", "Total number of retries after retriable compactor error.")),
      iterations(
          NewCounter(registry, "thanos_compact_iterations_total", "Total number of iterations that were executed successfully.")),
      cleanups(NewCounter(registry, "thanos_compact_block_cleanup_loops_total",
                          "Total number of concurrent cleanup loops of partially uploaded blocks and marked blocks that were "
                          "executed successfully.")),
      partial_deletion_attempts(
          NewCounter(registry, "thanos_compact_aborted_partial_uploads_deletion_attempts_total",
                     "Total number of started deletions of blocks that are assumed aborted and only partially uploaded.")),
      blocks_cleaned(NewCounter(registry, "thanos_compact_blocks_cleaned_total", "Total number of blocks deleted in compactor.")),
      cleanup_failures(NewCounter(registry, "thanos_compact_block_cleanup_failures_total",
                                  "Failures encountered while deleting blocks in compactor.")),
      marked(NewCounterFamily(registry, "thanos_compact_blocks_marked_total", "Total number of blocks marked in compactor.")),
      marked_for_deletion(NewCounter(registry, "thanos_compact_blocks_marked_for_deletion_total",
                                     "Total number of blocks marked for deletion in compactor.")),
      garbage_collected(NewCounter(registry, "thanos_compact_garbage_collected_blocks_total",
                                   "Total number of blocks marked for deletion by compactor.")),
      garbage_collections(
          NewCounter(registry, "thanos_compact_garbage_collection_total", "Total number of garbage collection operations.")),
      garbage_collection_failures(NewCounter(registry, "thanos_compact_garbage_collection_failures_total",
                                             "Total number of failed garbage collection operations.")),
      garbage_collection_seconds(NewHistogram(registry, "thanos_compact_garbage_collection_duration_seconds",
                                              "Time it took to perform garbage collection iteration.", kSeconds)),
      compactions(NewCounterFamily(registry, "thanos_compact_group_compactions_total",
                                   "Total number of group compaction attempts that resulted in a new block.")),
      runs_started(NewCounterFamily(registry, "thanos_compact_group_compaction_runs_started_total",
                                    "Total number of group compaction attempts.")),
      runs_completed(NewCounterFamily(registry, "thanos_compact_group_compaction_runs_completed_total",
                                      "Total number of group completed compaction runs. This also includes compactor group runs "
                                      "that resulted with no compaction.")),
      failures(NewCounterFamily(registry, "thanos_compact_group_compactions_failures_total",
                                "Total number of failed group compactions.")),
      vertical(NewCounterFamily(
          registry, "thanos_compact_group_vertical_compactions_total",
          "Total number of group compaction attempts that resulted in a new block based on overlapping blocks.")),
      todo_compactions(NewGauge(registry, "thanos_compact_todo_compactions", "number of compactions to be done")),
      todo_compaction_blocks(
          NewGauge(registry, "thanos_compact_todo_compaction_blocks", "number of blocks planned to be compacted")),
      todo_deletion_blocks(
          NewGauge(registry, "thanos_compact_todo_deletion_blocks", "number of blocks that have crossed their retention period")),
      todo_downsample_blocks(NewGauge(registry, "thanos_compact_todo_downsample_blocks", "number of blocks to be downsampled")),
      downsamples(NewCounterFamily(registry, "thanos_compact_downsample_total", "Total number of downsampling attempts.")),
      downsample_failures(NewCounterFamily(registry, "thanos_compact_downsample_failures_total",
                                           "Total number of failed downsampling attempts.")),
      downsample_failed(NewCounter(registry, "thanos_compact_downsample_failed_total",
                                   "Total number of failed downsampling attempts of all resolutions.")),
      downsample_seconds(NewHistogram(registry, "thanos_compact_downsample_duration_seconds", "Duration of downsample runs",
                                      {60, 300, 900, 1800, 3600, 7200, 14400})),
      quarantined(NewGaugeFamily(registry, "varve_compact_quarantined_blocks",
                                 "Blocks left out of compaction by a no-compact mark, by its reason.")),
      held_groups(NewGauge(registry, "varve_compact_held_groups",
                           "Groups that could not be compacted in the last iteration; the others went on.")),
      retention_held_blocks(NewGauge(registry, "varve_compact_retention_held_blocks",
                                     "Blocks past their retention that are kept because the next resolution is not there yet.")),
      retention_held_bytes(NewGauge(registry, "varve_compact_retention_held_bytes", "Bytes of these blocks.")),
      samples(NewCounter(registry, "varve_compact_samples_total", "Samples read from blocks that were compacted.")),
      other_compactor_blocks(NewCounter(registry, "varve_compact_other_compactor_blocks_total",
                                        "Blocks that another compactor made, of those this one works on, since it began.")) {
  NewGauge(registry, "thanos_compact_halted", "Set to 1 if the compactor halted due to an unexpected error. Varve never does.")
      .Set(0);
  NewGauge(registry, "thanos_delete_delay_seconds", "Configured delete delay in seconds.")
      .Set(std::chrono::duration<double>(delete_delay).count());
  for (const int64_t resolution_ms : {kRawResolutionMs, kFiveMinutesMs, kOneHourMs}) {
    for (CounterFamily* family : {&compactions, &runs_started, &runs_completed, &failures, &vertical}) {
      family->Add(ResolutionLabel(resolution_ms));
    }
    if (resolution_ms == kOneHourMs) continue;  // there is nothing coarser
    for (CounterFamily* family : {&downsamples, &downsample_failures}) family->Add(ResolutionLabel(resolution_ms));
  }
  for (const std::string_view reason : {kReasonOutOfOrderChunks, kReasonIndexSize}) {
    marked.Add({{"marker", std::string(MarkFileName(MarkKind::kNoCompact))}, {"reason", std::string(reason)}});
  }
  marked.Add({{"marker", std::string(MarkFileName(MarkKind::kDeletion))}, {"reason", ""}});
}

}  // namespace varve
