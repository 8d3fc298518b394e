#include "promql/engine/limit_ratio.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "promql/engine/annotation_texts.h"

namespace varve::promql {
namespace {

// Lengths in Prometheus' label sets: a byte, or 255 and three bytes.
void AppendText(std::string& out, std::string_view text) {
  const size_t size = text.size();
  if (size < 255) {
    out.push_back(static_cast<char>(size));
  } else {
    for (const size_t byte : {size_t{255}, size, size >> 8, size >> 16}) out.push_back(static_cast<char>(byte));
  }
  out.append(text);
}

// In [0, 1), evenly spread over label sets.
double OffsetOf(const Labels& labels) {
  std::string bytes;
  for (const LabelView& label : labels) {
    AppendText(bytes, label.name);
    AppendText(bytes, label.value);
  }
  return static_cast<double>(XxHash64(bytes)) / 18446744073709551615.0;
}

class LimitRatio final : public SeriesTransform {
 public:
  LimitRatio(QueryState& query, PositionRange param_position, OperatorPtr ratio)
      : query_(query), param_position_(param_position), ratio_(std::move(ratio)) {}

  absl::Status Prepare(const Context& ctx) override {
    VARVE_ASSIGN_OR_RETURN(ratios_, EvaluateScalar(ctx, *ratio_));
    double least = INFINITY, most = -INFINITY;
    for (const double ratio : ratios_) {
      if (std::isnan(ratio)) return FailedPrecondition("Ratio value is NaN");
      least = std::min(least, ratio);
      most = std::max(most, ratio);
    }
    if (most > 1) query_.annotations.Add(InvalidRatio(most, 1, param_position_));
    if (least < -1) query_.annotations.Add(InvalidRatio(least, -1, param_position_));
    return absl::OkStatus();
  }

  absl::Status Apply(StepSeries& series, Annotations&) const override {
    const double offset = OffsetOf(series.labels);
    for (size_t step = 0; step < ratios_.size(); ++step) {
      const double ratio = std::clamp(ratios_[step], -1.0, 1.0);
      const bool sampled = ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
      if (!sampled) series.Drop(step);
    }
    return absl::OkStatus();
  }

  std::string Describe() const override { return "limit_ratio"; }

 private:
  QueryState& query_;
  const PositionRange param_position_;
  OperatorPtr ratio_;
  StepValues ratios_;
};

}  // namespace

SeriesTransformPtr NewLimitRatio(QueryState& query, PositionRange param_position, OperatorPtr ratio) {
  return std::make_unique<LimitRatio>(query, param_position, std::move(ratio));
}

}  // namespace varve::promql
