#include "store/grpc_store_client.h"

#include <proto/thanos/store.grpc.pb.h>

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "runtime/memory_budget.h"
#include "storage/join_chunks.h"
#include "store/grpc_call.h"
#include "store/proto_convert.h"
#include "store/series_frames.h"
#include "store/series_hints.h"
#include "store/series_stream.h"

namespace varve {
namespace {

// The bytes of one frame, for as long as a series needs them.
struct HeldFrame {
  grpc::Slice slice;
  MemoryReservation reservation;

  Bytes bytes() const { return {reinterpret_cast<const std::byte*>(slice.begin()), slice.size()}; }
};

absl::StatusOr<std::shared_ptr<const HeldFrame>> Hold(const Context& ctx, const grpc::ByteBuffer& buffer) {
  MemoryReservation reservation(ctx.memory());
  if (absl::Status status = reservation.Grow(static_cast<int64_t>(buffer.Length())); !status.ok()) {
    return AsOwnLimit(std::move(status));
  }
  grpc::Slice slice;
  if (!buffer.TrySingleSlice(&slice).ok()) {
    if (const grpc::Status status = buffer.DumpToSingleSlice(&slice); !status.ok()) return RpcError(status);
  }
  return std::make_shared<const HeldFrame>(HeldFrame{std::move(slice), std::move(reservation)});
}

class StreamedSeries : public ChunkSeriesSet {
 public:
  // `observer` may be null.
  StreamedSeries(const Context& ctx, std::unique_ptr<SeriesStream> stream, std::chrono::milliseconds idle_timeout,
                 SeriesObserver* observer)
      : ctx_(ctx), stream_(std::move(stream)), idle_timeout_(idle_timeout), observer_(observer) {}

  // A series may go on in the next frame, so it is complete only when another one begins.
  bool Next() override {
    if (!status_.ok() || !FillFrame()) return false;
    current_ = std::move(frame_.series[next_++]);
    bool joined = false;
    while (FillFrame() && frame_.series[next_].labels == current_.labels) {
      AppendChunks(current_, std::move(frame_.series[next_++]));
      joined = true;
    }
    if (joined) OrderChunks(current_.chunks);
    return status_.ok();
  }
  ChunkSeries& At() override { return current_; }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  // Makes frame_.series[next_] valid; false at the end or after a failure.
  bool FillFrame() {
    while (next_ == frame_.series.size()) {
      if (ended_ || !status_.ok()) return false;
      status_ = ReadFrame();
      if (!status_.ok()) stream_->Cancel();
    }
    return status_.ok();
  }

  absl::Status ReadFrame() {
    next_ = 0;
    frame_.series.clear();
    VARVE_ASSIGN_OR_RETURN(const std::optional<grpc::ByteBuffer> buffer, stream_->Next(ctx_, idle_timeout_));
    ended_ = !buffer.has_value();
    if (ended_) return absl::OkStatus();
    VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const HeldFrame> held, Hold(ctx_, *buffer));
    VARVE_ASSIGN_OR_RETURN(frame_, DecodeSeriesFrame(held->bytes(), held));
    if (!frame_.warning.empty()) warnings_.push_back(std::move(frame_.warning));
    if (!frame_.hints.empty()) Account(frame_.hints);
    return absl::OkStatus();
  }

  // What the store spent is the caller's bill.
  void Account(Bytes hints) {
    const std::optional<SeriesStats> stats = HintsFromWire(hints);
    if (!stats.has_value()) return;
    if (ctx_.usage() != nullptr) ctx_.usage()->AddAll(stats->bucket);
    if (observer_ != nullptr) observer_->OnStats(*stats);
  }

  const Context ctx_;
  const std::unique_ptr<SeriesStream> stream_;
  const std::chrono::milliseconds idle_timeout_;
  SeriesObserver* const observer_;
  SeriesFrame frame_;
  size_t next_ = 0;  // in frame_.series
  bool ended_ = false;
  ChunkSeries current_;
  absl::Status status_;
  std::vector<std::string> warnings_;
};

class GrpcStoreClient : public StoreApi {
 public:
  GrpcStoreClient(std::shared_ptr<grpc::Channel> channel, std::function<std::shared_ptr<const StoreInfo>()> info,
                  GrpcStoreOptions options)
      : channel_(std::move(channel)), stub_(thanos::Store::NewStub(channel_)), info_(std::move(info)), options_(options) {}

  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> Series(const Context& ctx, const SeriesRequest& request) override {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    auto stream = SeriesStream::Open(ctx, channel_, ToProto(request).SerializeAsString(), request.tenant);
    return std::make_unique<StreamedSeries>(ctx, std::move(stream), options_.idle_timeout, request.observer);
  }

  absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const StoreLabelsRequest& request) override {
    const thanos::LabelNamesRequest proto = NamesToProto(request);
    thanos::LabelNamesResponse response;
    grpc::ClientContext call;
    PrepareCall(ctx, options_.labels_timeout, request.tenant, call);
    VARVE_RETURN_IF_ERROR(
        BlockOn(ctx, call, [&](auto done) { stub_->async()->LabelNames(&call, &proto, &response, std::move(done)); }));
    return Result(response.names(), response.warnings());
  }

  absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label,
                                           const StoreLabelsRequest& request) override {
    const thanos::LabelValuesRequest proto = ValuesToProto(label, request);
    thanos::LabelValuesResponse response;
    grpc::ClientContext call;
    PrepareCall(ctx, options_.labels_timeout, request.tenant, call);
    VARVE_RETURN_IF_ERROR(
        BlockOn(ctx, call, [&](auto done) { stub_->async()->LabelValues(&call, &proto, &response, std::move(done)); }));
    return Result(response.values(), response.warnings());
  }

  std::shared_ptr<const StoreInfo> Info() const override { return info_(); }

 private:
  using Strings = google::protobuf::RepeatedPtrField<std::string>;
  static LabelsResult Result(const Strings& values, const Strings& warnings) {
    return {{values.begin(), values.end()}, {warnings.begin(), warnings.end()}};
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<thanos::Store::Stub> stub_;
  const std::function<std::shared_ptr<const StoreInfo>()> info_;
  const GrpcStoreOptions options_;
};

}  // namespace

std::unique_ptr<StoreApi> NewGrpcStoreClient(std::shared_ptr<grpc::Channel> channel,
                                             std::function<std::shared_ptr<const StoreInfo>()> info, GrpcStoreOptions options) {
  return std::make_unique<GrpcStoreClient>(std::move(channel), std::move(info), options);
}

}  // namespace varve
