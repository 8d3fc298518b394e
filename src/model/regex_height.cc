#include "model/regex_height.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/errors.h"
#include "model/regex_text.h"

namespace varve {
namespace {

constexpr size_t kHeightMax = 1000;

struct Node {
  enum class Kind { kLiteral, kLeaf, kConcat, kAlternate, kStar, kOther };
  Kind kind = Kind::kLeaf;
  size_t height = 1;
};

// Nodes side by side. Those of the same kind as what they become take part in it themselves.
class Row {
 public:
  explicit Row(Node::Kind kind) : kind_(kind) {}

  void Add(Node node) {
    ++count_;
    single_ = node;
    height_ = std::max(height_, node.kind == kind_ ? node.height - 1 : node.height);
  }
  Node Close() const {
    if (count_ == 0) return {};
    return count_ == 1 ? single_ : Node{kind_, height_ + 1};
  }

 private:
  Node::Kind kind_;
  size_t count_ = 0, height_ = 0;
  Node single_;
};

// An open group, or the whole.
class Group {
 public:
  explicit Group(bool captures) : captures_(captures) {}

  void Add(Node node) {
    if (last_.has_value() && last_->kind == Node::Kind::kLiteral && node.kind == Node::Kind::kLiteral) {
      run_ = true;
      return;
    }
    Flush();
    last_ = node;
  }
  // Repeats what came last: of a run of literals its last one.
  void Repeat(Node::Kind kind) {
    if (!last_.has_value()) return;
    if (run_) {
      const Node literal = *last_;
      Flush();
      last_ = literal;
    }
    if (kind == Node::Kind::kStar && last_->kind == kind) return;  // (?:a*)* is a*
    last_ = Node{kind, last_->height + 1};
  }
  void NextBranch() {
    Flush();
    branches_.Add(branch_.Close());
    branch_ = Row(Node::Kind::kConcat);
  }
  Node Close() {
    NextBranch();
    const Node node = branches_.Close();
    return captures_ ? Node{Node::Kind::kOther, node.height + 1} : node;
  }

 private:
  void Flush() {
    if (last_.has_value()) branch_.Add(*last_);
    last_.reset();
    run_ = false;
  }

  bool captures_;
  Row branch_{Node::Kind::kConcat}, branches_{Node::Kind::kAlternate};
  std::optional<Node> last_;
  bool run_ = false;  // last_ stands for several literals
};

// The text of an expression, element by element.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // 0 if the groups are not balanced.
  size_t Height() {
    groups_.emplace_back(false);
    while (at_ < text_.size() && !groups_.empty()) Step();
    return groups_.size() == 1 ? groups_.back().Close().height : 0;
  }
  bool has_byte_escape() const { return has_byte_escape_; }

 private:
  void Step() {
    switch (text_[at_]) {
      case '(': return Open();
      case ')': return Close();
      case '|': ++at_; return groups_.back().NextBranch();
      case '*':
      case '+':
      case '?': ++at_; return Repeat(Node::Kind::kStar);
      case '{': return Braces();
      case '[': at_ = ClassEnd(text_, at_) + 1; return groups_.back().Add({Node::Kind::kLeaf});
      case '\\': return Escape();
      case '.':
      case '^':
      case '$': ++at_; return groups_.back().Add({Node::Kind::kLeaf});
      default: ++at_; return groups_.back().Add({Node::Kind::kLiteral});
    }
  }

  void Open() {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with("(?")) {
      ++at_;
      return groups_.emplace_back(true), void();
    }
    if (rest.starts_with("(?P<") || rest.starts_with("(?<")) {
      at_ = std::min(text_.find('>', at_), text_.size() - 1) + 1;
      return groups_.emplace_back(true), void();
    }
    const size_t end = std::min(text_.find_first_of(":)", at_), text_.size() - 1);
    if (text_[end] == ':') groups_.emplace_back(false);
    at_ = end + 1;  // flags alone are no node
  }

  void Close() {
    ++at_;
    const Node node = groups_.back().Close();
    groups_.pop_back();
    if (!groups_.empty()) groups_.back().Add(node);
  }

  void Repeat(Node::Kind kind) {
    if (at_ < text_.size() && text_[at_] == '?') ++at_;  // lazy
    groups_.back().Repeat(kind);
  }

  // A count, or a brace like any other character.
  void Braces() {
    const size_t end = text_.find_first_not_of("0123456789,", at_ + 1);
    if (end == std::string_view::npos || text_[end] != '}' || end == at_ + 1 || text_[at_ + 1] == ',') {
      ++at_;
      return groups_.back().Add({Node::Kind::kLiteral});
    }
    at_ = end + 1;
    Repeat(Node::Kind::kOther);
  }

  void Escape() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("\\Q")) {
      at_ = QuotedEnd(text_, at_);
      return groups_.back().Add({Node::Kind::kLiteral});
    }
    has_byte_escape_ |= rest.starts_with("\\C");
    at_ += 2;
    if (rest.size() > 2 && text_[at_] == '{')
      at_ = std::min(text_.find('}', at_), text_.size() - 1) + 1;  // \x{10ffff}, \p{Greek}
    groups_.back().Add({Node::Kind::kLeaf});
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::vector<Group> groups_;
  bool has_byte_escape_ = false;
};

}  // namespace

absl::Status CheckAsGo(std::string_view pattern) {
  Scanner scanner(pattern);
  if (scanner.Height() > kHeightMax) return InvalidArgument("error parsing regexp: expression nests too deeply: `{}`", pattern);
  if (scanner.has_byte_escape()) return InvalidArgument("error parsing regexp: invalid escape sequence: `\\C`");
  return absl::OkStatus();
}

}  // namespace varve
