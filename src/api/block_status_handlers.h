// /api/v1/status/blocks: the blocks a store serves, and those it cannot, with the reason.
//
//   {"counts":{"loaded":2,"archived":1,"partial":0},
//    "blocks":[{"ulid":"01ARZ...","state":"archived","minTime":0,"maxTime":7200000,"resolution":0,"labels":{"cluster":"a"},
//               "reason":"object ... is archived in cold storage ...","since":"2026-11-22T15:00:00Z","checkedAgain":"..."}]}
//
// Shape    by ULID; minTime to labels are those of meta.json and absent where that cannot be read. ?state=archived leaves only those.
// Threads  share freely. The store outlives the handlers.
#pragma once

#include "net/http_router.h"
#include "store/bucket_store.h"

namespace varve {

class BlockStatusHandlers {
 public:
  explicit BlockStatusHandlers(const BucketStore& store) : store_(store) {}
  void AddTo(HttpRouter& router) const;

  HttpResponse Blocks(const HttpRequest& request) const;

 private:
  const BucketStore& store_;
};

}  // namespace varve
