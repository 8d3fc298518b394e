#include "store/endpoint_selection.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"

namespace varve {
namespace {

bool AddressMatches(const StoreEndpoint& endpoint, const std::vector<Matchers>& selectors) {
  if (selectors.empty()) return true;
  if (endpoint.local) return false;
  return std::any_of(selectors.begin(), selectors.end(), [&](const Matchers& selector) {
    return std::all_of(selector.begin(), selector.end(), [&](const Matcher& matcher) {
      return matcher.name() != "__address__" || matcher.Matches(endpoint.address);
    });
  });
}

// One regular expression a label name, that of the values it has in `label_sets`.
Matchers MatchersFor(const std::vector<Labels>& label_sets) {
  std::map<std::string, std::set<std::string>, std::less<>> values;
  std::map<std::string, size_t, std::less<>> counts;
  for (const Labels& labels : label_sets) {
    for (const LabelView& label : labels) {
      values[std::string(label.name)].emplace(label.value);
      ++counts[std::string(label.name)];
    }
  }
  Matchers matchers;
  for (const auto& [name, of_name] : values) {
    std::string any;
    for (const std::string& value : of_name) any.append(any.empty() ? "" : "|").append(re2::RE2::QuoteMeta(value));
    if (counts[name] < label_sets.size()) any.append("|");  // or absent
    auto matcher = Matcher::Make(Matcher::Type::kRegex, name, any);
    VARVE_CHECK(matcher.ok());  // of quoted text
    matchers.push_back(*std::move(matcher));
  }
  return matchers;
}

}  // namespace

std::string StoreEndpoint::ToString() const {
  const QueryRange range = store->Info()->range;
  return fmt::format("Addr: {} MinTime: {} MaxTime: {}", address, range.min, range.max_inclusive);
}

std::vector<Labels> KeptLabelSets(const std::vector<Labels>& label_sets, const RelabelRules& selector) {
  if (selector.empty()) return label_sets;
  std::vector<Labels> kept;
  std::copy_if(label_sets.begin(), label_sets.end(), std::back_inserter(kept),
               [&](const Labels& labels) { return Relabel(labels, selector).has_value(); });
  return kept;
}

std::vector<EndpointQuery> SelectEndpoints(const std::vector<StoreEndpoint>& endpoints, QueryRange range,
                                           const Matchers& matchers, const std::vector<Matchers>& address_selectors,
                                           const RelabelRules& selector) {
  std::vector<EndpointQuery> selected;
  for (const StoreEndpoint& endpoint : endpoints) {
    std::shared_ptr<const StoreInfo> info = endpoint.store->Info();
    VARVE_CHECK(info != nullptr);
    if (!Overlaps(info->range, range) || !AddressMatches(endpoint, address_selectors) ||
        !LabelSetsMayMatch(info->label_sets, matchers)) {
      continue;
    }
    Matchers extra;
    if (!selector.empty() && !info->label_sets.empty()) {
      const std::vector<Labels> kept = KeptLabelSets(info->label_sets, selector);
      if (kept.empty()) continue;
      extra = MatchersFor(kept);
    }
    selected.push_back({endpoint, std::move(info), std::move(extra)});
  }
  return selected;
}

}  // namespace varve
