#include "store/grpc_store_server.h"

#include <utility>

#include "base/status_macros.h"
#include "store/grpc_unary.h"
#include "store/series_call.h"

namespace varve {
namespace {

void Take(LabelsResult result, google::protobuf::RepeatedPtrField<std::string>& values,
          google::protobuf::RepeatedPtrField<std::string>& warnings) {
  for (std::string& value : result.values) *values.Add() = std::move(value);
  for (std::string& warning : result.warnings) *warnings.Add() = std::move(warning);
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* GrpcStoreService::Series(grpc::CallbackServerContext* call,
                                                                     const grpc::ByteBuffer* request) {
  return StartSeriesCall(*call, *request, store_, executor_);
}

grpc::ServerUnaryReactor* GrpcStoreService::LabelNames(grpc::CallbackServerContext* call,
                                                       const thanos::LabelNamesRequest* request,
                                                       thanos::LabelNamesResponse* response) {
  return UnaryCall::Start(*call, executor_,
                          [this, request, response, tenant = TenantOf(*call)](const Context& ctx) -> absl::Status {
                            VARVE_ASSIGN_OR_RETURN(StoreLabelsRequest ours, FromProto(*request));
                            ours.tenant = tenant;
                            VARVE_ASSIGN_OR_RETURN(LabelsResult result, store_.LabelNames(ctx, ours));
                            Take(std::move(result), *response->mutable_names(), *response->mutable_warnings());
                            return absl::OkStatus();
                          });
}

grpc::ServerUnaryReactor* GrpcStoreService::LabelValues(grpc::CallbackServerContext* call,
                                                        const thanos::LabelValuesRequest* request,
                                                        thanos::LabelValuesResponse* response) {
  return UnaryCall::Start(*call, executor_,
                          [this, request, response, tenant = TenantOf(*call)](const Context& ctx) -> absl::Status {
                            VARVE_ASSIGN_OR_RETURN(StoreLabelsRequest ours, FromProto(*request));
                            ours.tenant = tenant;
                            VARVE_ASSIGN_OR_RETURN(LabelsResult result, store_.LabelValues(ctx, request->label(), ours));
                            Take(std::move(result), *response->mutable_values(), *response->mutable_warnings());
                            return absl::OkStatus();
                          });
}

grpc::ServerUnaryReactor* GrpcInfoService::Info(grpc::CallbackServerContext* call, const thanos::info::InfoRequest*,
                                                thanos::info::InfoResponse* response) {
  grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
  const absl::StatusOr<EndpointInfo> info = info_();
  if (info.ok()) *response = ToProto(*info);
  reactor->Finish(ToGrpcStatus(info.status()));
  return reactor;
}

}  // namespace varve
