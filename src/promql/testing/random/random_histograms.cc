#include "promql/testing/random/random_histograms.h"

namespace varve::promql {

RandomHistogram::RandomHistogram(Random& random, HistogramKind kind) : random_(random), kind_(kind) { Restart(); }

void RandomHistogram::Restart() {
  now_ = FloatHistogram();
  if (kind_ == HistogramKind::kGauge) now_.reset_hint = CounterResetHint::kGauge;
  if (kind_ == HistogramKind::kCustom) {
    now_.schema = kCustomBucketsSchema;
    now_.custom_values = random_.Percent(50) ? std::vector<double>{0.5, 1, 2, 5, 10} : std::vector<double>{1, 5, 25};
    now_.positive_spans = {{0, static_cast<uint32_t>(now_.custom_values.size() + 1)}};
    now_.positive.resize(now_.custom_values.size() + 1);
    return;
  }
  now_.schema = static_cast<int32_t>(random_.Between(-1, 3));
  now_.zero_threshold = random_.Pick({0.0, 0.001, 0.125});
  now_.positive_spans = {{static_cast<int32_t>(random_.Between(-2, 1)), 3}, {static_cast<int32_t>(random_.Between(1, 2)), 2}};
  now_.positive.resize(5);
  if (random_.Percent(50)) return;
  now_.negative_spans = {{static_cast<int32_t>(random_.Between(0, 2)), 2}};
  now_.negative.resize(2);
}

void RandomHistogram::Observe() {
  const auto much = static_cast<double>(random_.Below(20));
  if (!now_.negative.empty() && random_.Percent(25)) {
    now_.negative[random_.Below(now_.negative.size())] += much;
    now_.sum -= much / 8;
  } else if (kind_ != HistogramKind::kCustom && random_.Percent(15)) {
    now_.zero_count += much;
  } else {
    now_.positive[random_.Below(now_.positive.size())] += much;
    now_.sum += much * static_cast<double>(random_.Below(40)) / 8;
  }
  now_.count += much;
}

FloatHistogram RandomHistogram::Next() {
  if (random_.Percent(kind_ == HistogramKind::kGauge ? 30 : 4)) Restart();
  for (size_t i = random_.Below(4); i > 0; --i) Observe();
  return now_;
}

}  // namespace varve::promql
