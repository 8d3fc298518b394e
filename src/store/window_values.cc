#include "store/window_values.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "blocks/downsample/resolution.h"

namespace varve {
namespace {

// A raw sample, or the downsampled window [start, end]. Both ends are milliseconds that belong to it.
struct Piece {
  TimestampMs start, end;
  int64_t resolution_ms;
  double value, count;
};

// The last millisecond that belongs to what ends at `edge`, in data of a resolution.
TimestampMs Snapped(TimestampMs edge, int64_t resolution_ms) {
  return resolution_ms > 0 && WindowStart(edge, resolution_ms) == edge ? edge - 1 : edge;
}

std::vector<Piece> PiecesOf(const FloatColumns& values, const FloatColumns& counts, const ResolutionMap& resolutions) {
  std::vector<Piece> pieces;
  pieces.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const TimestampMs time = values.times[i];
    const int64_t resolution = resolutions.At(time);
    Piece piece = {time, time, resolution, values.values[i], counts.empty() ? 1 : counts.values[i]};
    if (resolution > 0) {
      piece.start = WindowStart(time, resolution);
      piece.end = WindowEnd(time, resolution);
      // A window may come in two, where a chunk ended within it.
      if (!pieces.empty() && pieces.back().end >= piece.start) {
        pieces.back().end = std::max(pieces.back().start, values.times[i - 1]);
        piece.start = pieces.back().end + 1;
      }
    }
    pieces.push_back(piece);
  }
  return pieces;
}

constexpr int64_t kGapMs = 300'000;  // without samples, as PromQL's lookback

class ResolutionOnly : public WindowAggregates {
 public:
  explicit ResolutionOnly(int64_t coarsest_ms) : coarsest_ms_(coarsest_ms) {}
  std::vector<WindowValue> Evaluate(std::string_view, const WindowGrid&) const override { return {}; }
  int64_t coarsest_ms() const override { return coarsest_ms_; }

 private:
  const int64_t coarsest_ms_;
};

class WindowValues : public WindowAggregates {
 public:
  WindowValues(WindowFunction function, std::vector<Piece> pieces, int64_t coarsest_ms)
      : function_(function), pieces_(std::move(pieces)), coarsest_ms_(coarsest_ms) {}

  std::vector<WindowValue> Evaluate(std::string_view function, const WindowGrid& grid) const override {
    std::vector<WindowValue> values;
    if (WindowFunctionOf(function) != function_) return values;
    size_t first = 0;  // the first piece that is not over when the window begins
    for (size_t i = 0; i < grid.count; ++i) {
      const TimestampMs start = grid.Start(i), end = grid.End(i);
      while (first < pieces_.size() && pieces_[first].end <= Snapped(start, pieces_[first].resolution_ms)) ++first;
      size_t behind = first;
      bool downsampled = false;
      for (; behind < pieces_.size() && pieces_[behind].start <= Snapped(end, pieces_[behind].resolution_ms); ++behind) {
        downsampled |= pieces_[behind].resolution_ms > 0;
      }
      if (downsampled) values.push_back({i, Compute(start, end, first, behind)});
    }
    return values;
  }
  int64_t coarsest_ms() const override { return coarsest_ms_; }

 private:
  // Of the window (start, end], which touches pieces [first, behind).
  double Compute(TimestampMs start, TimestampMs end, size_t first, size_t behind) const {
    switch (function_) {
      case WindowFunction::kMin: return Extreme(first, behind, [](double a, double b) { return a < b; });
      case WindowFunction::kMax: return Extreme(first, behind, [](double a, double b) { return a > b; });
      case WindowFunction::kIncrease: return TotalAt(end, behind, false) - TotalAt(start, first, true);
      case WindowFunction::kRate:
        return (TotalAt(end, behind, false) - TotalAt(start, first, true)) / (static_cast<double>(end - start) / 1000);
      case WindowFunction::kSum:
      case WindowFunction::kCount:
      case WindowFunction::kAverage: break;
    }
    double sum = 0, count = 0;
    for (size_t i = first; i < behind; ++i) {
      const double share = Share(pieces_[i], start, end);
      sum += share * pieces_[i].value;
      count += share * pieces_[i].count;
    }
    return function_ == WindowFunction::kAverage ? sum / count : sum;
  }

  // The part of a piece that lies in (start, end].
  static double Share(const Piece& piece, TimestampMs start, TimestampMs end) {
    const TimestampMs from = std::max(piece.start, Snapped(start, piece.resolution_ms) + 1);
    const TimestampMs to = std::min(piece.end, Snapped(end, piece.resolution_ms));
    return from == piece.start && to == piece.end
               ? 1
               : static_cast<double>(to - from + 1) / static_cast<double>(piece.end - piece.start + 1);
  }

  template <typename Beats>
  double Extreme(size_t first, size_t behind, Beats beats) const {
    double extreme = std::numeric_limits<double>::quiet_NaN();
    for (size_t i = first; i < behind; ++i) {
      if (extreme != extreme || beats(pieces_[i].value, extreme)) extreme = pieces_[i].value;
    }
    return extreme;
  }

  // The counter's total at `edge`; pieces from `hint` on may reach beyond it, those before hint - 1 do not. What a window begins with
  // in a gap is what the counter had behind it.
  double TotalAt(TimestampMs edge, size_t hint, bool begins) const {
    size_t next = hint > 0 ? hint - 1 : 0;  // the first piece whose total is reached behind the edge
    while (next < pieces_.size() && pieces_[next].end <= Snapped(edge, pieces_[next].resolution_ms)) ++next;
    while (next > 0 && pieces_[next - 1].end > Snapped(edge, pieces_[next - 1].resolution_ms)) --next;
    if (next == 0) return pieces_.front().value;
    if (next == pieces_.size()) return pieces_.back().value;
    const Piece &before = pieces_[next - 1], &after = pieces_[next];
    if (begins && edge - before.end > std::max(after.resolution_ms, kGapMs)) return after.value;
    if (after.resolution_ms == 0) return before.value;
    const TimestampMs at = Snapped(edge, after.resolution_ms), from = std::max(before.end, after.start - 1);
    if (at <= from) return before.value;
    return before.value + (after.value - before.value) * static_cast<double>(at - from) / static_cast<double>(after.end - from);
  }

  const WindowFunction function_;
  const std::vector<Piece> pieces_;
  const int64_t coarsest_ms_;
};

}  // namespace

std::optional<WindowFunction> WindowFunctionOf(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, WindowFunction>, 7> kFunctions = {{
      {"sum_over_time", WindowFunction::kSum},
      {"count_over_time", WindowFunction::kCount},
      {"avg_over_time", WindowFunction::kAverage},
      {"min_over_time", WindowFunction::kMin},
      {"max_over_time", WindowFunction::kMax},
      {"increase", WindowFunction::kIncrease},
      {"rate", WindowFunction::kRate},
  }};
  for (const auto& [known, function] : kFunctions) {
    if (known == name) return function;
  }
  return std::nullopt;
}

std::unique_ptr<const WindowAggregates> NewWindowValues(WindowFunction function, FloatColumns values, FloatColumns counts,
                                                        const ResolutionMap& resolutions) {
  return std::make_unique<WindowValues>(function, PiecesOf(values, counts, resolutions), resolutions.coarsest_ms());
}

std::unique_ptr<const WindowAggregates> NewResolutionOnly(const ResolutionMap& resolutions) {
  return std::make_unique<ResolutionOnly>(resolutions.coarsest_ms());
}

}  // namespace varve
