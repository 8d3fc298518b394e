#include "model/fast_regex.h"

#include <algorithm>
#include <cstdint>

#include "base/status_macros.h"
#include "model/regex_height.h"

namespace varve {
namespace {

constexpr size_t kSetMatchesMax = 256;  // upstream's
constexpr size_t kGlobsMax = 32;        // trying more of them one by one is slower than RE2
constexpr size_t kLinearMax = 8;        // literals compared one by one rather than looked up
constexpr size_t kLoweredBytesMax = 256;

uint64_t SizeBit(std::string_view text) { return uint64_t{1} << std::min<size_t>(text.size(), 63); }

// Copies `text` to `out` in lower case; false if it is not ASCII.
bool LowerAscii(std::string_view text, char* out) {
  unsigned seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    seen |= static_cast<unsigned char>(c);
    out[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return seen < 0x80;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const FastRegex>> FastRegex::Make(std::string_view pattern) {
  std::shared_ptr<FastRegex> regex(new FastRegex);
  if (std::optional<RegexShape> shape = AnalyseRegex(pattern)) {
    regex->Adopt(std::move(*shape));
  } else {
    regex->globs_.push_back({{"", ""}, {0}, /*exact=*/false});
  }
  const bool exact = std::ranges::all_of(regex->globs_, &Glob::exact);
  if (!regex->matches_all_ && (regex->ignores_case_ || !exact)) {
    VARVE_RETURN_IF_ERROR(CheckAsGo(pattern));
    VARVE_ASSIGN_OR_RETURN(regex->re2_, CompileRegex(pattern));
  }
  return regex;
}

void FastRegex::Adopt(RegexShape shape) {
  ignores_case_ = shape.ignores_case;
  if (!ignores_case_) FindPrefix(shape);
  for (Glob& glob : shape.globs) {
    if (glob.exact && glob.FitsAnything()) matches_all_ = true;
    if (glob.exact && glob.is_literal()) {
      literals_.push_back(std::move(glob.literals[0]));
    } else {
      globs_.push_back(std::move(glob));
    }
  }
  if (globs_.size() > kGlobsMax) globs_.assign(1, Glob{{prefix_, ""}, {0}, /*exact=*/false});
  std::ranges::sort(literals_);
  literals_.erase(std::unique(literals_.begin(), literals_.end()), literals_.end());
  for (const std::string& literal : literals_) literal_sizes_ |= SizeBit(literal);
  if (literals_.size() > kLinearMax) literal_set_.insert(literals_.begin(), literals_.end());
  if (globs_.empty() && !ignores_case_ && literals_.size() <= kSetMatchesMax) set_matches_ = literals_;
}

void FastRegex::FindPrefix(const RegexShape& shape) {
  prefix_ = shape.globs[0].prefix();
  for (const Glob& glob : shape.globs) {
    const auto differs = std::ranges::mismatch(prefix_, glob.prefix()).in1;
    prefix_.erase(differs, prefix_.end());
  }
}

bool FastRegex::Matches(std::string_view text) const {
  if (matches_all_) return true;
  if (ignores_case_) return MatchesLowered(text);
  const Answer answer = Ask(text);
  return answer == Answer::kAskRe2 ? FullMatch(*re2_, text) : answer == Answer::kYes;
}

// Beyond ASCII, folding is RE2's affair: even k and s have partners there (U+212A, U+017F).
bool FastRegex::MatchesLowered(std::string_view text) const {
  char lowered[kLoweredBytesMax];
  if (text.size() > sizeof(lowered) || !LowerAscii(text, lowered)) return FullMatch(*re2_, text);
  const Answer answer = Ask({lowered, text.size()});
  return answer == Answer::kAskRe2 ? FullMatch(*re2_, text) : answer == Answer::kYes;
}

FastRegex::Answer FastRegex::Ask(std::string_view text) const {
  if ((literal_sizes_ & SizeBit(text)) != 0) {
    const bool found = literal_set_.empty() ? std::ranges::find(literals_, text) != literals_.end() : literal_set_.contains(text);
    if (found) return Answer::kYes;
  }
  Answer answer = Answer::kNo;
  for (const Glob& glob : globs_) {
    if (!glob.Fits(text)) continue;
    if (glob.exact) return Answer::kYes;
    answer = Answer::kAskRe2;
  }
  return answer;
}

}  // namespace varve
