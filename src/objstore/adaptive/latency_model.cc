#include "objstore/adaptive/latency_model.h"

#include <algorithm>
#include <cmath>

namespace varve {
namespace {

constexpr double kStep = 1.2;  // 1.2^127 microseconds are three hours
constexpr double kMedianSamplesMin = 20;

size_t StepOf(LatencyModel::Duration took) {
  const double us = std::chrono::duration<double, std::micro>(took).count();
  return us <= 1 ? 0 : static_cast<size_t>(std::min(127.0, std::ceil(std::log(us) / std::log(kStep))));
}

LatencyModel::Duration EndOf(size_t step) {
  const std::chrono::duration<double, std::micro> end(std::pow(kStep, static_cast<double>(step)));
  return std::chrono::duration_cast<LatencyModel::Duration>(end);
}

}  // namespace

size_t LatencyModel::ClassOf(BucketRequest kind, uint64_t bytes) {
  if (kind != BucketRequest::kGet) return static_cast<size_t>(kind);
  constexpr uint64_t kEnds[] = {64 << 10, 1 << 20, 8 << 20};
  const size_t size_class = static_cast<size_t>(std::lower_bound(std::begin(kEnds), std::end(kEnds), bytes) - std::begin(kEnds));
  return size_class == 0 ? static_cast<size_t>(kind) : kBucketRequestKinds + size_class - 1;
}

void LatencyModel::Record(BucketRequest kind, uint64_t bytes, Duration took) {
  MutexLock lock(mutex_);
  Distribution& distribution = classes_[ClassOf(kind, bytes)];
  if (--distribution.until_halving == 0) {
    distribution.until_halving = kHalfLife;
    for (float& weight : distribution.weights) weight /= 2;
    distribution.total /= 2;
  }
  distribution.weights[StepOf(took)] += 1;
  distribution.total += 1;
}

std::optional<LatencyModel::Duration> LatencyModel::Quantile(BucketRequest kind, uint64_t bytes, double quantile,
                                                             double samples_min) const {
  MutexLock lock(mutex_);
  const Distribution& distribution = classes_[ClassOf(kind, bytes)];
  if (distribution.total < std::max(samples_min, 1.0)) return std::nullopt;
  const double rank = quantile * distribution.total;
  double below = 0;
  for (size_t step = 0; step < kSteps; ++step) {
    below += distribution.weights[step];
    if (below >= rank) return EndOf(step);
  }
  return EndOf(kSteps - 1);
}

double LatencyModel::Slowness(BucketRequest kind, uint64_t bytes, Duration took) const {
  const std::optional<Duration> median = Quantile(kind, bytes, 0.5, kMedianSamplesMin);
  if (!median.has_value()) return 1;
  constexpr std::chrono::milliseconds kNoise{2};  // differences below say nothing about the server
  return static_cast<double>((took + kNoise).count()) / static_cast<double>((*median + kNoise).count());
}

}  // namespace varve
