// The GCS bucket: tokens and answers from a scripted server; the contract of buckets from an emulator, if VARVE_TEST_GCS names one.
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/crc32c.h"
#include "base/errors.h"
#include "base/json_value.h"
#include "net/url.h"
#include "objstore/bucket_errors.h"
#include "objstore/digests.h"
#include "objstore/gcs/gcs_bucket.h"
#include "objstore/raw_chunks_mark.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/scripted_server.h"

namespace varve {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Logger& Quiet() {
  static const Logger logger(LogLevel::kError, LogFormat::kLogfmt, [](auto) {});
  return logger;
}

EnvLookup Emulator(std::string address) {
  return [address](const std::string& name) { return name == "STORAGE_EMULATOR_HOST" ? std::optional(address) : std::nullopt; };
}

std::unique_ptr<Bucket> OpenOnEmulator() {
  static int count = 0;
  const char* address = std::getenv("VARVE_TEST_GCS");
  if (address == nullptr) return nullptr;
  GcsConfig config;
  config.bucket = fmt::format("bucket-{}", ++count);
  auto bucket = NewGcsBucket(config, Quiet(), {.env = Emulator(address)}).value();
  EXPECT_TRUE(bucket->Upload(Context(), "first", AsBytes("x")).ok());  // makes the bucket
  EXPECT_TRUE(bucket->Delete(Context(), "first").ok());
  return bucket;
}

INSTANTIATE_TEST_SUITE_P(Gcs, BucketContract, testing::Values(OpenOnEmulator));

// An RSA key in PEM.
std::string NewPrivateKey() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

GcsConfig WithAccount(std::string service_account) {
  GcsConfig config;
  config.service_account = std::move(service_account);
  return config;
}

std::string AccountJson(const std::string& email, const std::string& private_key, const std::string& token_uri) {
  return fmt::format(R"({{"type":"service_account","client_email":"{}","private_key":"{}","token_uri":"{}"}})", email,
                     absl::StrReplaceAll(private_key, {{"\n", "\\n"}}), token_uri);
}

class GcsTest : public testing::Test {
 protected:
  GcsTest() : server_([this](const ScriptedRequest& request) { return answer_(request); }) {}

  std::unique_ptr<Bucket> Open(uint64_t chunk_bytes = 16 << 20) {
    GcsConfig config;
    config.bucket = "b";
    config.chunk_bytes = chunk_bytes;
    return NewGcsBucket(config, Quiet(), {.env = Emulator(server_.address())}).value();
  }

  std::map<std::string, std::string> env_;
  ScriptedServer::Script answer_;
  ScriptedServer server_;
};

TEST_F(GcsTest, AServiceAccountSignsForItsToken) {
  const std::string private_key = NewPrivateKey();
  ScriptedRequest seen;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    seen = request;
    return {.bytes = HttpAnswer(200, R"({"access_token":"t0k3n","expires_in":3599,"token_type":"Bearer"})")};
  };
  const JsonValue key(JsonValue::Variant(
      JsonValue::Object{{"type", JsonValue(JsonValue::Variant(std::string("service_account")))},
                        {"client_email", JsonValue(JsonValue::Variant(std::string("me@p.iam.gserviceaccount.com")))},
                        {"private_key", JsonValue(JsonValue::Variant(private_key))},
                        {"token_uri", JsonValue(JsonValue::Variant(server_.url("/token")))}}));
  FakeClock clock(1'700'000'000'000);
  const auto tokens = MakeGcsTokens(WithAccount(key.ToString()), {.clock = &clock}).value();
  const auto token = tokens->Get(Context());
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->token, "t0k3n");
  EXPECT_EQ(token->expires, 1'700'000'000'000 + 3'599'000);

  UrlParams form;
  ASSERT_TRUE(ParseUrlQuery(seen.body, form).ok());
  EXPECT_EQ(form.Get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  std::string jwt(form.Get("assertion"));
  const size_t first = jwt.find('.'), last = jwt.rfind('.');
  const auto decode = [](std::string text) {
    for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (text.size() % 4 != 0) text += '=';
    return FromBase64(text).value();
  };
  const JsonValue claims = JsonValue::Parse(decode(jwt.substr(first + 1, last - first - 1))).value();
  EXPECT_EQ(claims["iss"].StringOr(""), "me@p.iam.gserviceaccount.com");
  EXPECT_EQ(claims["aud"].StringOr(""), server_.url("/token"));
  EXPECT_EQ(claims["exp"].IntOr(0) - claims["iat"].IntOr(0), 3600);

  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())),
                                                      BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                                                                 EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> verifier(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const std::string signature = decode(jwt.substr(last + 1)), head = jwt.substr(0, last);
  ASSERT_EQ(EVP_DigestVerifyInit(verifier.get(), nullptr, EVP_sha256(), nullptr, pair.get()), 1);
  EXPECT_EQ(EVP_DigestVerify(verifier.get(), AsU8(AsBytes(signature)), signature.size(), AsU8(AsBytes(head)), head.size()), 1);
}

// What is exchanged in the mounted file is taken up when the server refuses the old account, or with the next token.
TEST_F(GcsTest, AnAccountThatIsExchangedIsTakenUp) {
  std::string issuer;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    UrlParams form;
    EXPECT_TRUE(ParseUrlQuery(request.body, form).ok());
    const std::string jwt(form.Get("assertion"));
    std::string claims = jwt.substr(jwt.find('.') + 1, jwt.rfind('.') - jwt.find('.') - 1);
    for (char& c : claims) c = c == '-' ? '+' : c == '_' ? '/' : c;
    while (claims.size() % 4 != 0) claims += '=';
    issuer = JsonValue::Parse(FromBase64(claims).value()).value()["iss"].StringOr("");
    return {.bytes = HttpAnswer(200, fmt::format(R"({{"access_token":"of-{}","expires_in":3599}})", issuer))};
  };
  const std::string private_key = NewPrivateKey();
  GcsConfig config = WithAccount(AccountJson("old", private_key, server_.url("/token")));
  absl::StatusOr<GcsConfig> now = config;
  config.read_again = [&now] { return now; };
  const auto tokens = MakeGcsTokens(config).value();
  const BearerToken old = tokens->Get(Context()).value();
  EXPECT_EQ(old.token, "of-old");
  now = WithAccount(AccountJson("new", private_key, server_.url("/token")));
  EXPECT_TRUE(tokens->Renew(Context(), old));
  EXPECT_EQ(tokens->Get(Context())->token, "of-new");
  now = absl::NotFoundError("the file is away for a moment");
  EXPECT_TRUE(tokens->Renew(Context(), *tokens->Get(Context()))) << "the account it began with is tried again";
}

TEST_F(GcsTest, AsksTheMetadataServerWhenThereIsNoKey) {
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.headers.Get("Metadata-Flavor") != "Google") return {.bytes = HttpAnswer(403, "")};
    return {.bytes = HttpAnswer(200, R"({"access_token":"from-metadata","expires_in":600})")};
  };
  const EnvLookup none = [](const std::string&) { return std::nullopt; };
  EXPECT_EQ(MakeGcsTokens({}, {.env = none, .metadata_url = server_.url("")}).value()->Get(Context())->token, "from-metadata");
  answer_ = [&](const ScriptedRequest&) -> ScriptedReply { return {.bytes = HttpAnswer(404, "")}; };
  EXPECT_THAT(MakeGcsTokens({}, {.env = none, .metadata_url = server_.url("")}).value()->Get(Context()).status().ToString(),
              HasSubstr("no credentials for GCS were found; looked at: service_account"));
}

TEST_F(GcsTest, KeysThatAreWrongAreNotRepeated) {
  for (const auto& [key, words] :
       {std::pair("not json s3cr3t", "not the JSON of a key"), std::pair(R"({"type":"external_account"})", "not supported"),
        std::pair(R"({"type":"service_account","private_key":"s3cr3t"})", "not an RSA key")}) {
    EXPECT_THAT(MakeGcsTokens(WithAccount(key), {}).value()->Get(Context()).status().ToString(),
                AllOf(HasSubstr(words), Not(HasSubstr("s3cr3t"))));
  }
}

TEST_F(GcsTest, RefusalsBecomeTheRightCodes) {
  struct Case {
    int http;
    std::string_view reason, message;
    absl::StatusCode code;
    std::string_view advice;
  };
  const Case cases[] = {
      {404, "notFound", "No such object: b/obj", absl::StatusCode::kNotFound, "no such object"},
      {404, "notFound", "The specified bucket does not exist.", absl::StatusCode::kFailedPrecondition, "check bucket"},
      {401, "authError", "Invalid Credentials", absl::StatusCode::kPermissionDenied, "check service_account"},
      {403, "forbidden", "no access", absl::StatusCode::kPermissionDenied, "must allow storage.objects.get"},
      {403, "userRateLimitExceeded", "slow", absl::StatusCode::kResourceExhausted, "fewer requests"},
      {429, "rateLimitExceeded", "slow", absl::StatusCode::kResourceExhausted, "fewer requests"},
      {503, "backendError", "oops", absl::StatusCode::kUnavailable, "cannot answer now"},
  };
  for (const Case& c : cases) {
    answer_ = [&](const ScriptedRequest&) -> ScriptedReply {
      return {.bytes = HttpAnswer(c.http,
                                  fmt::format(R"({{"error":{{"code":{},"message":"{}","errors":[{{"reason":"{}"}}]}}}})", c.http,
                                              c.message, c.reason),
                                  "Retry-After: 2\r\n")};
    };
    const absl::Status status = Open()->ReadAll(Context(), "obj").status();
    EXPECT_EQ(status.code(), c.code) << c.message << status;
    EXPECT_THAT(std::string(Message(status)), AllOf(HasSubstr(std::string(c.advice)), HasSubstr(std::string(c.message))));
    EXPECT_EQ(RetryAfter(status).has_value(), IsRetryable(status));
  }
}

TEST_F(GcsTest, GoesOnWhereTheServerStopped) {
  std::string stored, ranges;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.method == "POST") return {.bytes = HttpAnswer(200, "", "Location: " + server_.url("/session/1") + "\r\n")};
    const std::string_view range = request.headers.Get("Content-Range");
    ranges += std::string(range) + "; ";
    const size_t keep = stored.empty() ? 262'144 / 2 : request.body.size();  // the first chunk is kept in part
    stored += request.body.substr(0, keep);
    if (stored.size() < 600'000) {
      return {.bytes = fmt::format("HTTP/1.1 308 Resume Incomplete\r\nRange: bytes=0-{}\r\nContent-Length: 0\r\n\r\n",
                                   stored.size() - 1)};
    }
    const uint32_t crc = Crc32c(AsBytes(stored));
    const std::byte bytes[] = {std::byte(crc >> 24), std::byte(crc >> 16), std::byte(crc >> 8), std::byte(crc)};
    return {.bytes = HttpAnswer(200, fmt::format(R"({{"crc32c":"{}"}})", Base64Of(bytes)))};
  };
  const std::string content = [] {
    std::string text;
    while (text.size() < 600'000) text += fmt::format("{}\n", text.size());
    text.resize(600'000);
    return text;
  }();
  const absl::Status status = Open(256 << 10)->Upload(Context(), "obj", AsBytes(content));
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(stored, content);
  EXPECT_EQ(ranges, "bytes 0-262143/600000; bytes 131072-393215/600000; bytes 393216-599999/600000; ");
}

// What the emulator does not know; nor does it know uploads in more than one chunk, see above.
TEST_F(GcsTest, AsksForAbsentObjectsAndReadsBehindTheEnd) {
  std::string target;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    target = request.target;
    return {.bytes = HttpAnswer(request.method == "POST" ? 412 : 416, "{}")};
  };
  const auto bucket = Open();
  EXPECT_TRUE(absl::IsAlreadyExists(bucket->UploadIfAbsent(Context(), "a/b", AsBytes("x"))));
  EXPECT_EQ(target, "/upload/storage/v1/b/b/o?ifGenerationMatch=0&name=a%2Fb&uploadType=media");
  std::byte byte;
  EXPECT_EQ(bucket->ReadAt(Context(), "a/b", 100, {&byte, 1}).value(), 0u);
  EXPECT_EQ(target, "/storage/v1/b/b/o/a%2Fb?alt=media");
}

TEST_F(GcsTest, MarksChunksOfRawSamplesWhenAsked) {
  std::string seen;
  answer_ = [&](const ScriptedRequest& request) -> ScriptedReply {
    seen += fmt::format("{} {} {}\n", request.method, request.target, request.body);
    if (request.method == "PUT") return {.bytes = HttpAnswer(200, "{}")};
    return {.bytes = HttpAnswer(200, "{}", fmt::format("Location: {}\r\n", server_.url("/session")))};
  };
  const std::string path = fmt::format("{}/varve-gcs-marked-{}", testing::TempDir(), ::getpid());
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes("chunks")).ok());
  for (const bool mark : {false, true}) {
    GcsConfig config;
    config.bucket = "b";
    config.mark_raw_chunks = mark;
    const auto bucket = NewGcsBucket(config, Quiet(), {.env = Emulator(server_.address())}).value();
    seen.clear();
    EXPECT_TRUE(UploadRawChunks(Context(), *bucket, "x/chunks/000001", path).ok());
    EXPECT_EQ(seen.find("customTime") != std::string::npos, mark) << seen;
    EXPECT_THAT(seen, HasSubstr("chunks\n")) << "the content";
    seen.clear();
    EXPECT_TRUE(bucket->UploadFile(Context(), "x/index", path).ok());
    EXPECT_THAT(seen, Not(HasSubstr("customTime")));
  }
  std::remove(path.c_str());
}

TEST_F(GcsTest, DamageOnTheWayIsSeen) {
  answer_ = [&](const ScriptedRequest&) -> ScriptedReply { return {.bytes = HttpAnswer(200, R"({"crc32c":"AAAAAA=="})")}; };
  EXPECT_TRUE(absl::IsUnavailable(Open()->Upload(Context(), "obj", AsBytes("x"))));
}

TEST(GcsConfigTest, TakesEveryKeyOfThanos) {
  const auto config =
      ReadGcsConfig(YamlNode::Parse("{bucket: b, service_account: '{}', use_grpc: false, grpc_conn_pool_size: 1, "
                                    "chunk_size_bytes: 300000, max_retries: 3, http_config: {max_conns_per_host: 2}}")
                        .value());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->chunk_bytes, 262'144u);
  EXPECT_EQ(config->max_retries, 3);
  EXPECT_FALSE(ReadGcsConfig(YamlNode::Parse("{}").value()).ok());
  EXPECT_FALSE(ReadGcsConfig(YamlNode::Parse("{bucket: b, no_auth: true}").value()).ok());
}

}  // namespace
}  // namespace varve
