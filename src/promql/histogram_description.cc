#include "promql/histogram_description.h"

#include <absl/strings/ascii.h>

#include <charconv>
#include <functional>
#include <string>
#include <vector>

#include "base/status_macros.h"
#include "promql/literals.h"

namespace varve::promql {
namespace {

std::string_view TakeNumberText(TextScanner& scanner) {
  char previous = '\0';
  return scanner.TakeWhile([&previous](char c) {
    const bool exponent_sign = (c == '+' || c == '-') && (previous == 'e' || previous == 'E');
    const bool in_number =
        IsDigit(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == 'e' || c == 'E' || exponent_sign;
    previous = c;
    return in_number;
  });
}

// Reads the fields of one histogram.
class HistogramScanner {
 public:
  explicit HistogramScanner(TextScanner& scanner) : scanner_(scanner) {}

  absl::StatusOr<HistogramDescription> Scan();

 private:
  absl::Status ScanField();
  absl::Status ScanValue(std::string_view key);
  absl::Status ScanResetHint();
  absl::Status Into(double& value);
  absl::Status Into(int32_t& value);
  absl::Status Into(std::vector<double>& values);

  TextScanner& scanner_;
  HistogramDescription result_;
  int32_t offset_ = 0, negative_offset_ = 0;
  std::vector<std::string_view> seen_;
};

absl::StatusOr<HistogramDescription> HistogramScanner::Scan() {
  if (!scanner_.TakeIf("{{")) return scanner_.Fail("expected \"{{{{\"");
  bool separated = true;
  for (;;) {
    separated = scanner_.TakeSpaces() || separated;
    if (scanner_.TakeIf("}}")) break;
    if (scanner_.done()) return scanner_.Fail("histogram description incomplete unexpected: end of input");
    if (!separated) return scanner_.Fail("unexpected character in histogram description, expected a space or \"}}}}\"");
    VARVE_RETURN_IF_ERROR(ScanField());
    separated = false;
  }
  FloatHistogram& histogram = result_.histogram;
  if (!histogram.positive.empty()) histogram.positive_spans = {{offset_, static_cast<uint32_t>(histogram.positive.size())}};
  if (!histogram.negative.empty()) {
    histogram.negative_spans = {{negative_offset_, static_cast<uint32_t>(histogram.negative.size())}};
  }
  return std::move(result_);
}

absl::Status HistogramScanner::ScanField() {
  const std::string_view key = scanner_.TakeWord();
  if (!scanner_.TakeIf(":")) return scanner_.Fail("missing `:` for histogram descriptor");
  for (const std::string_view seen : seen_) {
    if (seen == key) return scanner_.Fail("duplicate key \"{}\" in histogram", key);
  }
  seen_.push_back(key);
  return ScanValue(key);
}

absl::Status HistogramScanner::ScanValue(std::string_view key) {
  FloatHistogram& histogram = result_.histogram;
  if (key == "schema") return Into(histogram.schema);
  if (key == "sum") return Into(histogram.sum);
  if (key == "count") return Into(histogram.count);
  if (key == "z_bucket") return Into(histogram.zero_count);
  if (key == "z_bucket_w") return Into(histogram.zero_threshold);
  if (key == "offset") return Into(offset_);
  if (key == "n_offset") return Into(negative_offset_);
  if (key == "buckets") return Into(histogram.positive);
  if (key == "n_buckets") return Into(histogram.negative);
  if (key == "custom_values") return Into(histogram.custom_values);
  if (key == "counter_reset_hint") return ScanResetHint();
  return scanner_.Fail("bad histogram descriptor found: \"{}\"", key);
}

absl::Status HistogramScanner::ScanResetHint() {
  const std::string_view hint = scanner_.TakeWord();
  CounterResetHint& target = result_.histogram.reset_hint;
  result_.has_reset_hint = true;
  if (hint == "unknown") return target = CounterResetHint::kUnknown, absl::OkStatus();
  if (hint == "reset") return target = CounterResetHint::kReset, absl::OkStatus();
  if (hint == "not_reset") return target = CounterResetHint::kNotReset, absl::OkStatus();
  if (hint == "gauge") return target = CounterResetHint::kGauge, absl::OkStatus();
  return scanner_.Fail("error parsing counter_reset_hint: unknown value {}", hint);
}

absl::Status HistogramScanner::Into(double& value) {
  VARVE_ASSIGN_OR_RETURN(value, ScanSignedNumber(scanner_));
  return absl::OkStatus();
}

absl::Status HistogramScanner::Into(int32_t& value) {
  const bool negative = scanner_.TakeIf("-");
  const std::string_view digits = scanner_.TakeDigits();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc()) return scanner_.Fail("expected a whole number in histogram description");
  if (negative) value = -value;
  return absl::OkStatus();
}

absl::Status HistogramScanner::Into(std::vector<double>& values) {
  if (!scanner_.TakeIf("[")) return scanner_.Fail("expected \"[\" in histogram description");
  do {
    VARVE_ASSIGN_OR_RETURN(const double value, ScanSignedNumber(scanner_));
    values.push_back(value);
  } while (scanner_.TakeSpaces() && scanner_.Peek() != ']');
  return scanner_.TakeIf("]") ? absl::OkStatus() : scanner_.Fail("invalid character in buckets description");
}

}  // namespace

absl::StatusOr<double> ScanSignedNumber(TextScanner& scanner) {
  const bool negative = scanner.TakeIf("-");
  if (!negative) scanner.TakeIf("+");
  const bool is_word = IsAlpha(static_cast<unsigned char>(scanner.Peek())) && scanner.Peek() != '_';
  const std::string_view text = is_word ? scanner.TakeWord() : TakeNumberText(scanner);
  const std::string word = absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
  if (text.empty() || (is_word && word != "inf" && word != "nan")) return scanner.Fail("expected a number, found \"{}\"", text);
  const absl::StatusOr<double> value = ParseNumber(text);
  if (!value.ok()) return scanner.Fail("error parsing number: {}", Message(value.status()));
  return negative ? -*value : *value;
}

absl::StatusOr<HistogramDescription> ScanHistogram(TextScanner& scanner) { return HistogramScanner(scanner).Scan(); }

}  // namespace varve::promql
