#include <fmt/format.h>

#include "promql/testing/random/query_writer.h"

namespace varve::promql {

std::string QueryWriter::Invalid() {
  const std::string vector = Vector(1);
  if (modern_ && random_.Percent(40)) {  // any text; in the classic dialect it might be one that 3.x has learnt to read
    std::string text = vector;
    for (size_t edits = 1 + random_.Below(2); edits > 0 && !text.empty(); --edits) {
      constexpr std::string_view kLetters = "(){}[],:=~\"'@a1 -";
      const size_t at = random_.Below(text.size());
      if (random_.Percent(50)) {
        text.erase(at, 1 + random_.Below(3));
      } else {
        text.insert(at, 1, random_.PickOf(kLetters));
      }
    }
    return text;
  }
  switch (random_.Below(16)) {
    case 0: return fmt::format("rate({})", vector);
    case 1: return fmt::format("sum({})", Matrix(0));
    case 2: return fmt::format("unknown_function({})", vector);
    case 3: return fmt::format("abs({}, {})", vector, vector);
    case 4: return fmt::format("{} + bool {}", vector, vector);
    case 5: return fmt::format("({}", vector);
    case 6: return fmt::format("{} and 1", vector);
    case 7: return fmt::format("1 > {}", Number());
    case 8: return "{job=\"a\"}{job=\"b\"}";
    case 9: return "{}";
    case 10: return "g{job=~\"(\"}";
    case 11: return fmt::format("{} + on(job) group_left(instance) group_right() {}", vector, vector);
    case 12: return fmt::format("{} and on(job) group_left() {}", vector, vector);
    case 13: return fmt::format("label_replace({}, \"\\xff\", \"\", \"job\", \"(\")", vector);
    case 14: return fmt::format("topk({}, {})", vector, vector);
    default: return fmt::format("-\"text\" + {}", vector);
  }
}

}  // namespace varve::promql
