// The S3 bucket against a real server, Ceph's gateway or Swift: the contract of buckets, and what only a server can show.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"
#include "objstore/config.h"
#include "objstore/s3/s3_bucket.h"
#include "objstore/s3/s3_client.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/server_process.h"

namespace varve {
namespace {

using testing::HasSubstr;

std::unique_ptr<S3TestServer> server;  // of this binary; null where it is not installed

class ServerEnvironment : public testing::Environment {
 public:
  void SetUp() override { server = S3TestServer::Start("rgw crypt require ssl = false"); }
  void TearDown() override { server.reset(); }
};
[[maybe_unused]] const auto* const environment = testing::AddGlobalTestEnvironment(new ServerEnvironment);

const Logger& Quiet() {
  static const Logger logger(LogLevel::kError, LogFormat::kLogfmt, [](auto) {});
  return logger;
}

S3Config ConfigFor(std::string bucket) {
  S3Config config;
  config.bucket = std::move(bucket);
  config.endpoint = server->endpoint();
  config.insecure = true;
  config.access_key = server->access_key();
  config.secret_key = server->secret_key();
  return config;
}

std::string MakeServerBucket() {
  static int count = 0;
  const std::string name = fmt::format("bucket-{}", ++count);
  S3Client client(ConfigFor(name), HttpTransport::Make({}).value(), Quiet(), SystemClock());
  EXPECT_TRUE(client.Init().ok());
  const auto made = client.Do(Context(), {.what = "make", .permission = "s3:CreateBucket", .method = "PUT"});
  EXPECT_TRUE(made.ok()) << made.status();
  return name;
}

std::unique_ptr<Bucket> Open(S3Config config) { return NewS3Bucket(std::move(config), Quiet()).value(); }

template <typename Change>
std::unique_ptr<Bucket> OpenFresh(Change change) {
  if (server == nullptr) return nullptr;
  S3Config config = ConfigFor(MakeServerBucket());
  change(config);
  return Open(std::move(config));
}

INSTANTIATE_TEST_SUITE_P(S3, BucketContract,
                         testing::Values([] { return OpenFresh([](S3Config&) {}); },
                                         [] { return OpenFresh([](S3Config& config) { config.list_v1 = true; }); },
                                         [] {
                                           if (server == nullptr || !server->is_ceph()) return std::unique_ptr<Bucket>();
                                           return OpenFresh([](S3Config& config) {
                                             config.lookup = S3Lookup::kVirtualHosted;
                                             config.endpoint = fmt::format("s3.localhost:{}", server->port());
                                           });
                                         }));

class S3ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "no S3 server is installed: scripts/install test e2e";
    config_ = ConfigFor(MakeServerBucket());
  }

  // One request of any kind to the test's bucket.
  absl::StatusOr<TransportResponse> Ask(std::string method, std::string_view key, std::string_view query = "") {
    S3Client client(config_, HttpTransport::Make({}).value(), Quiet(), SystemClock());
    VARVE_RETURN_IF_ERROR(client.Init());
    S3Call call{.what = "ask", .permission = "all", .method = std::move(method), .key = key};
    if (!query.empty()) call.query.Add(std::string(query), "");
    return client.Do(Context(), call);
  }

  const Context ctx_;
  S3Config config_;
};

std::string RandomText(size_t size) {
  std::mt19937_64 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

TEST_F(S3ServerTest, SendsLongObjectsInParts) {
  config_.part_size = 5 << 20;
  const auto bucket = Open(config_);
  const std::string content = RandomText(12'000'001);
  ASSERT_TRUE(bucket->Upload(ctx_, "from/memory", AsBytes(content)).ok());
  EXPECT_EQ(*bucket->ReadAll(ctx_, "from/memory"), content);
  EXPECT_THAT(std::string(Ask("HEAD", "from/memory")->headers.Get("ETag")), HasSubstr("-3"));  // of three parts

  const std::string path = fmt::format("{}varve-s3-{}", testing::TempDir(), ::getpid());
  std::ofstream(path) << content;
  ASSERT_TRUE(bucket->UploadFile(ctx_, "from/file", path).ok());
  EXPECT_EQ(*bucket->ReadAll(ctx_, "from/file"), content);
  std::string middle(100'000, '?');
  EXPECT_EQ(*bucket->ReadAt(ctx_, "from/file", 5'200'000, std::as_writable_bytes(std::span(middle))), middle.size());
  EXPECT_EQ(middle, content.substr(5'200'000, middle.size()));
  std::remove(path.c_str());

  config_.disable_multipart = true;
  ASSERT_TRUE(Open(config_)->Upload(ctx_, "whole", AsBytes(content)).ok());
  EXPECT_THAT(std::string(Ask("HEAD", "whole")->headers.Get("ETag")), testing::Not(HasSubstr("-")));
}

TEST_F(S3ServerTest, AnUploadThatFailsLeavesNoParts) {
  config_.part_size = 5 << 20;
  const auto bucket = Open(config_);
  const std::string content(64 << 20, 'x');
  CancelScope scope(ctx_);
  std::jthread cancel([&] {  // as soon as the upload has begun
    while (Ask("GET", "", "uploads")->text.find("<UploadId>") == std::string::npos) continue;
    scope.Cancel();
  });
  EXPECT_TRUE(absl::IsCancelled(bucket->Upload(scope.context(), "big", AsBytes(content))));
  EXPECT_THAT(Ask("GET", "", "uploads")->text, testing::Not(HasSubstr("<UploadId>")));
  EXPECT_FALSE(*bucket->Exists(ctx_, "big"));
}

TEST_F(S3ServerTest, ListsAndDeletesMoreThanAPage) {
  constexpr int kObjects = 1005;
  const auto bucket = Open(config_);
  std::vector<std::string> names;
  for (int i = 0; i < kObjects; ++i) names.push_back(fmt::format("d{:04}/obj", i));
  std::atomic<size_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (size_t k = next++; k < names.size(); k = next++) EXPECT_TRUE(bucket->Upload(ctx_, names[k], AsBytes("x")).ok());
      });
    }
  }
  for (const bool v1 : {false, true}) {
    config_.list_v1 = v1;
    for (const bool recursive : {false, true}) {
      std::vector<std::string> listed;
      ASSERT_TRUE(Open(config_)
                      ->Iter(ctx_, "", {.recursive = recursive},
                             [&](const ObjectEntry& entry) {
                               listed.push_back(entry.name + (recursive ? "" : "obj"));
                               return absl::OkStatus();
                             })
                      .ok());
      EXPECT_EQ(listed, names) << v1 << recursive;
    }
  }
  EXPECT_TRUE(bucket->DeleteAll(ctx_, names).ok());
  EXPECT_TRUE(bucket->Iter(ctx_, "", {}, [](const ObjectEntry& entry) { return Unknown("{}", entry.name); }).ok());
}

TEST_F(S3ServerTest, SendsMetadataAndStorageClass) {
  config_.put_user_metadata = {{"Team", "metrics"}, {"team-long", "m2"}, {"X-Amz-Storage-Class", "STANDARD"}};
  ASSERT_TRUE(Open(config_)->Upload(ctx_, "a", AsBytes("x")).ok());
  const auto head = Ask("HEAD", "a");
  EXPECT_EQ(head->headers.Get("x-amz-meta-team"), "metrics");
  EXPECT_EQ(head->headers.Get("x-amz-meta-team-long"), "m2");
  EXPECT_EQ(head->headers.Get("x-amz-meta-x-amz-storage-class"), "");
}

TEST_F(S3ServerTest, EncryptsWithTheCustomersKey) {
  if (!server->is_ceph()) GTEST_SKIP() << "Swift has no SSE-C";
  const std::string path = fmt::format("{}varve-ssec-{}", testing::TempDir(), ::getpid());
  std::ofstream(path) << std::string(32, 'k');
  S3Config encrypted = config_;
  encrypted.sse = {.type = S3Encryption::kSseC, .kms_key_id = "", .kms_encryption_context = {}, .encryption_key_file = path};
  encrypted.part_size = 5 << 20;
  const auto bucket = Open(encrypted);
  const std::string content = RandomText(6'000'000);
  for (const std::string_view body : {std::string_view(content), std::string_view("short")}) {
    const absl::Status status = bucket->Upload(ctx_, "secret", AsBytes(body));
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(*bucket->ReadAll(ctx_, "secret"), body);
    EXPECT_EQ(bucket->Attributes(ctx_, "secret")->size, body.size());
    EXPECT_FALSE(Open(config_)->ReadAll(ctx_, "secret").ok());
  }
  std::ofstream(path) << std::string(32, 'q');
  EXPECT_FALSE(Open(encrypted)->ReadAll(ctx_, "secret").ok());
  std::remove(path.c_str());
}

TEST_F(S3ServerTest, RefusalsSayWhichSettingToLookAt) {
  struct Case {
    std::string_view name;
    std::function<void(S3Config&)> change;
    absl::StatusCode code;
    std::string_view advice;
  };
  const Case cases[] = {
      {"secret", [](S3Config& c) { c.secret_key = "WRONGSECRET"; }, absl::StatusCode::kPermissionDenied,
       "check access_key and secret_key"},
      {"access", [](S3Config& c) { c.access_key = "NOBODY"; }, absl::StatusCode::kPermissionDenied, "check access_key"},
      {"bucket", [](S3Config& c) { c.bucket = "not-there"; }, absl::StatusCode::kFailedPrecondition,
       "check bucket, endpoint and region"},
      {"port", [](S3Config& c) { c.endpoint = fmt::format("127.0.0.1:{}", FreePort()); }, absl::StatusCode::kUnavailable,
       "check the endpoint"},
      {"tls", [](S3Config& c) { c.insecure = false; }, absl::StatusCode::kFailedPrecondition, "set `insecure: true`"},
  };
  for (const Case& c : cases) {
    S3Config config = config_;
    c.change(config);
    const absl::Status status = Open(config)->Iter(ctx_, "", {}, [](const ObjectEntry&) { return absl::OkStatus(); });
    EXPECT_EQ(status.code(), c.code) << c.name << ": " << status;
    EXPECT_THAT(std::string(Message(status)), HasSubstr(std::string(c.advice))) << c.name;
    EXPECT_THAT(std::string(Message(status)), testing::Not(HasSubstr(config.secret_key))) << c.name;
  }
}

TEST_F(S3ServerTest, AWrongRegionIsCorrectedWhereItMatters) {
  config_.region = "mars-north-1";
  const auto bucket = Open(config_);
  EXPECT_TRUE(bucket->Upload(ctx_, "a", AsBytes("x")).ok());
  EXPECT_TRUE(*Open(config_)->Exists(ctx_, "a"));  // HEAD says no more than its status
}

TEST_F(S3ServerTest, AWrongClockIsCalledOne) {
  FakeClock clock(SystemClock().NowMs() - 20 * 60'000);
  const auto bucket = NewS3Bucket(config_, Quiet(), clock).value();
  const absl::Status status = bucket->ReadAll(ctx_, "a").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(std::string(Message(status)), testing::AllOf(HasSubstr("the clock of this machine"), HasSubstr("it is behind")));
}

TEST_F(S3ServerTest, OpensFromYaml) {
  MetricsRegistry registry;
  const auto bucket = MakeBucket(fmt::format("type: S3\nprefix: p\nconfig:\n  bucket: {}\n  endpoint: {}\n  insecure: true\n"
                                             "  access_key: {}\n  secret_key: {}\n",
                                             config_.bucket, config_.endpoint, config_.access_key, config_.secret_key),
                                 registry, Quiet());
  ASSERT_TRUE(bucket.ok()) << bucket.status();
  ASSERT_TRUE((*bucket)->Upload(ctx_, "a", AsBytes("x")).ok());
  EXPECT_EQ(*Open(config_)->ReadAll(ctx_, "p/a"), "x");
  EXPECT_THAT(MetricsAsText(registry), testing::Not(HasSubstr("SKTEST")));
}

}  // namespace
}  // namespace varve
