#include "model/regex_shape.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/utf8.h"

namespace varve {
namespace {

constexpr size_t kProductMax = 256;  // globs two sets may multiply to, as upstream's limit for sets of values
constexpr int kDepthMax = 50;        // nested groups
constexpr std::string_view kQuantifiers = "*+?{";

using Globs = std::vector<Glob>;

bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsPlain(char c) {
  return IsAsciiLetter(c) || IsAsciiDigit(c) || std::string_view("_-:/@ ").find(c) != std::string_view::npos;
}
char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Globs Gap(uint8_t bytes_min, bool exact) { return Globs(1, Glob{{"", ""}, {bytes_min}, exact}); }
Globs Anything() { return Gap(0, /*exact=*/false); }
Globs Literal(std::string_view text) { return Globs(1, Glob{{std::string(text)}, {}, true}); }

// Appends the pieces of `tail` to `head`; two gaps that meet become one.
void Append(Glob& head, const Glob& tail) {
  head.exact &= tail.exact;
  size_t from = 0;
  if (!head.is_literal() && !tail.is_literal() && head.suffix().empty() && tail.prefix().empty()) {
    // Two gaps of one character each would be a gap of two, whose bytes we do not know.
    if (head.gaps.back() != 0 && tail.gaps[0] != 0) head.exact = false;
    head.gaps.back() |= tail.gaps[0];
    head.literals.back() = tail.literals[1];
    from = 1;
  } else {
    head.literals.back() += tail.literals[0];
  }
  head.gaps.insert(head.gaps.end(), tail.gaps.begin() + from, tail.gaps.end());
  head.literals.insert(head.literals.end(), tail.literals.begin() + from + 1, tail.literals.end());
}

void Concatenate(Globs& heads, const Globs& tails) {
  if (heads.size() > 1 && tails.size() > 1 && heads.size() * tails.size() > kProductMax) return Concatenate(heads, Anything());
  if (tails.size() == 1) {
    for (Glob& head : heads) Append(head, tails[0]);
    return;
  }
  Globs product;
  product.reserve(heads.size() * tails.size());
  for (const Glob& head : heads) {
    for (const Glob& tail : tails) Append(product.emplace_back(head), tail);
  }
  heads = std::move(product);
}

// A recursive descent over the common part of the syntax. Whatever is not in it sets failed_ and ends the parse.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  std::optional<RegexShape> Parse() {
    ReadFlags();
    Globs globs = Alternation(0);
    if (failed_ || !rest_.empty()) return std::nullopt;
    return RegexShape{ignores_case_, std::move(globs)};
  }

 private:
  bool Take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  char Pop() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  Globs Fail() {
    failed_ = true;
    rest_ = {};
    return Anything();
  }
  bool AtBranchEnd() const { return rest_.empty() || rest_[0] == '|' || rest_[0] == ')'; }
  bool AtQuantifier() const { return !rest_.empty() && kQuantifiers.find(rest_[0]) != std::string_view::npos; }

  // Flags count for the whole expression only; elsewhere they end the parse.
  void ReadFlags() {
    if (Take("(?i)") || Take("(?is)") || Take("(?si)")) {
      ignores_case_ = true;
    } else {
      Take("(?s)");
    }
  }

  Globs Alternation(int depth) {
    Globs all = Branch(depth);
    while (Take("|")) {
      Globs branch = Branch(depth);
      all.insert(all.end(), std::make_move_iterator(branch.begin()), std::make_move_iterator(branch.end()));
    }
    return all;
  }

  Globs Branch(int depth) {
    Globs globs(1);
    // The expression is anchored already, so anchors at the ends of a branch that is no group ask nothing.
    if (depth == 0 && Take("^") && AtQuantifier()) return Fail();
    while (!AtBranchEnd()) {
      if (depth == 0 && rest_[0] == '$' && (rest_.size() == 1 || rest_[1] == '|')) {
        Pop();
        break;
      }
      if (const std::string run = LiteralRun(); !run.empty()) {
        for (Glob& glob : globs) glob.literals.back() += run;
      } else {
        Concatenate(globs, Quantified(depth));
      }
    }
    return globs;
  }

  // Takes plain characters up to the last that no quantifier applies to: most of most expressions, and all of long alternations.
  std::string LiteralRun() {
    size_t size = 0;
    while (size < rest_.size() && IsPlain(rest_[size])) ++size;
    if (size > 0 && size < rest_.size() && kQuantifiers.find(rest_[size]) != std::string_view::npos) --size;
    std::string run(rest_.substr(0, size));
    if (ignores_case_) std::ranges::transform(run, run.begin(), LowerAscii);
    rest_.remove_prefix(size);
    return run;
  }

  Globs Quantified(int depth) {
    const bool is_any = rest_[0] == '.';
    Globs atom = is_any ? (Pop(), Anything()) : Atom(depth);
    if (!AtQuantifier()) return atom;
    const char quantifier = Pop();
    if (quantifier == '{') return Fail();
    Take("?");  // lazy or greedy is all one when the whole text must match
    if (AtQuantifier()) return Fail();
    if (is_any && quantifier != '?') return Gap(quantifier == '+', /*exact=*/true);
    if (is_any || quantifier != '?') return Anything();
    atom.emplace_back();
    return atom;
  }

  Globs Atom(int depth) {
    if (AtQuantifier()) return Fail();
    if (Take("\\")) return Escape();
    if (Take("[")) return CharacterClass();
    if (Take("(")) return Group(depth + 1);
    if (Take("^") || Take("$")) return AtQuantifier() ? Fail() : Anything();
    const std::string_view character = rest_.substr(0, Utf8SequenceLength(rest_));
    if (character.empty()) return Fail();
    rest_.remove_prefix(character.size());
    return Character(character);
  }

  // One character that stands for itself.
  Globs Character(std::string_view character) {
    if (!ignores_case_) return Literal(character);
    if (character.size() > 1) return Anything();
    const char lower = LowerAscii(character[0]);
    return Literal({&lower, 1});
  }

  Globs Group(int depth) {
    if (depth > kDepthMax) return Fail();
    if (rest_.starts_with("?") && !Take("?:")) return Fail();
    Globs globs = Alternation(depth);
    if (!Take(")")) return Fail();
    return globs;
  }

  Globs Escape() {
    if (rest_.empty()) return Fail();
    if (IsClassEscape(rest_[0])) return Pop(), Anything();
    char c;
    return EscapedCharacter(c) ? Character({&c, 1}) : Fail();
  }

  static bool IsClassEscape(char c) { return std::string_view("dDwWsS").find(c) != std::string_view::npos; }

  // After a backslash: punctuation is itself, a few letters are control characters.
  bool EscapedCharacter(char& c) {
    if (rest_.empty()) return false;
    c = Pop();
    constexpr std::string_view kLetters = "afnrtv", kControls = "\a\f\n\r\t\v";
    if (const size_t at = kLetters.find(c); at != std::string_view::npos) {
      c = kControls[at];
      return true;
    }
    return c >= ' ' && c < 0x7f && !IsAsciiLetter(c) && !IsAsciiDigit(c) && c != '_';
  }

  // Characters and ranges of ASCII; a class of anything else is parsed past, if simple enough, and widens to anything.
  Globs CharacterClass() {
    std::array<bool, 128> members{};
    bool enumerable = !Take("^");
    if (rest_.starts_with("]")) return Fail();
    while (!Take("]")) {
      if (rest_.starts_with("\\") && rest_.size() > 1 && IsClassEscape(rest_[1])) {
        enumerable = false;
        rest_.remove_prefix(2);
        if (rest_.starts_with("-")) return Fail();
        continue;
      }
      char low, high;
      if (!ClassCharacter(low)) return Fail();
      high = low;
      if (rest_.starts_with("-") && !rest_.starts_with("-]")) {
        Pop();
        if (!ClassCharacter(high) || high < low) return Fail();
      }
      std::fill(members.begin() + low, members.begin() + high + 1, true);
    }
    return enumerable ? Members(members) : Anything();
  }

  bool ClassCharacter(char& c) {
    if (rest_.empty() || rest_[0] == '[' || rest_[0] < 0) return false;
    if (rest_[0] == '-' && !rest_.starts_with("-]")) return false;
    if (Take("\\")) return EscapedCharacter(c);
    c = Pop();
    return true;
  }

  Globs Members(const std::array<bool, 128>& members) {
    Globs globs;
    for (size_t c = 0; c < members.size(); ++c) {
      const char character = static_cast<char>(c);
      if (members[c]) std::ranges::move(Character({&character, 1}), std::back_inserter(globs));
    }
    return globs;
  }

  std::string_view rest_;
  bool ignores_case_ = false;
  bool failed_ = false;
};

}  // namespace

bool Glob::Fits(std::string_view text) const {
  if (is_literal()) return text == prefix();
  if (!text.starts_with(prefix())) return false;
  text.remove_prefix(prefix().size());
  if (!text.ends_with(suffix())) return false;
  text.remove_suffix(suffix().size());
  // The earliest place of each inner literal leaves the most room for those after it.
  for (size_t i = 1; i + 1 < literals.size(); ++i) {
    const size_t at = text.find(literals[i], gaps[i - 1]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + literals[i].size());
  }
  return text.size() >= gaps.back();
}

std::optional<RegexShape> AnalyseRegex(std::string_view pattern) {
  if (!IsValidUtf8(pattern)) return std::nullopt;
  return Parser(pattern).Parse();
}

}  // namespace varve
