#include "api/query_json.h"

#include <fmt/format.h>

#include <memory>

#include "api/query_analysis.h"
#include "api/sample_json.h"
#include "base/float_text.h"
#include "base/json_writer.h"

namespace varve {
namespace {

using promql::QueryResult;
using promql::RawSeries;
using promql::StepSeries;
using promql::ValueType;

double Seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

void OpenSeries(const Labels& labels, std::string& out) {
  out += R"({"metric":)";
  AppendJsonLabels(out, labels);
}

}  // namespace

QueryJson::QueryJson(QueryResult result, ApiNotes notes, Extras extras)
    : result_(std::move(result)), notes_(std::move(notes)), extras_(extras) {
  const size_t steps = result_.series.empty() ? 0 : result_.grid.count;
  step_ends_.reserve(steps);
  for (size_t step = 0; step < steps; ++step) {
    step_texts_ += '[';
    AppendJsonTime(step_texts_, result_.grid.At(step));
    step_texts_ += ',';
    step_ends_.push_back(static_cast<uint32_t>(step_texts_.size()));
  }
}

std::string_view QueryJson::StepText(size_t step) const {
  const size_t begin = step == 0 ? 0 : step_ends_[step - 1];
  return std::string_view(step_texts_).substr(begin, step_ends_[step] - begin);
}

bool QueryJson::Next(std::string& out) {
  const size_t enough = out.size() + kPartBytes;
  if (!started_) {
    started_ = true;
    AppendStart(out);
  }
  const bool one_value = result_.type == ValueType::kScalar || result_.type == ValueType::kString;
  const size_t count = one_value ? 0 : result_.series.size() + result_.raw.size();
  while (next_ < count) {
    if (out.size() >= enough) return true;
    AppendNextSeries(out);
  }
  AppendEnd(out);
  return false;
}

void QueryJson::AppendStart(std::string& out) {
  out += kApiSuccessStart;
  out += R"({"resultType":")";
  out += ToString(result_.type);
  out += R"(","result":[)";
  // Unlike samples, these two are written by Go's general encoder: times without trailing zeros, values never with an exponent.
  JsonWriter json(out);
  const double seconds = static_cast<double>(result_.grid.start) / 1000;
  if (result_.type == ValueType::kScalar) {
    json.Double(seconds);
    json.String(FormatFloatFixed(result_.series[0].values[0]));
  } else if (result_.type == ValueType::kString) {
    json.Double(seconds);
    json.String(result_.text);
  }
}

void QueryJson::AppendNextSeries(std::string& out) {
  const size_t size_before = out.size();
  if (!first_) out += ',';
  const size_t size_with_comma = out.size();
  const size_t index = next_++;
  if (index >= result_.series.size()) {
    AppendRawSeries(result_.raw[index - result_.series.size()], out);
  } else if (result_.type == ValueType::kVector) {
    AppendVectorSample(result_.series[index], out);
  } else {
    AppendMatrixSeries(result_.series[index], out);
  }
  if (out.size() == size_with_comma) {
    out.resize(size_before);  // it had no sample
  } else {
    first_ = false;
  }
}

void QueryJson::AppendVectorSample(const StepSeries& series, std::string& out) const {
  if (!series.present.Test(0)) return;
  OpenSeries(series.labels, out);
  out += series.IsHistogram(0) ? R"(,"histogram":)" : R"(,"value":)";
  out += StepText(0);
  if (series.IsHistogram(0)) {
    AppendJsonHistogram(out, *series.histograms[0]);
  } else {
    AppendJsonValue(out, series.values[0]);
  }
  out += "]}";
}

void QueryJson::AppendMatrixSeries(const StepSeries& series, std::string& out) const {
  if (series.empty()) return;
  OpenSeries(series.labels, out);
  std::string_view separator = R"(,"values":[)";
  series.present.ForEach([&](size_t step) {
    if (series.IsHistogram(step)) return;
    out += separator;
    separator = ",";
    out += StepText(step);
    AppendJsonValue(out, series.values[step]);
    out += ']';
  });
  if (separator == ",") out += ']';
  if (series.has_histograms()) {
    separator = R"(,"histograms":[)";
    series.present.ForEach([&](size_t step) {
      if (!series.IsHistogram(step)) return;
      out += separator;
      separator = ",";
      out += StepText(step);
      AppendJsonHistogram(out, *series.histograms[step]);
      out += ']';
    });
    if (separator == ",") out += ']';
  }
  out += '}';
}

void QueryJson::AppendRawSeries(const RawSeries& series, std::string& out) const {
  if (series.samples.empty()) return;
  OpenSeries(series.labels, out);
  const auto point = [&out](std::string_view start, TimestampMs time, const auto& append_value) {
    out += start;
    out += '[';
    AppendJsonTime(out, time);
    out += ',';
    append_value();
    out += ']';
  };
  const FloatColumns& floats = series.samples.floats;
  for (size_t i = 0; i < floats.size(); ++i) {
    point(i == 0 ? R"(,"values":[)" : ",", floats.times[i], [&] { AppendJsonValue(out, floats.values[i]); });
  }
  if (!floats.empty()) out += ']';
  const HistogramColumns& histograms = series.samples.histograms;
  for (size_t i = 0; i < histograms.size(); ++i) {
    point(i == 0 ? R"(,"histograms":[)" : ",", histograms.times[i], [&] { AppendJsonHistogram(out, histograms.values[i]); });
  }
  if (!histograms.empty()) out += ']';
  out += '}';
}

void QueryJson::AppendEnd(std::string& out) const {
  out += ']';
  if (extras_.stats) AppendStats(out);
  if (extras_.analysis) {
    out += R"(,"analysis":)";
    out += AnalysisJson(result_.stats, extras_.bucket);
  }
  out += '}';
  out += ApiSuccessEnd(notes_);
}

void QueryJson::AppendStats(std::string& out) const {
  const promql::QueryStats& stats = result_.stats;
  out += R"(,"stats":)";
  JsonWriter json(out);
  json.BeginObject();
  json.Key("timings");
  json.BeginObject();
  json.Field("evalTotalTime", Seconds(stats.prepare + stats.evaluate + stats.sort));
  json.Field("resultSortTime", Seconds(stats.sort));
  json.Field("queryPreparationTime", Seconds(stats.prepare));
  json.Field("innerEvalTime", Seconds(stats.evaluate));
  json.Field("execQueueTime", 0.0);
  json.Field("execTotalTime", Seconds(stats.prepare + stats.evaluate + stats.sort));
  json.EndObject();
  json.Key("samples");
  json.BeginObject();
  WriteSteps(json, "totalQueryableSamplesPerStep", &promql::SampleCounts::queried);
  json.Field("totalQueryableSamples", stats.samples.queried);
  WriteSteps(json, "samplesReadPerStep", &promql::SampleCounts::read);
  json.Field("samplesRead", stats.samples.read);
  json.Field("peakSamples", stats.samples_peak);
  json.EndObject();
  json.EndObject();
}

void QueryJson::WriteSteps(JsonWriter& json, std::string_view key, int64_t promql::SampleCounts::*count) const {
  const std::vector<promql::SampleCounts>& steps = result_.stats.samples_by_step;
  if (!extras_.steps || steps.empty()) return;
  json.Key(key);
  json.BeginArray();
  for (size_t step = 0; step < steps.size(); ++step) {
    std::string text = "[";
    AppendJsonTime(text, result_.grid.At(step));
    json.Raw(fmt::format("{},{}]", text, steps[step].*count));
  }
  json.EndArray();
}

HttpResponse RespondQuery(QueryResult result, ApiNotes notes, QueryJson::Extras extras) {
  HttpResponse response;
  response.headers = ApiHeaders(notes);
  auto json = std::make_shared<QueryJson>(std::move(result), std::move(notes), extras);
  if (!json->Next(response.body)) return response;
  response.next_part = [json, first = std::move(response.body)](const Context& ctx,
                                                                std::string& part) mutable -> absl::StatusOr<bool> {
    if (!first.empty()) {
      part = std::exchange(first, std::string());
      return true;
    }
    if (const absl::Status status = ctx.Check(); !status.ok()) return status;
    return json->Next(part);
  };
  return response;
}

}  // namespace varve
