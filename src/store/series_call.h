// The sending end of a Series call: frames come from a store on an executor, and go to gRPC one at a time.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "runtime/executor.h"
#include "store/store_api.h"

namespace varve {

// Owned by gRPC until the call is done. `request` is a serialized thanos.SeriesRequest.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartSeriesCall(const grpc::CallbackServerContext& call,
                                                            const grpc::ByteBuffer& request, StoreApi& store, Executor& executor);

}  // namespace varve
