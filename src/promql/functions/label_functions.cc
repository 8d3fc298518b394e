// label_replace and label_join: series with a label made from others.
//
// Source   prometheus promql/functions.go, evalLabelReplace and evalLabelJoin.
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/names.h"
#include "model/regex.h"
#include "model/regex_template.h"
#include "promql/engine/series_transform.h"
#include "promql/functions/function_tables.h"

namespace varve::promql {
namespace {

// Sets one label of each series.
class SetLabelTransform : public SeriesTransform {
 public:
  explicit SetLabelTransform(std::string target) : target_(std::move(target)) {}

  absl::Status Apply(StepSeries& series, Annotations&) const override {
    std::string value;
    if (!MakeValue(series.labels, value)) return absl::OkStatus();
    LabelsBuilder labels(series.labels);
    labels.Set(target_, value);
    series.labels = labels.Build();
    if (target_ == kMetricName) series.drop_name = false;
    return absl::OkStatus();
  }

 protected:
  // False leaves the series as it is.
  virtual bool MakeValue(const Labels& labels, std::string& value) const = 0;
  const std::string& target() const { return target_; }

 private:
  const std::string target_;
};

class LabelReplace final : public SetLabelTransform {
 public:
  LabelReplace(std::string target, std::string source, std::unique_ptr<const RE2> regex, const std::string& replacement)
      : SetLabelTransform(std::move(target)),
        source_(std::move(source)),
        regex_(std::move(regex)),
        template_(replacement, *regex_) {}

  std::string Describe() const override { return fmt::format("label_replace {} from {}", target(), source_); }

 protected:
  bool MakeValue(const Labels& labels, std::string& value) const override {
    std::vector<re2::StringPiece> groups(static_cast<size_t>(template_.group_max() + 1));
    if (!FullMatch(*regex_, labels.Get(source_), groups)) return false;
    value = template_.Expand(groups);
    return true;
  }

 private:
  const std::string source_;
  const std::unique_ptr<const RE2> regex_;
  const RegexTemplate template_;
};

class LabelJoin final : public SetLabelTransform {
 public:
  LabelJoin(std::string target, std::string separator, std::vector<std::string> sources)
      : SetLabelTransform(std::move(target)), separator_(std::move(separator)), sources_(std::move(sources)) {}

  std::string Describe() const override { return fmt::format("label_join {}", target()); }

 protected:
  bool MakeValue(const Labels& labels, std::string& value) const override {
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (i > 0) value += separator_;
      value += labels.Get(sources_[i]);
    }
    return true;
  }

 private:
  const std::string separator_;
  const std::vector<std::string> sources_;
};

OperatorPtr ApplyTo(OperatorCall& call, SeriesTransformPtr transform) {
  return Transform(call.query, std::move(call.inputs[0]), std::move(transform));
}

absl::StatusOr<OperatorPtr> MakeLabelReplace(OperatorCall call) {
  const std::vector<std::string>& strings = call.call.strings;
  const std::string &target = strings[0], &replacement = strings[1], &source = strings[2], &pattern = strings[3];
  absl::StatusOr<std::unique_ptr<const RE2>> regex = CompileRegex(pattern);
  if (!regex.ok()) return FailedPrecondition("invalid regular expression in label_replace(): {}", pattern);
  if (!IsValidLabelName(target)) return FailedPrecondition("invalid destination label name in label_replace(): {}", target);
  return ApplyTo(call, std::make_unique<LabelReplace>(target, source, *std::move(regex), replacement));
}

absl::StatusOr<OperatorPtr> MakeLabelJoin(OperatorCall call) {
  const std::vector<std::string>& strings = call.call.strings;
  std::vector<std::string> sources(strings.begin() + 2, strings.end());
  for (const std::string& source : sources) {
    if (!IsValidLabelName(source)) return FailedPrecondition("invalid source label name in label_join(): {}", source);
  }
  if (!IsValidLabelName(strings[0])) return FailedPrecondition("invalid destination label name in label_join(): {}", strings[0]);
  return ApplyTo(call, std::make_unique<LabelJoin>(strings[0], strings[1], std::move(sources)));
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "label_join", .make = MakeLabelJoin, .joins_series = true},
    {.name = "label_replace", .make = MakeLabelReplace, .joins_series = true},
};

}  // namespace

std::span<const FunctionImpl> LabelFunctions() { return kFunctions; }

}  // namespace varve::promql
