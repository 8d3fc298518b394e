// The answer to a query as JSON, written part by part straight from the engine's arrays.
//
//   {"status":"success","data":{"resultType":"matrix","result":[{"metric":{...},"values":[[1.5,"2"],...]}]},"warnings":[...]}
//
// Shape    a part is a little more than kPartBytes, at least one series. Times are the same for every series and are turned into
//          text once.
// Threads  one at a time.
// Source   prometheus web/api/v1/json_codec.go, util/stats/query_stats.go.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/api_response.h"
#include "base/json_writer.h"
#include "promql/engine/query_result.h"
#include "runtime/bucket_usage.h"

namespace varve {

class QueryJson {
 public:
  static constexpr size_t kPartBytes = 256 << 10;

  // What is in the answer besides the result.
  struct Extras {
    bool stats = false;
    bool steps = false;          // of the statistics, those by step, too
    bool analysis = false;       // see query_analysis.h
    BucketUsage::Totals bucket;  // for the analysis
  };
  QueryJson(promql::QueryResult result, ApiNotes notes, Extras extras);

  // Appends the next part to `out`; false: nothing comes after it.
  bool Next(std::string& out);

 private:
  void AppendStart(std::string& out);
  void AppendNextSeries(std::string& out);
  void AppendEnd(std::string& out) const;
  void AppendVectorSample(const promql::StepSeries& series, std::string& out) const;
  void AppendMatrixSeries(const promql::StepSeries& series, std::string& out) const;
  void AppendRawSeries(const promql::RawSeries& series, std::string& out) const;
  void AppendStats(std::string& out) const;
  void WriteSteps(JsonWriter& json, std::string_view key, int64_t promql::SampleCounts::*count) const;
  std::string_view StepText(size_t step) const;  // [1.5,

  const promql::QueryResult result_;
  const ApiNotes notes_;
  const Extras extras_;
  std::string step_texts_;
  std::vector<uint32_t> step_ends_;  // in step_texts_
  bool started_ = false;
  size_t next_ = 0;    // series to write next
  bool first_ = true;  // none has been written yet
};

// The response for a finished query; large ones are sent in parts.
HttpResponse RespondQuery(promql::QueryResult result, ApiNotes notes, QueryJson::Extras extras);

}  // namespace varve
