#include "store/spread_windows.h"

#include <algorithm>
#include <utility>

#include "blocks/downsample/resolution.h"

namespace varve {

void SpreadWindows(const ResolutionMap& resolutions, int64_t spacing_ms, bool interpolate, FloatColumns& samples) {
  if (spacing_ms <= 0 || resolutions.coarsest_ms() == 0) return;
  FloatColumns spread;
  for (size_t i = 0; i < samples.size(); ++i) {
    TimestampMs time = samples.times[i];
    const double value = samples.values[i];
    const int64_t resolution = resolutions.At(time);
    if (resolution == 0) {
      spread.Append(time, value);
      continue;
    }
    const TimestampMs window = WindowStart(time, resolution);
    if (i + 1 == samples.size() || samples.times[i + 1] > WindowEnd(time, resolution)) time = WindowEnd(time, resolution);
    const TimestampMs before = i > 0 ? samples.times[i - 1] : kMinTimestamp;
    const TimestampMs from = std::max(before, window - 1);
    const bool on_line = interpolate && before >= window - 1 - resolution;
    if (before < window - 1 && window < time) spread.Append(window, value);  // nothing stands for its beginning
    const int64_t parts = (resolution + spacing_ms - 1) / spacing_ms;
    for (int64_t part = 1; part <= parts; ++part) {
      const TimestampMs at = part == parts ? time : std::min(time, window + resolution * part / parts - 1);
      if (at <= from || (!spread.empty() && at <= spread.times.back())) continue;
      const double share = static_cast<double>(at - from) / static_cast<double>(time - from);
      spread.Append(at, on_line ? samples.values[i - 1] + (value - samples.values[i - 1]) * share : value);
    }
  }
  samples = std::move(spread);
}

}  // namespace varve
