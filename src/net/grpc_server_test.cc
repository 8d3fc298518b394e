#include "net/grpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <proto/thanos/store.grpc.pb.h>

#include <future>

#include "base/errors.h"
#include "net/grpc_client.h"
#include "net/grpc_status.h"
#include "net/testing/certificates.h"

namespace varve {
namespace {

using testing::HasSubstr;

class FakeStore : public thanos::Store::Service {
 public:
  grpc::Status LabelNames(grpc::ServerContext*, const thanos::LabelNamesRequest* request,
                          thanos::LabelNamesResponse* response) override {
    if (request->limit() == 1) return ToGrpcStatus(ResourceExhausted("too many"));
    response->add_names(std::string(static_cast<size_t>(request->limit()), 'x'));
    return grpc::Status::OK;
  }
  grpc::Status Series(grpc::ServerContext* context, const thanos::SeriesRequest*,
                      grpc::ServerWriter<thanos::SeriesResponse>* writer) override {
    thanos::SeriesResponse response;
    response.set_warning("w");
    writer->Write(response);
    while (!context->IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return grpc::Status::OK;
  }
};

class GrpcServerTest : public testing::Test {
 protected:
  void Start(TlsServerConfig tls = {}) {
    auto server = GrpcServer::Start({.address = "127.0.0.1:0", .tls = std::move(tls)}, {&store_}, &server_metrics_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::shared_ptr<grpc::Channel> Connect(std::optional<TlsClientConfig> tls = std::nullopt) {
    auto channel =
        MakeGrpcChannel(fmt::format("127.0.0.1:{}", server_->port()), {.tls = std::move(tls), .metrics = &client_metrics_});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *channel;
  }

  absl::StatusOr<size_t> AskForNames(grpc::Channel* channel, int64_t limit) {
    const auto stub = thanos::Store::NewStub(std::shared_ptr<grpc::Channel>(channel, [](auto*) {}));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    thanos::LabelNamesRequest request;
    request.set_limit(limit);
    thanos::LabelNamesResponse response;
    const grpc::Status status = stub->LabelNames(&context, request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response.names(0).size();
  }

  // The serving status of the health service: 1 is SERVING, 2 is NOT_SERVING.
  int Health() {
    grpc::GenericStub stub(Connect());
    grpc::ClientContext context;
    grpc::ByteBuffer request, response;
    std::promise<grpc::Status> done;
    grpc::Slice empty;
    request = grpc::ByteBuffer(&empty, 1);
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request, &response,
                   [&done](grpc::Status status) { done.set_value(status); });
    if (!done.get_future().get().ok()) return -1;
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(response.Dump(&slices).ok());
    return slices.empty() || slices[0].size() != 2 ? -1 : slices[0].begin()[1];
  }

  FakeStore store_;
  MetricsRegistry registry_;
  GrpcMetrics server_metrics_{registry_, GrpcMetrics::Side::kServer};
  GrpcMetrics client_metrics_{registry_, GrpcMetrics::Side::kClient};
  std::unique_ptr<GrpcServer> server_;
};

TEST_F(GrpcServerTest, CarriesAnyMessageSizeAndErrors) {
  Start();
  const auto channel = Connect();
  EXPECT_EQ(AskForNames(channel.get(), 20 << 20).value(), 20u << 20);
  const absl::Status status = AskForNames(channel.get(), 1).status();
  EXPECT_EQ(status, ResourceExhausted("too many"));
}

TEST_F(GrpcServerTest, HealthFollowsServing) {
  Start();
  EXPECT_EQ(Health(), 2);
  server_->SetServing(true);
  EXPECT_EQ(Health(), 1);
  server_->SetServing(false);
  EXPECT_EQ(Health(), 2);
}

TEST_F(GrpcServerTest, CountsCallsOnBothSides) {
  Start();
  const auto channel = Connect();
  EXPECT_TRUE(AskForNames(channel.get(), 10).ok());
  EXPECT_FALSE(AskForNames(channel.get(), 1).ok());
  server_->Stop(std::chrono::seconds(30));
  const std::string text = MetricsAsText(registry_);
  for (const std::string_view side : {"server", "client"}) {
    const std::string labels = "grpc_method=\"LabelNames\",grpc_service=\"thanos.Store\",grpc_type=\"unary\"";
    EXPECT_THAT(text, HasSubstr(fmt::format("grpc_{}_started_total{{{}}} 2\n", side, labels)));
    EXPECT_THAT(text, HasSubstr(fmt::format("grpc_{}_handled_total{{grpc_code=\"OK\",{}}} 1\n", side, labels)));
    EXPECT_THAT(text, HasSubstr(fmt::format("grpc_{}_handled_total{{grpc_code=\"ResourceExhausted\",{}}} 1\n", side, labels)));
    EXPECT_THAT(text, HasSubstr(fmt::format("grpc_{}_handling_seconds_count{{{}}} 2\n", side, labels)));
  }
}

TEST(GrpcMetricsTest, TheTypeOfAGenericCallIsItsMethods) {
  constexpr int kGeneric = 3;
  EXPECT_EQ(GrpcMetrics::LabelsOf("/thanos.Store/Series", kGeneric).type, "server_stream");
  EXPECT_EQ(GrpcMetrics::LabelsOf("/thanos.Store/LabelNames", kGeneric).type, "unary");
  EXPECT_EQ(GrpcMetrics::LabelsOf("/nobody.Knows/This", kGeneric).type, "bidi_stream");
}

TEST_F(GrpcServerTest, StopCancelsStreamsAfterTheGracePeriod) {
  Start();
  const auto stub = thanos::Store::NewStub(Connect());
  grpc::ClientContext context;
  const auto reader = stub->Series(&context, thanos::SeriesRequest());
  thanos::SeriesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_->Stop(std::chrono::milliseconds(10));
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(GrpcServerTest, ABusyOrBadAddressIsAnError) {
  Start();
  const std::string address = fmt::format("127.0.0.1:{}", server_->port());
  EXPECT_EQ(GrpcServer::Start({.address = address}, {}, nullptr).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(GrpcServer::Start({.address = "nonsense"}, {}, nullptr).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(GrpcServerTest, Tls) {
  const TestCertificates files;
  Start({.cert_file = files.cert_file(), .key_file = files.key_file()});
  EXPECT_TRUE(AskForNames(Connect(TlsClientConfig{.ca_file = files.ca_file()}).get(), 10).ok());
  EXPECT_TRUE(AskForNames(Connect(TlsClientConfig{.ca_file = files.ca_file(), .server_name = "varve.test"}).get(), 10).ok());
  EXPECT_TRUE(AskForNames(Connect(TlsClientConfig{.insecure_skip_verify = true}).get(), 10).ok());
  EXPECT_FALSE(AskForNames(Connect(TlsClientConfig{.ca_file = files.ca_file(), .server_name = "other.test"}).get(), 10).ok());
  EXPECT_FALSE(AskForNames(Connect(TlsClientConfig{}).get(), 10).ok());  // not one of the system's authorities
  EXPECT_FALSE(AskForNames(Connect().get(), 10).ok());
}

TEST_F(GrpcServerTest, TlsWithClientCertificates) {
  const TestCertificates files, strangers;
  Start({.cert_file = files.cert_file(), .key_file = files.key_file(), .client_ca_file = files.ca_file()});
  const auto ask = [&](const TestCertificates& client) {
    return AskForNames(
        Connect(TlsClientConfig{.ca_file = files.ca_file(), .cert_file = client.cert_file(), .key_file = client.key_file()})
            .get(),
        10);
  };
  EXPECT_TRUE(ask(files).ok()) << ask(files).status();
  EXPECT_FALSE(ask(strangers).ok());
  EXPECT_FALSE(AskForNames(Connect(TlsClientConfig{.ca_file = files.ca_file()}).get(), 10).ok());
}

TEST_F(GrpcServerTest, BadTlsFilesAreNamed) {
  const TestCertificates files;
  const auto start = [](TlsServerConfig tls) {
    return std::string(Message(GrpcServer::Start({.address = "127.0.0.1:0", .tls = std::move(tls)}, {}, nullptr).status()));
  };
  EXPECT_THAT(start({.cert_file = "/absent.pem", .key_file = files.key_file()}), HasSubstr("/absent.pem"));
  EXPECT_THAT(start({.cert_file = files.cert_file(), .key_file = files.other_key_file()}), HasSubstr("does not belong to"));
  EXPECT_THAT(start({.cert_file = files.cert_file()}), HasSubstr("both a certificate and a key"));
  EXPECT_THAT(start({.cert_file = files.cert_file(), .key_file = files.key_file(), .min_version = "2"}), HasSubstr("unknown"));
}

}  // namespace
}  // namespace varve
