// Which of the known endpoints can contribute to an answer, and what to ask them.
//
// Shape    an endpoint is skipped when its times do not overlap, when none of its external label sets can satisfy the matchers,
//          when its address satisfies none of the address selectors, or when the operator's relabelling keeps none of its sets.
// Threads  free functions over snapshots.
// Source   thanos pkg/store/{proxy,tsdb_selector}.go.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/relabel.h"
#include "store/store_api.h"

namespace varve {

struct StoreEndpoint {
  std::string address;  // host:port, or a name for a store in this process
  std::shared_ptr<StoreApi> store;
  bool local = false;  // in this process: address selectors never pick it

  // Addr: 10.0.0.7:10901 MinTime: 0 MaxTime: 9223372036854775807, as Thanos writes it in warnings.
  std::string ToString() const;
};

using StoreEndpoints = std::function<std::vector<StoreEndpoint>()>;  // the set at this moment; from any thread

struct EndpointQuery {
  StoreEndpoint endpoint;
  std::shared_ptr<const StoreInfo> info;
  Matchers extra_matchers;  // keep the endpoint to the external labels the operator's relabelling allows
};

std::vector<EndpointQuery> SelectEndpoints(const std::vector<StoreEndpoint>& endpoints, QueryRange range,
                                           const Matchers& matchers, const std::vector<Matchers>& address_selectors,
                                           const RelabelRules& selector);

// The label sets that the operator's relabelling keeps; all of them without rules.
std::vector<Labels> KeptLabelSets(const std::vector<Labels>& label_sets, const RelabelRules& selector);

}  // namespace varve
