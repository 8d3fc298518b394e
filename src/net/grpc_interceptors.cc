#include "net/grpc_interceptors.h"

#include <chrono>

#include "net/grpc_status.h"

namespace varve {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;

// Lives as long as one call. A call that ends without a status was given up by the client.
class CallObserver : public grpc::experimental::Interceptor {
 public:
  CallObserver(GrpcMetrics& metrics, GrpcCallLabels call)
      : metrics_(metrics), call_(std::move(call)), received_(metrics.Received(call_)), sent_(metrics.Sent(call_)) {
    metrics_.Started(call_);
  }

  ~CallObserver() override {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    metrics_.Handled(call_, GrpcCodeName(code_), elapsed.count());
  }

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) sent_.Increment();
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) && batch->GetRecvMessage() != nullptr) {
      received_.Increment();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) code_ = batch->GetSendStatus().error_code();
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS)) code_ = batch->GetRecvStatus()->error_code();
    batch->Proceed();
  }

 private:
  GrpcMetrics& metrics_;
  const GrpcCallLabels call_;
  Counter& received_;
  Counter& sent_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  grpc::StatusCode code_ = grpc::StatusCode::CANCELLED;
};

class ServerFactory : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ServerFactory(GrpcMetrics& metrics) : metrics_(metrics) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* info) override {
    return new CallObserver(metrics_, GrpcMetrics::LabelsOf(info->method(), static_cast<int>(info->type())));
  }

 private:
  GrpcMetrics& metrics_;
};

class ClientFactory : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit ClientFactory(GrpcMetrics& metrics) : metrics_(metrics) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo* info) override {
    return new CallObserver(metrics_, GrpcMetrics::LabelsOf(info->method(), static_cast<int>(info->type())));
  }

 private:
  GrpcMetrics& metrics_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeServerInterceptors(GrpcMetrics& metrics) {
  return std::make_unique<ServerFactory>(metrics);
}

std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> MakeClientInterceptors(GrpcMetrics& metrics) {
  return std::make_unique<ClientFactory>(metrics);
}

}  // namespace varve
