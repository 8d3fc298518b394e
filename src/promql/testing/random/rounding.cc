#include "promql/testing/random/rounding.h"

#include <absl/container/flat_hash_set.h>
#include <fmt/format.h>

#include <ranges>
#include <string>

#include "promql/function_signatures.h"
#include "promql/printer.h"
#include "promql/testing/random/expr_slots.h"
#include "promql/testing/random/random.h"

namespace varve::promql {
namespace {

constexpr double kNoise = 1e-13;

bool Rounds(const Call& call) {
  static const absl::flat_hash_set<std::string_view> kRounding = {
      // Go has its own implementations, the C library others; both promise less than the last bit.
      "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "ln", "log10", "log2", "sin", "sinh", "tan",
      "tanh",
      // Sums. 3.x compensates them in places where 2.42 does not, and averages by dividing once.
      "sum_over_time", "avg_over_time", "stddev_over_time", "stdvar_over_time", "deriv", "predict_linear",
      // Interpolation on a logarithmic scale, and sums over buckets.
      "histogram_quantile", "histogram_quantiles", "histogram_fraction", "histogram_stddev", "histogram_stdvar", "histogram_avg",
      // Which of 0 and -0 comes first when they are sorted.
      "quantile_over_time"};
  return kRounding.contains(call.name());
}

bool Rounds(AggregateOp op) {
  // Of 0 and -0 the one that came first is the smallest.
  if (op == AggregateOp::kMin || op == AggregateOp::kMax || op == AggregateOp::kQuantile) return true;
  return op == AggregateOp::kSum || op == AggregateOp::kAvg || op == AggregateOp::kStddev || op == AggregateOp::kStdvar;
}

bool RoundsItself(const Expr& expr) {
  if (const auto* call = expr.AsIf<Call>()) return Rounds(*call);
  if (const auto* aggregate = expr.AsIf<AggregateExpr>()) return Rounds(aggregate->op);
  const auto* binary = expr.AsIf<BinaryExpr>();
  if (binary == nullptr) return false;
  // Powers and angles are Go's own, too; trimming a histogram interpolates.
  return binary->op == BinaryOp::kPow || binary->op == BinaryOp::kAtan2 || IsTrim(binary->op);
}

std::string TextOf(const AggregateExpr& aggregate, AggregateOp op, const std::string& input) {
  return fmt::format("({} {} ({}) ({}))", ToString(op), aggregate.without ? "without" : "by", fmt::join(aggregate.grouping, ", "),
                     input);
}

// The text of `expr`, which rounds, with noise.
std::string NoisyText(const Expr& expr, uint64_t seed) {
  const std::string noise = fmt::format("{} * scalar(sin(vector(time() * 12.9898 + {})))", kNoise, seed);
  // Sums lose as many digits as their largest part has. Histograms have no size of this kind.
  const std::string noisy = fmt::format("({}) * (1 + {})", ToString(expr), noise);
  if (const auto* call = expr.AsIf<Call>(); call != nullptr && call->args[0]->type() == ValueType::kMatrix) {
    const std::string range = ToString(*call->args[0]);
    std::string lost = fmt::format("{} * max_over_time({})", noise, range);
    if (call->name() == "stdvar_over_time") lost += " * stddev_over_time(" + range + ")";
    return fmt::format("({} + {}) or ({})", noisy, lost, noisy);
  }
  const auto* aggregate = expr.AsIf<AggregateExpr>();
  if (aggregate == nullptr) return noisy;
  const std::string input = ToString(*aggregate->expr);
  std::string lost = fmt::format("{} * {}", noise, TextOf(*aggregate, AggregateOp::kMax, "abs(" + input + ")"));
  if (aggregate->op == AggregateOp::kStdvar) lost += " * " + TextOf(*aggregate, AggregateOp::kStddev, input);
  return fmt::format("({} + {}) or ({})", noisy, lost, noisy);
}

class NoisySeries final : public Series {
 public:
  NoisySeries(std::shared_ptr<const Series> series, uint64_t seed) : series_(std::move(series)) {
    Random random(seed ^ series_->labels().Hash());
    factor_ = 1 + kNoise * static_cast<double>(random.Between(-1000, 1000)) / 1000;
  }
  const Labels& labels() const override { return series_->labels(); }
  absl::Status Read(const Context& ctx, QueryRange range, SeriesSamples& out) const override {
    const size_t before = out.floats.size();
    const absl::Status status = series_->Read(ctx, range, out);
    for (size_t i = before; i < out.floats.size(); ++i) {
      double& value = out.floats.values[i];
      if (!IsStaleNan(value)) value *= factor_;
    }
    return status;
  }

 private:
  const std::shared_ptr<const Series> series_;
  double factor_;
};

class NoisySet final : public SeriesSet {
 public:
  NoisySet(std::unique_ptr<SeriesSet> set, uint64_t seed) : set_(std::move(set)), seed_(seed) {}
  bool Next() override {
    if (!set_->Next()) return false;
    series_ = std::make_shared<NoisySeries>(set_->At(), seed_);
    return true;
  }
  const std::shared_ptr<const Series>& At() const override { return series_; }
  const absl::Status& status() const override { return set_->status(); }

 private:
  const std::unique_ptr<SeriesSet> set_;
  const uint64_t seed_;
  std::shared_ptr<const Series> series_;
};

class NoisySource final : public SeriesSource {
 public:
  NoisySource(SeriesSource& source, uint64_t seed) : source_(source), seed_(seed) {}
  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override {
    absl::StatusOr<std::unique_ptr<SeriesSet>> set = source_.Select(ctx, request);
    if (set.ok()) *set = std::make_unique<NoisySet>(*std::move(set), seed_);
    return set;
  }
  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) override {
    return source_.LabelNames(ctx, request);
  }
  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) override {
    return source_.LabelValues(ctx, label, request);
  }

 private:
  SeriesSource& source_;
  const uint64_t seed_;
};

}  // namespace

bool MayRound(const Expr& expr) {
  bool rounds = false;
  Walk(expr, [&rounds](const Expr& node) { rounds |= RoundsItself(node); });
  return rounds;
}

ExprPtr WithNoise(const Expr& expr, uint64_t seed, const ParserOptions& parser) {
  ExprPtr noisy = expr.Clone();
  std::vector<ExprPtr*> slots = ExprSlots(noisy);
  for (ExprPtr* slot : std::views::reverse(slots)) {  // children first
    if (!RoundsItself(**slot)) continue;
    absl::StatusOr<ExprPtr> replacement = ParseExpr("(" + NoisyText(**slot, ++seed) + ")", parser);
    if (replacement.ok()) *slot = *std::move(replacement);
  }
  return noisy;
}

std::unique_ptr<SeriesSource> NewNoisySource(SeriesSource& source, uint64_t seed) {
  return std::make_unique<NoisySource>(source, seed);
}

}  // namespace varve::promql
