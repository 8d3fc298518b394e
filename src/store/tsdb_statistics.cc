#include "store/tsdb_statistics.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace varve {
namespace {

using Statistics = google::protobuf::RepeatedPtrField<thanos::Statistic>;

uint64_t Sum(uint64_t a, uint64_t b) { return a + b; }
uint64_t Largest(uint64_t a, uint64_t b) { return std::max(a, b); }

void Join(const Statistics& from, uint64_t (*join)(uint64_t, uint64_t), Statistics& to) {
  std::map<std::string, uint64_t> by_name;
  for (const thanos::Statistic& one : to) by_name[one.name()] = one.value();
  for (const thanos::Statistic& one : from) {
    const auto [known, is_new] = by_name.emplace(one.name(), one.value());
    if (!is_new) known->second = join(known->second, one.value());
  }
  std::vector<std::pair<std::string, uint64_t>> sorted(by_name.begin(), by_name.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  to.Clear();
  for (auto& [name, value] : sorted) {
    thanos::Statistic& one = *to.Add();
    one.set_name(std::move(name));
    one.set_value(value);
  }
}

void Read(const JsonValue& list, int limit, Statistics& to) {
  for (const JsonValue& json : list.array()) {
    if (limit > 0 && to.size() == limit) return;
    thanos::Statistic& one = *to.Add();
    one.set_name(std::string(json["name"].StringOr("")));
    one.set_value(static_cast<uint64_t>(json["value"].IntOr(0)));
  }
}

}  // namespace

void AddStatistics(const thanos::TSDBStatisticsEntry& from, thanos::TSDBStatisticsEntry& to) {
  const thanos::HeadStatistics& head = from.head_statistics();
  thanos::HeadStatistics& sum = *to.mutable_head_statistics();
  sum.set_num_series(sum.num_series() + head.num_series());
  sum.set_num_label_pairs(sum.num_label_pairs() + head.num_label_pairs());
  sum.set_chunk_count(sum.chunk_count() + head.chunk_count());
  if (sum.min_time() <= 0 || sum.min_time() > head.min_time()) sum.set_min_time(head.min_time());
  sum.set_max_time(std::max(sum.max_time(), head.max_time()));
  Join(from.series_count_by_metric_name(), Sum, *to.mutable_series_count_by_metric_name());
  Join(from.label_value_count_by_label_name(), Largest, *to.mutable_label_value_count_by_label_name());
  Join(from.memory_in_bytes_by_label_name(), Sum, *to.mutable_memory_in_bytes_by_label_name());
  Join(from.series_count_by_label_value_pair(), Sum, *to.mutable_series_count_by_label_value_pair());
}

thanos::TSDBStatistics TidyStatistics(const std::vector<thanos::TSDBStatistics>& parts) {
  thanos::TSDBStatistics all;
  for (const thanos::TSDBStatistics& part : parts) {
    for (const auto& [tenant, entry] : part.statistics()) AddStatistics(entry, (*all.mutable_statistics())[tenant]);
  }
  return all;
}

thanos::TSDBStatisticsEntry StatisticsOfJson(const JsonValue& data, int limit) {
  thanos::TSDBStatisticsEntry entry;
  const JsonValue& json = data["headStats"];
  thanos::HeadStatistics& head = *entry.mutable_head_statistics();
  head.set_num_series(static_cast<uint64_t>(json["numSeries"].IntOr(0)));
  head.set_num_label_pairs(json["numLabelPairs"].IntOr(0));
  head.set_chunk_count(json["chunkCount"].IntOr(0));
  head.set_min_time(json["minTime"].IntOr(0));
  head.set_max_time(json["maxTime"].IntOr(0));
  Read(data["seriesCountByMetricName"], limit, *entry.mutable_series_count_by_metric_name());
  Read(data["labelValueCountByLabelName"], limit, *entry.mutable_label_value_count_by_label_name());
  Read(data["memoryInBytesByLabelName"], limit, *entry.mutable_memory_in_bytes_by_label_name());
  Read(data["seriesCountByLabelValuePair"], limit, *entry.mutable_series_count_by_label_value_pair());
  return entry;
}

}  // namespace varve
