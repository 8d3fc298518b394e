#include "chunkenc/testing/golden.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include "base/check.h"

namespace varve {
namespace {

using Fields = std::map<std::string, std::string>;

Fields ParseFields(std::istringstream& line) {
  Fields fields;
  for (std::string word; line >> word;) {
    const size_t equals = word.find('=');
    VARVE_CHECK(equals != std::string::npos);
    fields[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return fields;
}

double ParseNumber(const std::string& text) {
  if (text == "stale") return StaleNan();
  if (text == "nan") return std::bit_cast<double>(kNormalNanBits);
  return std::strtod(text.c_str(), nullptr);
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::vector<double> ParseNumbers(const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : Split(text)) numbers.push_back(ParseNumber(part));
  return numbers;
}

std::vector<HistogramSpan> ParseSpans(const std::string& text) {
  std::vector<HistogramSpan> spans;
  for (const std::string& part : Split(text)) {
    const size_t colon = part.find(':');
    spans.push_back({.offset = std::stoi(part), .length = static_cast<uint32_t>(std::stoul(part.substr(colon + 1)))});
  }
  return spans;
}

FloatHistogram ParseHistogram(Fields fields) {
  static const std::map<std::string, CounterResetHint> kHints = {{"unknown", CounterResetHint::kUnknown},
                                                                 {"reset", CounterResetHint::kReset},
                                                                 {"notreset", CounterResetHint::kNotReset},
                                                                 {"gauge", CounterResetHint::kGauge}};
  FloatHistogram histogram;
  histogram.reset_hint = kHints.at(fields["hint"]);
  histogram.schema = std::stoi(fields["schema"]);
  histogram.zero_threshold = ParseNumber(fields["zt"]);
  histogram.zero_count = ParseNumber(fields["zc"]);
  histogram.count = ParseNumber(fields["count"]);
  histogram.sum = ParseNumber(fields["sum"]);
  histogram.positive_spans = ParseSpans(fields["ps"]);
  histogram.negative_spans = ParseSpans(fields["ns"]);
  histogram.positive = ParseNumbers(fields["pb"]);
  histogram.negative = ParseNumbers(fields["nb"]);
  histogram.custom_values = ParseNumbers(fields["cv"]);
  return histogram;
}

void AddSample(Fields fields, SeriesSamples& samples) {
  const TimestampMs time = std::stoll(fields["t"]);
  const TimestampMs start = std::stoll(fields["st"]);
  if (fields.contains("v")) {
    samples.floats.Append(time, ParseNumber(fields["v"]));
    samples.floats.start_times.push_back(start);
  } else {
    samples.histograms.Append(time, ParseHistogram(fields));
    samples.histograms.start_times.push_back(start);
  }
}

GoldenCase Load(const std::filesystem::path& path) {
  GoldenCase golden{.name = path.stem().string()};
  bool cut = false;
  std::ifstream file(path);
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string kind;
    line >> kind;
    if (kind == "encoding") {
      int encoding = 0;
      line >> encoding;
      golden.encoding = static_cast<ChunkEncoding>(encoding);
    } else if (kind == "cut") {
      cut = true;
    } else if (kind == "in") {
      Fields fields = ParseFields(line);
      golden.inputs.push_back({.time = std::stoll(fields["t"]), .histogram = ParseHistogram(fields), .cut_before = cut});
      cut = false;
    } else if (kind == "chunk") {
      std::string hex;
      line >> hex;
      golden.chunks.push_back({.bytes = FromHex(hex)});
    } else if (kind == "out") {
      AddSample(ParseFields(line), golden.chunks.back().samples);
    } else {
      VARVE_CHECK(kind == "#");
    }
  }
  return golden;
}

}  // namespace

ByteBuffer FromHex(std::string_view hex) {
  ByteBuffer bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

std::vector<GoldenCase> LoadGoldenChunks(const std::string& folder) {
  std::vector<GoldenCase> cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt" && entry.path().stem() != "aggregates") cases.push_back(Load(entry.path()));
  }
  VARVE_CHECK(!cases.empty());
  std::ranges::sort(cases, {}, &GoldenCase::name);
  return cases;
}

}  // namespace varve
