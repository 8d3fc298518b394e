// What a query wants to tell its author besides the answer: "PromQL warning: ..." and "PromQL info: ...".
//
// Shape    a set: the same text is kept once, however many samples it is about, with the position added last. Texts are made by
//          the functions of engine/annotation_texts.h. Warnings of the source (an endpoint that did not answer) are kept apart.
// Threads  a value, not to be shared. Each worker fills its own; MergeFrom joins them in a fixed order.
// Source   prometheus util/annotations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "promql/position.h"

namespace varve::promql {

struct Annotation {
  enum class Severity : uint8_t { kWarning, kInfo };
  // Of classic histograms that had to be made monotonic: where and how much.
  struct Repairs {
    TimestampMs min_time, max_time;
    double min_bucket, max_bucket, diff_max;
    int64_t count = 1;
  };

  Severity severity = Severity::kWarning;
  std::string text;  // without "PromQL warning: " and position
  PositionRange position;
  std::optional<Repairs> repairs;
  int64_t occurrences = 0;  // counted and shown where not 0
};

class Annotations {
 public:
  void Add(Annotation annotation);
  void AddSourceWarning(std::string warning);
  void MergeFrom(Annotations&& other);
  // The same about a text that stands `bytes` further right. What has no position goes on having none.
  Annotations Shifted(int bytes) &&;
  bool empty() const { return annotations_.empty() && source_warnings_.empty(); }

  struct Texts {
    std::vector<std::string> warnings, infos;
  };
  // The texts as the HTTP API shows them, with "(line:column)" of `query`; without positions if `query` is empty.
  Texts Format(std::string_view query) const;

 private:
  std::vector<Annotation> annotations_;  // few: a text for each kind and metric name
  std::vector<std::string> source_warnings_;
};

}  // namespace varve::promql
