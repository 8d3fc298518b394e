// absl::Status and grpc::Status have the same codes; only the types differ.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/support/status.h>

#include <string_view>

namespace varve {

grpc::Status ToGrpcStatus(const absl::Status& status);
absl::Status FromGrpcStatus(const grpc::Status& status);
// As Go prints them, which is how metrics and dashboards have them: OK, Canceled, DeadlineExceeded, ...
std::string_view GrpcCodeName(grpc::StatusCode code);

}  // namespace varve
