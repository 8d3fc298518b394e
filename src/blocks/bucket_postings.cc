#include "blocks/bucket_postings.h"

#include <algorithm>
#include <optional>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/index_cache.h"
#include "blocks/postings_lists.h"
#include "tsdb/chunk_files.h"
#include "tsdb/select_postings.h"

namespace varve {
namespace {

constexpr uint64_t kSmallListBytes = 16 << 10;  // costs less to read than to think about
constexpr double kExpectedShareLeft = 0.5;      // of the series, by each further matcher: as Thanos estimates

uint64_t SeriesIn(const PostingsRange& range) {
  constexpr uint64_t kListFrameBytes = 12;  // length, count, checksum
  const uint64_t bytes = range.end - range.begin;
  return bytes > kListFrameBytes ? (bytes - kListFrameBytes) / sizeof(SeriesRef) : 0;
}

// What one matcher asks for: the series in the union of some lists, or those that are in none of them.
struct Term {
  Matchers matcher;  // one, or none for all series of the block; the keys look at it
  bool removes = false;
  std::vector<PostingsKey> keys;
  std::optional<Postings> known;  // the union, from the cache
  bool left = false;              // for the series' labels to decide

  // How many series the union has at most.
  uint64_t SeriesMax() const {
    if (known.has_value()) return known->size();
    uint64_t series = 0;
    for (const PostingsKey& key : keys) series += SeriesIn(key.range);
    return series;
  }
  uint64_t BytesToRead() const {
    uint64_t bytes = 0;
    for (const PostingsKey& key : keys) bytes += key.range.end - key.range.begin;
    return bytes;
  }
  // Whether finding the values takes a look at each value of the label.
  bool scans() const {
    if (matcher.empty() || matcher[0].type() == Matcher::Type::kEqual || matcher[0].type() == Matcher::Type::kNotEqual)
      return false;
    return matcher[0].SetMatches().empty();
  }
};

// Postings from a cache may be anything that increases.
bool IsPlausible(const Postings& refs, const IndexToc& toc) {
  const uint64_t end = toc.label_indices != 0 ? toc.label_indices : toc.postings;
  return refs.empty() ||
         (uint64_t{refs.front()} * kSeriesAlignBytes >= toc.series && uint64_t{refs.back()} * kSeriesAlignBytes < end);
}

class Selection {
 public:
  Selection(const Context& ctx, const FetchSource& source, Ulid id, const IndexHeader& header, const Matchers& matchers,
            FetchStats* stats)
      : ctx_(ctx), source_(source), id_(id), header_(header), matchers_(matchers), stats_(stats), lists_(source, id, header) {}

  absl::StatusOr<SelectedPostings> Run(const LazyPostings& lazy) {
    if (std::optional<Postings> known = Cached(matchers_)) return SelectedPostings{.refs = *std::move(known)};
    VARVE_RETURN_IF_ERROR(Plan());
    if (nothing_) return SelectedPostings();
    if (lazy.enabled && source_.cost.is_remote) LeaveOutLongLists(lazy);
    VARVE_RETURN_IF_ERROR(Fetch());
    SelectedPostings selected;
    VARVE_ASSIGN_OR_RETURN(selected.refs, Combine());
    for (const Term& term : terms_) {
      if (term.left) selected.left.push_back(term.matcher[0]);
    }
    if (selected.left.empty() && source_.index_cache != nullptr) source_.index_cache->PutExpanded(id_, matchers_, selected.refs);
    return selected;
  }

 private:
  std::optional<Postings> Cached(const Matchers& matchers) {
    if (source_.index_cache == nullptr) return std::nullopt;
    std::optional<Postings> known = source_.index_cache->GetExpanded(ctx_, id_, matchers);
    if (known.has_value() && !IsPlausible(*known, header_.index_toc())) return std::nullopt;
    return known;
  }

  absl::Status Plan() {
    bool all_remove = true;
    for (const Matcher& matcher : matchers_) {
      Term term = {.matcher = {matcher}, .removes = matcher.MatchesEmpty()};
      all_remove = all_remove && term.removes;
      if (term.scans() && matchers_.size() > 1) term.known = CachedUnion(term);
      if (!term.known.has_value()) {
        VARVE_ASSIGN_OR_RETURN(PostingsPlan plan, PlanPostings(ctx_, header_.postings(), term.matcher));
        if (!plan.nothing) term.keys = term.removes ? std::move(plan.remove) : std::move(plan.groups.front());
      }
      const bool is_empty = term.known.has_value() ? term.known->empty() : term.keys.empty();
      if (is_empty && !term.removes) {
        nothing_ = true;
        return absl::OkStatus();
      }
      if (!is_empty) terms_.push_back(std::move(term));
    }
    if (!all_remove) return absl::OkStatus();
    const std::optional<PostingsRange> all = header_.postings().AllSeries();
    nothing_ = !all.has_value();
    if (all.has_value()) terms_.push_back({.keys = {{"", "", *all}}});
    return absl::OkStatus();
  }

  // The union of one matcher's lists is kept under the matcher; what a removing one takes away, under its opposite.
  static Matchers UnionKey(const Term& term) {
    if (!term.removes) return term.matcher;
    const Matcher& matcher = term.matcher[0];
    const bool negative = matcher.type() == Matcher::Type::kNotRegex;
    const absl::StatusOr<Matcher> opposite =
        Matcher::Make(negative ? Matcher::Type::kRegex : Matcher::Type::kNotRegex, matcher.name(), matcher.value());
    return opposite.ok() ? Matchers{*opposite} : Matchers{};
  }
  std::optional<Postings> CachedUnion(const Term& term) {
    const Matchers key = UnionKey(term);
    return key.empty() ? std::nullopt : Cached(key);
  }

  // Goes from the shortest list up, and stops reading where the lists outweigh the entries they would spare.
  void LeaveOutLongLists(const LazyPostings& lazy) {
    std::vector<Term*> by_size;
    for (Term& term : terms_) by_size.push_back(&term);
    std::stable_sort(by_size.begin(), by_size.end(), [](const Term* a, const Term* b) {
      return a->removes != b->removes ? b->removes : a->SeriesMax() < b->SeriesMax();
    });
    double expected = static_cast<double>(by_size.front()->SeriesMax());
    for (size_t i = 1; i < by_size.size(); ++i) {
      Term& term = *by_size[i];
      const double spared_bytes = expected * (1 - kExpectedShareLeft) * SeriesEntryBytes(header_);
      const bool too_many_keys = lazy.keys_per_series_max > 0 &&
                                 static_cast<double>(term.keys.size()) > lazy.keys_per_series_max * std::max(expected, 1.0);
      const bool is_small = term.BytesToRead() <= kSmallListBytes && !too_many_keys;
      if (term.known.has_value() || is_small || (!too_many_keys && static_cast<double>(term.BytesToRead()) <= spared_bytes)) {
        expected *= kExpectedShareLeft;
      } else {
        term.left = true;
      }
    }
  }

  absl::Status Fetch() {
    for (const Term& term : terms_) {
      if (term.left || term.known.has_value()) continue;
      for (const PostingsKey& key : term.keys) lists_.Want(key.range);
    }
    return lists_.Fetch(ctx_, stats_);
  }

  absl::StatusOr<Postings> Combine() {
    std::vector<PostingsView> groups;
    for (Term& term : terms_) {
      if (term.left) continue;
      if (!term.known.has_value() && term.keys.size() == 1 && !term.scans()) {
        VARVE_ASSIGN_OR_RETURN(const PostingsView list, lists_.Read(term.keys.front()));
        if (!term.removes) groups.push_back(list);
        continue;
      }
      if (!term.known.has_value()) {
        VARVE_ASSIGN_OR_RETURN(term.known, lists_.Union(term.keys));
        KeepUnion(term);
      }
      if (!term.removes) groups.push_back(*term.known);
    }
    Postings refs = Intersect(std::move(groups));
    for (const Term& term : terms_) {
      if (!term.removes || term.left || refs.empty()) continue;
      if (term.known.has_value()) {
        Subtract(refs, *term.known);
      } else {
        VARVE_ASSIGN_OR_RETURN(const PostingsView list, lists_.Read(term.keys.front()));
        Subtract(refs, list);
      }
    }
    return refs;
  }

  void KeepUnion(const Term& term) {
    if (source_.index_cache == nullptr || !term.scans()) return;
    if (const Matchers key = UnionKey(term); !key.empty()) source_.index_cache->PutExpanded(id_, key, *term.known);
  }

  const Context& ctx_;
  const FetchSource& source_;
  const Ulid id_;
  const IndexHeader& header_;
  const Matchers& matchers_;
  FetchStats* const stats_;
  PostingsLists lists_;
  std::vector<Term> terms_;
  bool nothing_ = false;
};

}  // namespace

double SeriesEntryBytes(const IndexHeader& header) {
  const IndexToc& toc = header.index_toc();
  const uint64_t end = toc.label_indices != 0 ? toc.label_indices : toc.postings;
  const std::optional<PostingsRange> all = header.postings().AllSeries();
  const uint64_t series = all.has_value() ? SeriesIn(*all) : 0;
  return series == 0 || end < toc.series ? 0 : static_cast<double>(end - toc.series) / static_cast<double>(series);
}

absl::StatusOr<SelectedPostings> FetchPostings(const Context& ctx, const FetchSource& source, Ulid id, const IndexHeader& header,
                                               const Matchers& matchers, const LazyPostings& lazy, FetchStats* stats) {
  return Selection(ctx, source, id, header, matchers, stats).Run(lazy);
}

absl::StatusOr<std::vector<std::string>> FetchLabelValues(const Context& ctx, const FetchSource& source, Ulid id,
                                                          const IndexHeader& header, std::string_view name, const Postings& refs,
                                                          FetchStats* stats) {
  PostingsLists lists(source, id, header);
  std::vector<PostingsKey> keys;
  header.postings().ForEachValue(name, "", [&](const PostingsOffsetTable::Entry& entry) {
    keys.push_back({name, entry.value, entry.postings});
    lists.Want(entry.postings);
    return true;
  });
  VARVE_RETURN_IF_ERROR(lists.Fetch(ctx, stats));
  std::vector<std::string> values;
  for (const PostingsKey& key : keys) {
    VARVE_ASSIGN_OR_RETURN(const PostingsView list, lists.Read(key));
    if (Intersects(list, refs)) values.emplace_back(key.value);
  }
  return values;
}

}  // namespace varve
