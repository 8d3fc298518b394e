#include "promql/series_description.h"

#include <charconv>
#include <utility>

#include "base/status_macros.h"
#include "model/histogram_arithmetic.h"
#include "model/sample.h"
#include "promql/histogram_description.h"
#include "promql/parser.h"
#include "promql/text_scanner.h"

namespace varve::promql {
namespace {

// Where the labels of a series end: after its braces, if it has some, else after its name.
size_t EndOfLabels(std::string_view text) {
  const size_t name = text.find_first_not_of(" \t\r\n");
  const size_t open = text.find_first_of(" \t\r\n{", name == std::string_view::npos ? text.size() : name);
  if (open == std::string_view::npos || text[open] != '{') return std::min(open, text.size());
  char quote = '\0';
  for (size_t i = open; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == '\\' && quote != '`') ++i;
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '}') {
      return i + 1;
    }
  }
  return text.size();
}

// Reads the values one after the other.
class SequenceReader {
 public:
  SequenceReader(std::string_view text, size_t start) : scanner_(text, start) {}

  absl::StatusOr<std::vector<SequenceValue>> Read();

 private:
  absl::Status ReadItem();
  absl::Status ReadNumbers();
  absl::Status ReadHistograms();
  absl::StatusOr<double> ReadFirstNumber();
  absl::StatusOr<size_t> ReadCount();  // after its x
  absl::Status AppendSteps(HistogramDescription first, const HistogramDescription& step, bool add, size_t count);
  void Append(const HistogramDescription& description) {
    values_.push_back({.histogram = description.histogram, .has_reset_hint = description.has_reset_hint});
  }

  TextScanner scanner_;
  std::vector<SequenceValue> values_;
};

absl::StatusOr<std::vector<SequenceValue>> SequenceReader::Read() {
  while (!scanner_.done()) {
    if (!scanner_.TakeSpaces()) return scanner_.Fail("unexpected character in series sequence: '{}'", scanner_.Peek());
    if (!scanner_.done()) VARVE_RETURN_IF_ERROR(ReadItem());
  }
  return std::move(values_);
}

absl::Status SequenceReader::ReadItem() {
  if (scanner_.Peek() == '{') return ReadHistograms();
  if (!scanner_.TakeIf("_")) return ReadNumbers();
  size_t count = 1;
  if (scanner_.TakeIf("x")) {
    VARVE_ASSIGN_OR_RETURN(count, ReadCount());
  }
  values_.resize(values_.size() + count, SequenceValue{.omitted = true});
  return absl::OkStatus();
}

absl::StatusOr<size_t> SequenceReader::ReadCount() {
  const std::string_view digits = scanner_.TakeDigits();
  size_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.empty() || error != std::errc()) return scanner_.Fail("invalid repetition in series values: \"{}\"", digits);
  if (count >= kSequenceMax - values_.size()) return scanner_.Fail("a series may have up to {} values", kSequenceMax);
  return count;
}

absl::StatusOr<double> SequenceReader::ReadFirstNumber() {
  if (scanner_.TakeIf("stale")) return StaleNan();
  return ScanSignedNumber(scanner_);
}

absl::Status SequenceReader::ReadNumbers() {
  VARVE_ASSIGN_OR_RETURN(double value, ReadFirstNumber());
  double step = 0;
  const bool steps = scanner_.Peek() == '+' || scanner_.Peek() == '-';
  if (steps) {
    VARVE_ASSIGN_OR_RETURN(step, ScanSignedNumber(scanner_));
  }
  values_.push_back({.value = value});
  if (!scanner_.TakeIf("x")) return steps ? scanner_.Fail("unexpected end of series values, expected \"x\"") : absl::OkStatus();
  VARVE_ASSIGN_OR_RETURN(const size_t count, ReadCount());
  for (size_t i = 0; i < count; ++i) values_.push_back({.value = steps ? value += step : value});
  return absl::OkStatus();
}

absl::Status SequenceReader::ReadHistograms() {
  VARVE_ASSIGN_OR_RETURN(HistogramDescription first, ScanHistogram(scanner_));
  const bool add = scanner_.TakeIf("+");
  if (add || scanner_.TakeIf("-")) {
    VARVE_ASSIGN_OR_RETURN(const HistogramDescription step, ScanHistogram(scanner_));
    if (!scanner_.TakeIf("x")) return scanner_.Fail("unexpected end of series values, expected \"x\"");
    VARVE_ASSIGN_OR_RETURN(const size_t count, ReadCount());
    return AppendSteps(std::move(first), step, add, count);
  }
  size_t count = 0;
  if (scanner_.TakeIf("x")) {
    VARVE_ASSIGN_OR_RETURN(count, ReadCount());
  }
  for (size_t i = 0; i <= count; ++i) Append(first);
  return absl::OkStatus();
}

// Whether a reset hint counts is decided by the step, as in Prometheus.
absl::Status SequenceReader::AppendSteps(HistogramDescription first, const HistogramDescription& step, bool add, size_t count) {
  first.has_reset_hint = step.has_reset_hint;
  Append(first);
  for (size_t i = 0; i < count; ++i) {
    if (first.histogram.schema > step.histogram.schema) {
      return scanner_.Fail("error combining histograms: cannot merge from schema {} to {}", step.histogram.schema,
                           first.histogram.schema);
    }
    const absl::Status status = add ? AddHistogram(first.histogram, step.histogram).status()
                                    : SubtractHistogram(first.histogram, step.histogram).status();
    if (!status.ok()) return scanner_.Fail("{}", Message(status));
    Append(first);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SeriesDescription> ParseSeriesDescription(std::string_view text) {
  const size_t end = EndOfLabels(text);
  SeriesDescription series;
  VARVE_ASSIGN_OR_RETURN(series.labels, ParseMetric(text.substr(0, end)));
  VARVE_ASSIGN_OR_RETURN(series.values, SequenceReader(text, end).Read());
  return series;
}

}  // namespace varve::promql
