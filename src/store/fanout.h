// One store out of many: asks every endpoint that can contribute, and merges the answers as they stream in.
//
// Shape    equal series of several endpoints come out once, with their chunks joined and exact copies dropped. An endpoint that
//          cannot leave replica labels out, or cut a shard, is helped here. What endpoints send in the wrong order is an error of
//          theirs; from then on their answers are sorted here.
// Errors   with kWarn a failing endpoint is a warning that names it, and the rest is the answer; with kAbort the call or the set
//          fails with Aborted. No endpoint that matches is an empty answer; InvalidArgument without any matcher.
// Threads  as StoreApi says. Endpoints are opened in parallel on the executor; an opened set is read by its caller alone.
// Source   thanos pkg/store/{proxy,proxy_merge}.go.
#pragma once

#include <memory>
#include <string>

#include "model/relabel.h"
#include "runtime/executor.h"
#include "runtime/metrics.h"
#include "store/endpoint_selection.h"
#include "store/store_api.h"

namespace varve {

struct FanOutOptions {
  std::string component = "query";
  Labels selector_labels;      // announced for this store; matchers on them are answered here
  RelabelRules tsdb_selector;  // which external label sets may be asked at all
};

// The executor and the registry outlive the store.
std::unique_ptr<StoreApi> NewFanOut(StoreEndpoints endpoints, Executor& executor, MetricsRegistry& registry,
                                    FanOutOptions options);

}  // namespace varve
