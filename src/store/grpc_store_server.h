// thanos.Store and thanos.info.Info over any store: what makes a process an endpoint.
//
//   GrpcStoreService store(bucket_store, io_executor, metrics);
//   GrpcInfoService info([&] { return StoreOnlyInfo(bucket_store); });
//   GrpcServer::Start(options, {&store, &info}, &grpc_metrics);
//
// Shape    a Series call builds its next frame on the executor while gRPC sends the one before, and then waits until that was
// taken: a
//          slow client costs two frames and no thread. Frames hold response_batch_size series or about 1 MiB. Chunks whose
//          encoding the StoreAPI cannot name are transcoded (transcode.h).
// Errors   the store's codes, as gRPC has the same. With ABORT a warning ends the call with Aborted.
// Threads  handlers return at once; the work runs on the executor. A call's context ends with the client's deadline or
// cancellation.
//          Store and executor outlive the service, the service its server.
// Source   thanos pkg/store/{prometheus,tsdb,batchable}.go, pkg/info/info.go.
#pragma once

#include <proto/thanos/info.grpc.pb.h>
#include <proto/thanos/store.grpc.pb.h>

#include <functional>

#include "runtime/executor.h"
#include "store/proto_convert.h"
#include "store/store_api.h"

namespace varve {

class GrpcStoreService final
    : public thanos::Store::WithRawCallbackMethod_Series<
          thanos::Store::WithCallbackMethod_LabelNames<thanos::Store::WithCallbackMethod_LabelValues<thanos::Store::Service>>> {
 public:
  GrpcStoreService(StoreApi& store, Executor& executor) : store_(store), executor_(executor) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Series(grpc::CallbackServerContext* call, const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* LabelNames(grpc::CallbackServerContext* call, const thanos::LabelNamesRequest* request,
                                       thanos::LabelNamesResponse* response) override;
  grpc::ServerUnaryReactor* LabelValues(grpc::CallbackServerContext* call, const thanos::LabelValuesRequest* request,
                                        thanos::LabelValuesResponse* response) override;

 private:
  StoreApi& store_;
  Executor& executor_;
};

class GrpcInfoService final : public thanos::info::Info::CallbackService {
 public:
  // `info` fails while the process is not ready; it must not block.
  explicit GrpcInfoService(std::function<absl::StatusOr<EndpointInfo>()> info) : info_(std::move(info)) {}

  grpc::ServerUnaryReactor* Info(grpc::CallbackServerContext* call, const thanos::info::InfoRequest* request,
                                 thanos::info::InfoResponse* response) override;

 private:
  const std::function<absl::StatusOr<EndpointInfo>()> info_;
};

}  // namespace varve
