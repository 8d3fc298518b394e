// The Azure bucket: signatures, tokens and answers from a scripted server; the contract of buckets from Azurite, if VARVE_TEST_AZURE names
// one ("127.0.0.1:10000").
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/errors.h"
#include "objstore/azure/azure_answers.h"
#include "objstore/azure/azure_bucket.h"
#include "objstore/azure/shared_key.h"
#include "objstore/bucket_errors.h"
#include "objstore/digests.h"
#include "objstore/raw_chunks_mark.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/scripted_server.h"

namespace varve {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The account that Azurite's documentation publishes.
constexpr std::string_view kAccount = "devstoreaccount1";
constexpr std::string_view kAccountKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

const Logger& Quiet() {
  static const Logger logger(LogLevel::kError, LogFormat::kLogfmt, [](auto) {});
  return logger;
}

AzureConfig ConfigAt(std::string_view address, std::string container) {
  AzureConfig config;
  config.account = kAccount;
  config.account_key = kAccountKey;
  config.base_url = fmt::format("http://{}/{}", address, kAccount);
  config.container = std::move(container);
  return config;
}

std::unique_ptr<Bucket> OpenOnAzurite() {
  static int count = 0;
  const char* address = std::getenv("VARVE_TEST_AZURE");
  if (address == nullptr) return nullptr;
  return NewAzureBucket(ConfigAt(address, fmt::format("container-{}-{}", ::getpid(), ++count)), Quiet()).value();
}

INSTANTIATE_TEST_SUITE_P(Azure, BucketContract, testing::Values(OpenOnAzurite));

TEST(AzuriteTest, SendsLongObjectsInBlocks) {
  const auto bucket = OpenOnAzurite();
  if (bucket == nullptr) GTEST_SKIP() << "VARVE_TEST_AZURE does not name an emulator";
  std::string content;
  for (int i = 0; content.size() < 20'000'000; ++i) content += fmt::format("{:08}\n", i);
  const absl::Status status = bucket->Upload(Context(), "long", AsBytes(content));
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(*bucket->ReadAll(Context(), "long"), content);
}

TEST(AzuriteTest, RefusalsSayWhichSettingToLookAt) {
  const char* address = std::getenv("VARVE_TEST_AZURE");
  if (address == nullptr) GTEST_SKIP() << "VARVE_TEST_AZURE does not name an emulator";
  AzureConfig config = ConfigAt(address, "container");
  config.account_key = Base64Of(AsBytes("a wrong key"));
  const absl::Status wrong_key = NewAzureBucket(config, Quiet()).value()->ReadAll(Context(), "x").status();
  EXPECT_TRUE(absl::IsPermissionDenied(wrong_key)) << wrong_key;
  config = ConfigAt(address, "not-there");
  config.create_container = false;
  const absl::Status no_container =
      NewAzureBucket(config, Quiet()).value()->Iter(Context(), "", {}, [](auto&) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(no_container)) << no_container;
  EXPECT_THAT(std::string(Message(no_container)), HasSubstr("check container and storage_account"));
}

class AzureTest : public testing::Test {
 protected:
  AzureTest() : server_([this](const ScriptedRequest& request) { return answer_(request); }) {}
  std::unique_ptr<Bucket> Open() { return NewAzureBucket(ConfigAt(server_.address(), "c"), Quiet()).value(); }

  ScriptedServer::Script answer_;
  ScriptedServer server_;
};

TEST_F(AzureTest, RefusalsBecomeTheRightCodes) {
  struct Case {
    int http;
    std::string_view code;
    absl::StatusCode status;
    std::string_view advice;
  };
  const Case cases[] = {
      {404, "BlobNotFound", absl::StatusCode::kNotFound, "no such object"},
      {403, "AuthenticationFailed", absl::StatusCode::kPermissionDenied, "check storage_account_key"},
      {403, "AuthorizationPermissionMismatch", absl::StatusCode::kPermissionDenied, "Storage Blob Data Contributor"},
      {503, "ServerBusy", absl::StatusCode::kResourceExhausted, "fewer requests"},
      {500, "InternalError", absl::StatusCode::kUnavailable, "cannot answer now"},
      {500, "OperationTimedOut", absl::StatusCode::kUnavailable, "cannot answer now"},
      {400, "Md5Mismatch", absl::StatusCode::kUnavailable, "damaged on the way"},
      {409, "BlobArchived", absl::StatusCode::kFailedPrecondition, "archived"},
      {400, "InvalidHeaderValue", absl::StatusCode::kFailedPrecondition, "refused"},
  };
  for (const Case& c : cases) {
    answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {  // says back what it was sent
      return {.bytes = HttpAnswer(c.http,
                                  fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>words {}</Message></Error>",
                                              c.code, kAccountKey),
                                  fmt::format("x-ms-error-code: {}\r\n", c.code))};
    };
    const absl::Status status = Open()->ReadAll(Context(), "obj").status();
    EXPECT_EQ(status.code(), c.status) << c.code << status;
    EXPECT_THAT(std::string(Message(status)), AllOf(HasSubstr(std::string(c.advice)), Not(HasSubstr(std::string(kAccountKey)))));
    EXPECT_EQ(IsArchivedObject(status), c.code == "BlobArchived");
  }
}

TEST_F(AzureTest, MakesTheContainerOnce) {
  std::string seen;
  std::atomic<bool> made = false;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    seen += request.method + " " + request.target + "\n";
    if (request.target == "/devstoreaccount1/c?restype=container") made = true;
    if (!made)
      return {.bytes =
                  HttpAnswer(404, "<Error><Code>ContainerNotFound</Code></Error>", "x-ms-error-code: ContainerNotFound\r\n")};
    return {.bytes = HttpAnswer(201, "")};
  };
  const auto bucket = Open();
  EXPECT_TRUE(bucket->Upload(Context(), "a", AsBytes("x")).ok());
  EXPECT_TRUE(bucket->Upload(Context(), "b", AsBytes("x")).ok());
  EXPECT_EQ(seen,
            "PUT /devstoreaccount1/c/a\nPUT /devstoreaccount1/c?restype=container\nPUT /devstoreaccount1/c/a\nPUT "
            "/devstoreaccount1/c/b\n");
}

// A key that was exchanged in the mounted file is taken up when the server refuses the old one.
TEST_F(AzureTest, AKeyThatIsExchangedIsTakenUp) {
  int refused = 0;
  AzureConfig config = ConfigAt(server_.address(), "c");
  absl::StatusOr<AzureConfig> now = config;
  config.read_again = [&now] { return now; };
  config.account_key = "", config.sas = "sig=old";
  now->account_key = "", now->sas = "sig=old";
  std::string target;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    target = request.target;
    if (request.target.ends_with("sig=new")) return {.bytes = HttpAnswer(200, "content")};
    ++refused;
    return {.bytes =
                HttpAnswer(403, "<Error><Code>AuthenticationFailed</Code></Error>", "x-ms-error-code: AuthenticationFailed\r\n")};
  };
  const auto bucket = NewAzureBucket(config, Quiet()).value();
  EXPECT_TRUE(absl::IsPermissionDenied(bucket->ReadAll(Context(), "o").status()));
  EXPECT_EQ(refused, 1) << "there was no other key to try";
  now->sas = "sig=new";
  const absl::StatusOr<std::string> read = bucket->ReadAll(Context(), "o");
  EXPECT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(refused, 2);
  now = absl::NotFoundError("the file is away for a moment");
  EXPECT_TRUE(bucket->ReadAll(Context(), "o").ok());
  EXPECT_THAT(target, HasSubstr("sig=new"));
}

TEST_F(AzureTest, MarksChunksOfRawSamplesWhenAsked) {
  std::string tags;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    tags = request.headers.Get("x-ms-tags");
    return {.bytes = HttpAnswer(201, "")};
  };
  const std::string path = fmt::format("{}/varve-azure-marked-{}", testing::TempDir(), ::getpid());
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes("chunks")).ok());
  for (const bool mark : {false, true}) {
    AzureConfig config = ConfigAt(server_.address(), "c");
    config.mark_raw_chunks = mark;
    const auto bucket = NewAzureBucket(config, Quiet()).value();
    EXPECT_TRUE(UploadRawChunks(Context(), *bucket, "x/chunks/000001", path).ok());
    EXPECT_EQ(tags, mark ? "varve=raw-chunks" : "");
    EXPECT_TRUE(bucket->UploadFile(Context(), "x/index", path).ok());
    EXPECT_EQ(tags, "");
  }
  std::remove(path.c_str());
}

TEST_F(AzureTest, CarriesTokensAndSignatures) {
  std::string authorization, target, token_request;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.target.find("oauth2") != std::string::npos) {
      token_request = request.method + " " + request.target + " " + request.body;
      return {.bytes = HttpAnswer(200, R"({"access_token":"t0k3n","expires_in":"3600"})")};
    }
    authorization = request.headers.Get("Authorization");
    target = request.target;
    return {.bytes = HttpAnswer(200, "content")};
  };
  std::map<std::string, std::string> env = {{"AZURE_AUTHORITY_HOST", server_.url("/")}};
  const AzureTokenOptions options{.env = [&env](const std::string& name) -> std::optional<std::string> {
                                    const auto found = env.find(name);
                                    return found == env.end() ? std::nullopt : std::optional(found->second);
                                  },
                                  .metadata_url = server_.url("")};
  AzureConfig config = ConfigAt(server_.address(), "c");
  config.account_key = "";
  const auto read = [&] { return NewAzureBucket(config, Quiet(), options).value()->ReadAll(Context(), "o"); };

  EXPECT_EQ(*read(), "content");  // the managed identity of the machine
  EXPECT_EQ(authorization, "Bearer t0k3n");
  EXPECT_THAT(
      token_request,
      HasSubstr("GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fstorage.azure.com%2F "));
  config.user_assigned_id = "id-1";
  EXPECT_EQ(*read(), "content");
  EXPECT_THAT(token_request, HasSubstr("&client_id=id-1"));
  config.user_assigned_id = "";
  config.tenant_id = "t", config.client_id = "app", config.client_secret = "s3cr3t";
  EXPECT_EQ(*read(), "content");
  EXPECT_THAT(token_request,
              AllOf(HasSubstr("POST /t/oauth2/v2.0/token"), HasSubstr("client_secret=s3cr3t"), HasSubstr("client_id=app")));

  config.sas = "sv=2020&sig=a%2Fb";
  EXPECT_EQ(*read(), "content");
  EXPECT_EQ(target, "/devstoreaccount1/c/o?sv=2020&sig=a%2Fb");
  EXPECT_EQ(authorization, "");
}

TEST(AzureAnswersTest, ReadsListings) {
  const auto page = ParseAzureListPage(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://x/\" "
      "ContainerName=\"c\"><Blobs><Blob>"
      "<Name>a/b</Name><Properties><Last-Modified>Wed, 21 Oct 2015 07:28:00 "
      "GMT</Last-Modified><Content-Length>12</Content-Length>"
      "</Properties></Blob><BlobPrefix><Name>d/</Name></BlobPrefix></Blobs><NextMarker>m1</NextMarker></EnumerationResults>");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->blobs.size(), 1u);
  EXPECT_EQ(page->blobs[0].first, "a/b");
  EXPECT_EQ(page->blobs[0].second.size, 12u);
  EXPECT_EQ(page->blobs[0].second.last_modified, 1'445'412'480'000);
  EXPECT_THAT(page->prefixes, ElementsAre("d/"));
  EXPECT_EQ(page->next, "m1");
  EXPECT_FALSE(ParseAzureListPage("<html/>").ok());
  EXPECT_EQ(BlockListXml({"QQ=="}), "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList><Latest>QQ==</Latest></BlockList>");
}

absl::StatusOr<AzureConfig> Read(std::string_view yaml) { return ReadAzureConfig(YamlNode::Parse(yaml).value()); }

TEST(AzureConfigTest, TakesEveryKeyOfThanos) {
  const auto config = Read(
      "{az_tenant_id: '', client_id: '', client_secret: '', storage_account: acc, storage_account_key: a2V5, container: c, "
      "storage_create_container: false, endpoint: blob.core.chinacloudapi.cn, max_retries: 2, msi_resource: x, "
      "reader_config: {max_retry_requests: 1}, pipeline_config: {max_tries: 3, try_timeout: 1m, retry_delay: 1s, "
      "max_retry_delay: 2s}, http_config: {idle_conn_timeout: 1m}}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->base_url, "https://acc.blob.core.chinacloudapi.cn");
  EXPECT_FALSE(config->create_container);
  EXPECT_EQ(config->tries_max, 4);
}

TEST(AzureConfigTest, ReadsConnectionStrings) {
  auto config = Read(
      "{container: c, storage_connection_string: 'DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5;"
      "EndpointSuffix=core.windows.net'}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->base_url, "https://acc.blob.core.windows.net");
  EXPECT_EQ(config->account_key, "a2V5");
  config = Read(
      "{container: c, storage_connection_string: "
      "'BlobEndpoint=http://127.0.0.1:10000/acc/;SharedAccessSignature=sv=1&sig=x%3D'}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->base_url, "http://127.0.0.1:10000/acc");
  EXPECT_EQ(config->sas, "sv=1&sig=x%3D");
}

TEST(AzureConfigTest, SaysWhatIsWrongAndNoSecret) {
  for (const auto& [yaml, message] : {
           std::pair("{container: c}", "storage_account is missing"),
           std::pair("{storage_account: a}", "container is missing"),
           std::pair("{storage_account: a, container: c, storage_account_key: '!hidden'}", "not base64"),
           std::pair("{storage_account: a, container: c, client_id: x}", "must be set together"),
           std::pair("{storage_account: a, container: c, user_assigned_id: x, storage_account_key: a2V5}",
                     "excludes storage_account_key"),
           std::pair("{storage_account: a, container: c, storage_account_key: a2V5, storage_connection_string: hidden}",
                     "exclude each other"),
           std::pair("{container: c, storage_connection_string: hidden}", "Name=value"),
           std::pair("{storage_account: a, container: c, endpoint: 'https://x'}", "has a scheme"),
           std::pair("{storage_account: a, container: c, bucket: x}", "unknown key \"bucket\""),
       }) {
    const absl::Status status = Read(yaml).status();
    EXPECT_THAT(std::string(Message(status)), AllOf(HasSubstr(message), Not(HasSubstr("hidden")))) << yaml;
  }
}

}  // namespace
}  // namespace varve
