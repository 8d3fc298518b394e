#include "objstore/s3/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>

#include "base/errors.h"
#include "objstore/s3/credentials_sources.h"
#include "objstore/testing/scripted_server.h"

namespace varve {
namespace {

using testing::HasSubstr;

constexpr TimestampMs kNow = 1'700'000'000'000;  // 2023-11-14T22:13:20Z
constexpr std::string_view kInAnHour = "2023-11-14T23:13:20Z", kInAMinute = "2023-11-14T22:14:20Z";

// Variables, and services that answer what a test says.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() : server_([this](const ScriptedRequest& request) { return Answer(request); }) {
    env_["AWS_EC2_METADATA_DISABLED"] = "true";
  }

  EnvLookup Env() {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = env_.find(name);
      return found == env_.end() ? std::nullopt : std::optional(found->second);
    };
  }

  std::unique_ptr<Credentials> Make() {
    return MakeCredentials(config_,
                           {.env = Env(), .clock = &clock_, .metadata_url = server_.url(""), .container_url = server_.url("")})
        .value();
  }

  absl::StatusOr<AwsCredentials> Get() { return Make()->Get(Context()); }

  std::string WriteFile(std::string_view name, std::string_view content) {
    std::string path = fmt::format("{}varve-credentials-{}-{}", testing::TempDir(), ::getpid(), name);
    std::ofstream(path) << content;
    files_.push_back(path);
    return path;
  }

  ~CredentialsTest() override {
    for (const std::string& path : files_) std::remove(path.c_str());
  }

  virtual ScriptedReply Answer(const ScriptedRequest& request) {
    const auto found = answers_.find(request.method + " " + request.target);
    seen_ += fmt::format("{} {} {}{}{}\n", request.method, request.target, request.headers.Get("Authorization"),
                         request.headers.Get("X-aws-ec2-metadata-token"), request.body);
    return {.bytes = found == answers_.end() ? HttpAnswer(404, "nothing here") : found->second};
  }

  std::map<std::string, std::string> env_;
  std::map<std::string, std::string> answers_;
  std::string seen_;
  S3Config config_;
  FakeClock clock_{kNow};
  ScriptedServer server_;
  std::vector<std::string> files_;
};

std::string JsonAnswer(std::string_view access, std::string_view expiration) {
  return HttpAnswer(
      200, fmt::format(R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"sk","Token":"tok","Expiration":"{}"}})",
                       access, expiration));
}

TEST_F(CredentialsTest, AsksOneAfterTheOther) {
  // Each step adds what comes before all that was there already.
  answers_["PUT /latest/api/token"] = HttpAnswer(200, "session\n");
  answers_["GET /latest/meta-data/iam/security-credentials/"] = HttpAnswer(200, "my-role\n");
  answers_["GET /latest/meta-data/iam/security-credentials/my-role"] = JsonAnswer("instance", kInAnHour);
  EXPECT_THAT(Get().status().ToString(),
              HasSubstr("no credentials for S3 were found; looked at: access_key and secret_key in the"));
  env_.erase("AWS_EC2_METADATA_DISABLED");
  EXPECT_EQ(Get()->access_key, "instance");
  EXPECT_THAT(seen_, HasSubstr("GET /latest/meta-data/iam/security-credentials/my-role session\n"));

  answers_["GET /container"] = JsonAnswer("container", kInAnHour);
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/container";
  EXPECT_EQ(Get()->access_key, "container");

  answers_["POST /"] =
      HttpAnswer(200, fmt::format("<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                                  "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>web</AccessKeyId>"
                                  "<SecretAccessKey>sk</SecretAccessKey><SessionToken>tok</SessionToken>"
                                  "<Expiration>{}</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                                  "</AssumeRoleWithWebIdentityResponse>",
                                  kInAnHour));
  config_.sts_endpoint = server_.url("/");
  env_["AWS_WEB_IDENTITY_TOKEN_FILE"] = WriteFile("jwt", "the.jwt\n");
  EXPECT_THAT(Get().status().ToString(), HasSubstr("without AWS_ROLE_ARN"));
  env_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  const auto web = Get();
  ASSERT_TRUE(web.ok()) << web.status();
  EXPECT_EQ(web->access_key, "web");
  EXPECT_EQ(web->session_token, "tok");
  EXPECT_EQ(web->expires, kNow + 3'600'000);
  EXPECT_THAT(seen_, HasSubstr("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=varve&WebIdentityToken=the.jwt"));

  env_["AWS_SHARED_CREDENTIALS_FILE"] =
      WriteFile("ini",
                "# mine\n[default]\naws_access_key_id = file\naws_secret_access_key=sk\n\n[other]\naws_access_key_id=other\n"
                "aws_secret_access_key=sk2\naws_session_token=tok2\n");
  EXPECT_EQ(Get()->access_key, "file");
  env_["AWS_PROFILE"] = "other";
  EXPECT_EQ(Get()->session_token, "tok2");
  env_["AWS_PROFILE"] = "absent";
  EXPECT_THAT(Get().status().ToString(), HasSubstr("\"absent\" (AWS_PROFILE) is not in"));

  env_["AWS_ACCESS_KEY_ID"] = "aws";
  EXPECT_THAT(Get().status().ToString(), HasSubstr("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"));
  env_["AWS_SECRET_ACCESS_KEY"] = "sk";
  EXPECT_EQ(Get()->access_key, "aws");

  env_["S3_ACCESS_KEY"] = "tutorial";
  env_["S3_SECRET_KEY"] = "sk";
  EXPECT_EQ(Get()->access_key, "tutorial");
  config_.aws_sdk_auth = true;  // the SDK does not know these
  EXPECT_EQ(Get()->access_key, "aws");
  config_.aws_sdk_auth = false;

  config_.access_key = "config";
  config_.secret_key = "sk";
  EXPECT_EQ(Get()->access_key, "config");
}

TEST_F(CredentialsTest, AContainersTokenGoesNowhereElse) {
  env_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.2.example.com/x";
  EXPECT_THAT(Get().status().ToString(), HasSubstr("plain HTTP to a host that is not this one"));
  env_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server_.url("/full");
  env_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = WriteFile("token", "pod-token\n");
  answers_["GET /full"] = JsonAnswer("pod", kInAnHour);
  EXPECT_EQ(Get()->access_key, "pod");
  EXPECT_EQ(seen_, "GET /full pod-token\n");
}

TEST_F(CredentialsTest, AServiceThatWasFoundAndFailsIsAnError) {
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/container";
  answers_["GET /container"] = HttpAnswer(500, "<Error><Code>Oops</Code><Message>later</Message></Error>");
  EXPECT_EQ(Get().status().code(), absl::StatusCode::kUnavailable);
  answers_["GET /container"] = HttpAnswer(200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"no trust"})");
  EXPECT_THAT(Get().status().ToString(), HasSubstr("no trust"));
  answers_["GET /container"] = HttpAnswer(200, "{");
  EXPECT_FALSE(Get().ok());
}

TEST_F(CredentialsTest, FetchesAnewBeforeTheyExpire) {
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/container";
  answers_["GET /container"] = JsonAnswer("first", kInAnHour);
  const auto credentials = Make();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(credentials->Get(Context())->access_key, "first");
  EXPECT_EQ(server_.requests(), 1);

  answers_["GET /container"] = HttpAnswer(500, "");
  clock_.Advance(std::chrono::minutes(56));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(credentials->Get(Context())->access_key, "first");  // still good
  EXPECT_EQ(server_.requests(), 2);                                                         // and the failure is kept a while

  clock_.Advance(std::chrono::seconds(10));
  answers_["GET /container"] = JsonAnswer("second", "2023-11-15T00:13:20Z");
  EXPECT_EQ(credentials->Get(Context())->access_key, "second");

  answers_["GET /container"] = HttpAnswer(500, "");
  clock_.Advance(std::chrono::hours(2));
  EXPECT_FALSE(credentials->Get(Context()).ok());  // nothing good is left
  EXPECT_FALSE(credentials->Get(Context()).ok());
  EXPECT_EQ(server_.requests(), 4);
}

TEST_F(CredentialsTest, KeysThatAreShortLivedAreNotFetchedForEachRequest) {
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/container";
  answers_["GET /container"] = JsonAnswer("short", kInAMinute);
  const auto credentials = Make();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(credentials->Get(Context())->access_key, "short");
  EXPECT_EQ(server_.requests(), 1);
}

TEST_F(CredentialsTest, RefusedKeysAreRenewed) {
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/container";
  answers_["GET /container"] = JsonAnswer("first", kInAnHour);
  const auto credentials = Make();
  const AwsCredentials first = *credentials->Get(Context());
  EXPECT_FALSE(credentials->Renew(Context(), first));  // the same again
  answers_["GET /container"] = JsonAnswer("second", kInAnHour);
  EXPECT_TRUE(credentials->Renew(Context(), first));
  EXPECT_EQ(server_.requests(), 3);
  EXPECT_TRUE(credentials->Renew(Context(), first));  // somebody did already
  EXPECT_EQ(server_.requests(), 3);

  config_.access_key = config_.secret_key = "fixed";
  const auto fixed = Make();
  EXPECT_FALSE(fixed->Renew(Context(), *fixed->Get(Context())));
}

TEST_F(CredentialsTest, OneFetchesForAll) {
  env_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/container";
  answers_["GET /container"] = JsonAnswer("shared", kInAnHour);
  const auto credentials = Make();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 16; ++i) threads.emplace_back([&] { good += credentials->Get(Context())->access_key == "shared"; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 16);
  EXPECT_EQ(server_.requests(), 1);
}

TEST(WithoutSecretsTest, HidesKeyAndToken) {
  const AwsCredentials credentials{
      .access_key = "AK", .secret_key = "s3cret", .session_token = "t0ken", .expires = {}, .source = ""};
  EXPECT_EQ(WithoutSecrets("a s3cret, a t0ken, a s3crets3cret", credentials), "a ***, a ***, a ******");
  EXPECT_EQ(WithoutSecrets("nothing", AwsCredentials()), "nothing");
}

TEST_F(CredentialsTest, KeysOfAConfigFileAreReadAgain) {
  config_.access_key = "OLD", config_.secret_key = "old";
  S3Config now = config_;
  absl::Status failure;
  config_.read_again = [&]() -> absl::StatusOr<S3Config> { return failure.ok() ? absl::StatusOr<S3Config>(now) : failure; };
  const std::unique_ptr<Credentials> credentials = Make();
  const AwsCredentials old = credentials->Get(Context()).value();
  EXPECT_EQ(old.access_key, "OLD");
  EXPECT_FALSE(credentials->Renew(Context(), old)) << "there is no other key";

  now.access_key = "NEW", now.secret_key = "new";
  EXPECT_TRUE(credentials->Renew(Context(), old)) << "the server refused the old one";
  EXPECT_EQ(credentials->Get(Context())->secret_key, "new");

  now.access_key = "NEWER", now.secret_key = "newer";
  clock_.Advance(std::chrono::minutes(6));
  EXPECT_EQ(credentials->Get(Context())->access_key, "NEWER") << "read again by itself";

  failure = NotFound("open bucket.yml");
  clock_.Advance(std::chrono::minutes(30));
  const absl::StatusOr<AwsCredentials> kept = credentials->Get(Context());
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->access_key, "NEWER");
  EXPECT_THAT(kept->source, HasSubstr("open bucket.yml"));
}

}  // namespace
}  // namespace varve
