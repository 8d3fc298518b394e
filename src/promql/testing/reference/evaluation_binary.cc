// Operators with a vector on one side or on both.
#include <algorithm>
#include <map>
#include <set>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/testing/reference/evaluation.h"
#include "promql/testing/reference/operations.h"

namespace varve::promql::reference {
namespace {

bool DropsName(const BinaryExpr& binary) { return binary.return_bool || !IsComparison(binary.op); }

// The labels that two elements must share.
Labels Signature(const VectorMatching& matching, const Labels& labels) {
  LabelsBuilder builder(labels);
  if (matching.on) {
    builder.Keep(matching.labels);
  } else {
    builder.Del(kMetricName);
    for (const std::string& name : matching.labels) builder.Del(name);
  }
  return builder.Build();
}

Vector OfSets(const BinaryExpr& binary, const Vector& lhs, const Vector& rhs) {
  const auto signatures = [&](const Vector& vector) {
    std::set<Labels> all;
    for (const Element& element : vector) all.insert(Signature(*binary.matching, element.labels));
    return all;
  };
  const std::set<Labels> left = signatures(lhs), right = signatures(rhs);
  Vector result;
  for (const Element& element : lhs) {
    const bool matched = right.contains(Signature(*binary.matching, element.labels));
    if (binary.op == BinaryOp::kOr || matched == (binary.op == BinaryOp::kAnd)) result.push_back(element);
  }
  for (const Element& element : rhs) {
    if (binary.op == BinaryOp::kOr && !left.contains(Signature(*binary.matching, element.labels))) result.push_back(element);
  }
  return result;
}

// A vector with a scalar; `swapped`: the scalar is on the left.
Vector WithScalar(const BinaryExpr& binary, const Vector& vector, double scalar, bool swapped) {
  Vector result;
  for (const Element& element : vector) {
    const Value number = Number(scalar);
    const Outcome outcome = swapped ? Calculate(binary.op, number, element.value) : Calculate(binary.op, element.value, number);
    if (!outcome.defined) continue;
    const Labels labels = DropsName(binary) ? WithoutName(element.labels) : element.labels;
    if (binary.return_bool) {
      result.push_back({labels, Number(outcome.value.has_value() ? 1 : 0)});
    } else if (outcome.value.has_value()) {
      result.push_back({labels, IsComparison(binary.op) ? element.value : *outcome.value});
    }
  }
  return result;
}

// Two vectors: for each element of the "many" side its only partner on the "one" side.
class Matcher {
 public:
  explicit Matcher(const BinaryExpr& binary)
      : binary_(binary),
        matching_(*binary.matching),
        one_to_one_(matching_.cardinality == VectorMatching::Cardinality::kOneToOne),
        many_is_right_(matching_.cardinality == VectorMatching::Cardinality::kOneToMany) {}

  absl::StatusOr<Vector> Run(const Vector& lhs, const Vector& rhs) {
    const Vector &many = many_is_right_ ? rhs : lhs, &one = many_is_right_ ? lhs : rhs;
    const bool fills = matching_.fill_lhs.has_value() || matching_.fill_rhs.has_value();
    if ((many.empty() || one.empty()) && !fills) return Vector();  // without a look at duplicates
    std::map<Labels, const Element*> partners;
    for (const Element& element : one) {
      if (!partners.emplace(Signature(matching_, element.labels), &element).second) {
        return FailedPrecondition("found duplicate series for the match group");
      }
    }
    // 3.x swaps the sides of group_right before it fills.
    const std::optional<double> fill_many = matching_.fill_lhs, fill_one = matching_.fill_rhs;
    for (const Element& element : many) {
      const Labels signature = Signature(matching_, element.labels);
      const auto partner = partners.find(signature);
      if (partner != partners.end()) {
        VARVE_RETURN_IF_ERROR(Add(signature, element, *partner->second));
      } else if (fill_one.has_value()) {
        VARVE_RETURN_IF_ERROR(Add(signature, element, {.labels = signature, .value = Number(*fill_one)}));
      }
    }
    for (const Element& element : one) {
      const Labels signature = Signature(matching_, element.labels);
      if (answered_.contains(signature) || !fill_many.has_value()) continue;
      VARVE_RETURN_IF_ERROR(Add(signature, {.labels = signature, .value = Number(*fill_many)}, element));
    }
    return std::move(result_);
  }

 private:
  absl::Status Add(const Labels& signature, const Element& many, const Element& one) {
    const Outcome outcome =
        many_is_right_ ? Calculate(binary_.op, one.value, many.value) : Calculate(binary_.op, many.value, one.value);
    if (!outcome.defined) return absl::OkStatus();  // and may be filled
    answered_.insert(signature);
    const Labels labels = ResultLabels(many.labels, one.labels);
    if (one_to_one_ && !matched_.insert(signature).second) {
      return FailedPrecondition("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
    }
    if (!one_to_one_ && !results_.insert({signature, labels}).second) {
      return FailedPrecondition("multiple matches for labels: grouping labels must ensure unique matches");
    }
    if (binary_.return_bool) {
      result_.push_back({labels, Number(outcome.value.has_value() ? 1 : 0)});
    } else if (outcome.value.has_value()) {
      result_.push_back({labels, *outcome.value});
    }
    return absl::OkStatus();
  }

  Labels ResultLabels(const Labels& many, const Labels& one) const {
    LabelsBuilder builder(many);
    if (DropsName(binary_)) builder.Del(kMetricName);
    if (one_to_one_) {
      if (matching_.on) {
        builder.Keep(matching_.labels);
      } else {
        for (const std::string& name : matching_.labels) builder.Del(name);
      }
    }
    for (const std::string& name : matching_.include) builder.Set(name, one.Get(name));
    return builder.Build();
  }

  const BinaryExpr& binary_;
  const VectorMatching& matching_;
  const bool one_to_one_, many_is_right_;
  std::set<Labels> matched_, answered_;
  std::set<std::pair<Labels, Labels>> results_;
  Vector result_;
};

}  // namespace

absl::StatusOr<Vector> Evaluation::Combine(const BinaryExpr& binary, TimestampMs time) const {
  Vector result;
  if (binary.lhs->type() == ValueType::kScalar || binary.rhs->type() == ValueType::kScalar) {
    const bool swapped = binary.lhs->type() == ValueType::kScalar;
    VARVE_ASSIGN_OR_RETURN(const double scalar, Scalar(swapped ? *binary.lhs : *binary.rhs, time));
    VARVE_ASSIGN_OR_RETURN(const Vector vector, InstantVector(swapped ? *binary.rhs : *binary.lhs, time));
    result = WithScalar(binary, vector, scalar, swapped);
  } else {
    VARVE_ASSIGN_OR_RETURN(const Vector lhs, InstantVector(*binary.lhs, time));
    VARVE_ASSIGN_OR_RETURN(const Vector rhs, InstantVector(*binary.rhs, time));
    if (IsSetOperation(binary.op)) {
      result = OfSets(binary, lhs, rhs);
    } else {
      VARVE_ASSIGN_OR_RETURN(result, Matcher(binary).Run(lhs, rhs));
    }
  }
  VARVE_RETURN_IF_ERROR(CheckDistinct(result));
  return result;
}

}  // namespace varve::promql::reference
