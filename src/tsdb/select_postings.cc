#include "tsdb/select_postings.h"

#include <algorithm>
#include <list>

#include "base/status_macros.h"

namespace varve {
namespace {

constexpr size_t kCheckContextEvery = 1024;  // values scanned

// The values of a label that fulfil a condition. A walk over all values of a label may be long, so it looks at the context.
class ValueScan {
 public:
  ValueScan(const Context& ctx, const PostingsOffsetTable& table) : ctx_(ctx), table_(table) {}

  // Adds the keys whose value starts with `prefix` and is accepted.
  template <typename Accept>
  absl::Status Run(std::string_view name, std::string_view prefix, std::vector<PostingsKey>& keys, Accept accept) {
    absl::Status status;
    table_.ForEachValue(name, prefix, [&](const PostingsOffsetTable::Entry& entry) {
      if (!entry.value.starts_with(prefix)) return false;
      if (++scanned_ % kCheckContextEvery == 0 && !(status = ctx_.Check()).ok()) return false;
      if (accept(entry.value)) keys.push_back({name, entry.value, entry.postings});
      return true;
    });
    return status;
  }

 private:
  const Context& ctx_;
  const PostingsOffsetTable& table_;
  size_t scanned_ = 0;
};

void AddValue(const PostingsOffsetTable& table, const Matcher& matcher, const std::string& value,
              std::vector<PostingsKey>& keys) {
  if (value.empty()) return;
  if (const auto range = table.Find(matcher.name(), value)) keys.push_back({matcher.name(), value, *range});
}

// A matcher that an absent label does not satisfy asks for the series with a matching value.
absl::Status AddMatching(ValueScan& scan, const PostingsOffsetTable& table, const Matcher& matcher,
                         std::vector<PostingsKey>& keys) {
  const std::vector<std::string>& set = matcher.SetMatches();
  if (!matcher.is_negative() && !set.empty()) {
    for (const std::string& value : set) AddValue(table, matcher, value, keys);
    return absl::OkStatus();
  }
  const std::string_view prefix = matcher.type() == Matcher::Type::kRegex ? matcher.prefix() : std::string_view();
  return scan.Run(matcher.name(), prefix, keys, [&](std::string_view value) { return matcher.Matches(value); });
}

// A matcher that an absent label satisfies takes away the series with another value.
absl::Status AddContradicting(ValueScan& scan, const PostingsOffsetTable& table, const Matcher& matcher,
                              std::vector<PostingsKey>& keys) {
  if (matcher.type() == Matcher::Type::kRegex && matcher.value() == ".*") return absl::OkStatus();
  if (matcher.type() == Matcher::Type::kNotEqual) {
    AddValue(table, matcher, matcher.value(), keys);
    return absl::OkStatus();
  }
  if (matcher.type() == Matcher::Type::kNotRegex && !matcher.SetMatches().empty()) {
    for (const std::string& value : matcher.SetMatches()) AddValue(table, matcher, value, keys);
    return absl::OkStatus();
  }
  return scan.Run(matcher.name(), "", keys, [&](std::string_view value) { return !matcher.Matches(value); });
}

// Reads lists and keeps unions alive while views of them are in use.
class ListReader {
 public:
  explicit ListReader(const ReadPostings& read) : read_(read) {}

  absl::StatusOr<PostingsView> Union(const std::vector<PostingsKey>& keys) {
    std::vector<PostingsView> lists;
    for (const PostingsKey& key : keys) {
      VARVE_ASSIGN_OR_RETURN(lists.emplace_back(), read_(key));
    }
    if (lists.size() == 1) return lists.front();
    return PostingsView(unions_.emplace_back(Merge(lists)));
  }

 private:
  const ReadPostings& read_;
  std::list<Postings> unions_;
};

}  // namespace

absl::StatusOr<PostingsPlan> PlanPostings(const Context& ctx, const PostingsOffsetTable& table, const Matchers& matchers) {
  VARVE_RETURN_IF_ERROR(ctx.Check());
  PostingsPlan plan;
  ValueScan scan(ctx, table);
  for (const Matcher& matcher : matchers) {
    if (matcher.MatchesEmpty()) {
      VARVE_RETURN_IF_ERROR(AddContradicting(scan, table, matcher, plan.remove));
      continue;
    }
    VARVE_RETURN_IF_ERROR(AddMatching(scan, table, matcher, plan.groups.emplace_back()));
    if (plan.groups.back().empty()) return PostingsPlan{.nothing = true};
  }
  if (plan.groups.empty()) {
    const auto all = table.AllSeries();
    if (!all) return PostingsPlan{.nothing = true};
    plan.groups.push_back({{"", "", *all}});
  }
  return plan;
}

absl::StatusOr<Postings> SelectPostings(const PostingsPlan& plan, const ReadPostings& read) {
  if (plan.nothing) return Postings();
  ListReader lists(read);
  std::vector<PostingsView> groups;
  for (const std::vector<PostingsKey>& group : plan.groups) {
    VARVE_ASSIGN_OR_RETURN(groups.emplace_back(), lists.Union(group));
  }
  Postings refs = Intersect(std::move(groups));
  if (refs.empty() || plan.remove.empty()) return refs;
  VARVE_ASSIGN_OR_RETURN(const PostingsView removed, lists.Union(plan.remove));  // in one go: there may be thousands
  Subtract(refs, removed);
  return refs;
}

}  // namespace varve
