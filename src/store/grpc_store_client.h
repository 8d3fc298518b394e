// A store on the other end of a gRPC channel.
//
// Shape    Series starts the call and returns at once; frames gather in a bounded queue (series_stream.h). Frames of one series
// are
//          joined. The bytes of frames count against the context's memory budget for as long as a series that came in them lives.
// Errors   Unavailable and the like as gRPC has them, in the words of Go's clients; DeadlineExceeded when a frame takes longer
// than the
//          idle timeout, DataLoss for frames that do not parse. Errors of our own budget pass IsOwnLimit().
// Threads  as StoreApi says.
// Source   thanos pkg/store/proxy_merge.go (timeouts), pkg/query/endpointset.go.
#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <functional>
#include <memory>

#include "store/store_api.h"

namespace varve {

struct GrpcStoreOptions {
  std::chrono::milliseconds idle_timeout{0};    // for each frame of a stream; 0: as long as the context allows
  std::chrono::milliseconds labels_timeout{0};  // for a label call as a whole; 0: likewise
};

// `info` answers what is known of the store now; it is kept.
std::unique_ptr<StoreApi> NewGrpcStoreClient(std::shared_ptr<grpc::Channel> channel,
                                             std::function<std::shared_ptr<const StoreInfo>()> info, GrpcStoreOptions options);

}  // namespace varve
