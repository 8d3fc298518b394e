#include "objstore/cache/answer_reader.h"

#include <algorithm>
#include <cstring>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr size_t kLineBytesMax = 4 << 10;

}  // namespace

absl::Status AnswerReader::Fill() {
  begin_ = end_ = 0;
  VARVE_ASSIGN_OR_RETURN(end_, source_.Read(buffer_, deadline_));
  has_read_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::string> AnswerReader::Line() {
  std::string line;
  while (true) {
    if (begin_ == end_) VARVE_RETURN_IF_ERROR(Fill());
    const std::string_view text = AsText(Bytes(buffer_).subspan(begin_, end_ - begin_));
    const size_t newline = text.find('\n');
    line.append(text.substr(0, newline));
    if (line.size() > kLineBytesMax) return DataLoss("a line of an answer has more than {} bytes", kLineBytesMax);
    if (newline == std::string_view::npos) {
      begin_ = end_;
      continue;
    }
    begin_ += newline + 1;
    if (line.empty() || line.back() != '\r') return DataLoss("a line of an answer does not end in CR LF");
    line.pop_back();
    return line;
  }
}

absl::Status AnswerReader::Content(std::span<std::byte> out) {
  while (!out.empty()) {
    if (begin_ == end_) VARVE_RETURN_IF_ERROR(Fill());
    const size_t count = std::min(out.size(), end_ - begin_);
    std::memcpy(out.data(), buffer_.data() + begin_, count);
    begin_ += count;
    out = out.subspan(count);
  }
  VARVE_ASSIGN_OR_RETURN(const std::string rest, Line());
  return rest.empty() ? absl::OkStatus() : DataLoss("a value in an answer is longer than announced");
}

}  // namespace varve
