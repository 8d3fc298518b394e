// The operators of a query as the JSON that Thanos' page draws as a tree.
//
//   explanation   {"name":"parallel sum by (job)","children":[{"name":"scan {...}: rate over 5m"}],"rewrites":[...]}
//   analysis      {"name":...,"executionTime":"1.5ms","peakSamples":40,"totalSamples":960,"children":[...],"rewrites":[...]}
//
// Shape    Thanos' fields; besides, in an analysis, what an operator yielded: series, samples, bytes; and at the root the
//          optimizations that had something to do: [{"name":"constant-folding","count":2}]. Of peakSamples there is one figure, at
//          the root. What is zero is left out, as in Thanos.
//          What object storage was asked for, here and by the stores that tell, is there as well:
//            "bucket":{"requests":{"get":3,"head":1},"bytesRead":8192,"cacheHits":2,"dollars":0.0000016}
// Units    executionTime is a Go duration and has that of the inputs in it; of a scan it is the sum over all workers.
//          totalSamples are those decoded for the operator and below it.
// Source   thanos pkg/api/query/v1.go, queryTelemetry; promql-engine engine/explain.go, ExplainOutputNode.
#pragma once

#include <chrono>
#include <string>

#include "promql/engine/query_result.h"
#include "runtime/bucket_usage.h"

namespace varve {

std::string ExplanationJson(const promql::QueryStats& stats);
std::string AnalysisJson(const promql::QueryStats& stats, const BucketUsage::Totals& bucket = {});

// As Go prints a time.Duration: 1.5ms, 2m3.25s.
std::string GoDuration(std::chrono::nanoseconds duration);

}  // namespace varve
