// thanos.Query: PromQL over gRPC, by which a distributed engine hands parts of its queries down to the queriers below.
//
// Shape    a message a series, or a batch of them, warnings before and statistics behind. The text of the query counts; plans are
//          an encoding of the same text by Thanos' engine and are passed over.
// Units    all times of the requests are seconds.
// Errors   InvalidArgument for a query that is wrong. One that fails is Aborted; an instant query that may be partial answers a
//          warning instead, as Thanos has it.
// Threads  handlers return at once; queries run on the executor. What the references name outlives the service.
// Source   thanos pkg/api/query/grpc.go.
#pragma once

#include <proto/thanos/query.grpc.pb.h>

#include "api/query_runner.h"
#include "runtime/clock.h"
#include "runtime/executor.h"

namespace varve {

class GrpcQueryService final : public thanos::Query::CallbackService {
 public:
  GrpcQueryService(const QueryRunner& runner, const QueryApiConfig& config, Executor& executor, Clock& clock)
      : runner_(runner), config_(config), executor_(executor), clock_(clock) {}

  grpc::ServerWriteReactor<thanos::QueryResponse>* Query(grpc::CallbackServerContext* call,
                                                         const thanos::QueryRequest* request) override;
  grpc::ServerWriteReactor<thanos::QueryRangeResponse>* QueryRange(grpc::CallbackServerContext* call,
                                                                   const thanos::QueryRangeRequest* request) override;

 private:
  const QueryRunner& runner_;
  const QueryApiConfig& config_;
  Executor& executor_;
  Clock& clock_;
};

}  // namespace varve
