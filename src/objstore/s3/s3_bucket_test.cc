// The S3 bucket against answers that no test server gives on demand.
#include "objstore/s3/s3_bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>

#include "base/errors.h"
#include "objstore/bucket_errors.h"
#include "objstore/raw_chunks_mark.h"
#include "objstore/testing/scripted_server.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEmptyList = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

std::string ErrorXml(std::string_view code, std::string_view message = "", std::string_view more = "") {
  return fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>{}</Message>{}<RequestId>R1</RequestId></Error>",
                     code, message, more);
}

class S3BucketTest : public testing::Test {
 protected:
  std::unique_ptr<Bucket> Open(ScriptedServer::Script script) {
    server_ = std::make_unique<ScriptedServer>(std::move(script));
    config_.bucket = "b";
    config_.endpoint = server_->address();
    config_.insecure = true;
    config_.access_key = "AK";
    config_.secret_key = "s3cr3t";
    config_.session_token = "t0k3n";
    const Logger logger(LogLevel::kDebug, LogFormat::kLogfmt,
                        [this](std::string_view line) { log_ += std::string(line) + "\n"; });
    return NewS3Bucket(config_, logger).value();
  }
  std::unique_ptr<Bucket> Answering(std::string answer) {
    return Open([answer](const ScriptedRequest&) -> ScriptedReply { return {.bytes = answer}; });
  }
  static absl::Status List(Bucket& bucket) {
    return bucket.Iter(Context(), "", {}, [](const ObjectEntry&) { return absl::OkStatus(); });
  }

  S3Config config_;
  std::string log_;
  std::unique_ptr<ScriptedServer> server_;
};

TEST_F(S3BucketTest, RefusalsBecomeTheRightCodes) {
  struct Case {
    int http;
    std::string_view code;
    absl::StatusCode status;
    std::string_view advice;
  };
  const Case cases[] = {
      {404, "NoSuchKey", absl::StatusCode::kNotFound, "no such object"},
      {404, "", absl::StatusCode::kNotFound, "no such object"},
      {404, "NoSuchBucket", absl::StatusCode::kFailedPrecondition, "check bucket, endpoint and region"},
      {403, "AccessDenied", absl::StatusCode::kPermissionDenied, "must allow s3:GetObject"},
      {403, "", absl::StatusCode::kPermissionDenied, "check access_key and secret_key"},
      {403, "SignatureDoesNotMatch", absl::StatusCode::kPermissionDenied, "check access_key and secret_key"},
      {403, "InvalidAccessKeyId", absl::StatusCode::kPermissionDenied, "check access_key"},
      {400, "ExpiredToken", absl::StatusCode::kPermissionDenied, "renew session_token"},
      {400, "AuthorizationHeaderMalformed", absl::StatusCode::kFailedPrecondition, "set `region`"},
      {403, "RequestTimeTooSkewed", absl::StatusCode::kFailedPrecondition, "the clock of this machine"},
      {503, "SlowDown", absl::StatusCode::kResourceExhausted, "fewer requests"},
      {429, "", absl::StatusCode::kResourceExhausted, "fewer requests"},
      {503, "", absl::StatusCode::kUnavailable, "cannot answer now"},
      {500, "InternalError", absl::StatusCode::kUnavailable, "cannot answer now"},
      {400, "RequestTimeout", absl::StatusCode::kUnavailable, "cannot answer now"},
      {400, "BadDigest", absl::StatusCode::kUnavailable, "damaged on the way"},
      {403, "QuotaExceeded", absl::StatusCode::kFailedPrecondition, "quota"},
      {501, "NotImplemented", absl::StatusCode::kUnimplemented, "does not offer"},
      {200, "", absl::StatusCode::kOk, ""},
  };
  for (const Case& c : cases) {
    const auto bucket = Answering(HttpAnswer(c.http, c.code.empty() ? "" : ErrorXml(c.code, "words of the server")));
    const absl::Status status = bucket->ReadAll(Context(), "obj").status();
    EXPECT_EQ(status.code(), c.status) << c.http << c.code << status;
    EXPECT_THAT(std::string(Message(status)), HasSubstr(std::string(c.advice))) << c.http << c.code;
    if (!c.code.empty()) {
      EXPECT_THAT(std::string(Message(status)),
                  AllOf(HasSubstr("words of the server"), HasSubstr("request id R1"), HasSubstr("b/obj")));
    }
  }
}

TEST_F(S3BucketTest, ADeniedCallNamesThePermissionItTakes) {
  const auto bucket = Answering(HttpAnswer(403, ErrorXml("AccessDenied")));
  const Context ctx;
  std::byte out[4];
  const std::pair<absl::Status, std::string> cases[] = {
      {List(*bucket), "s3:ListBucket"},
      {bucket->ReadAt(ctx, "obj", 0, out).status(), "s3:GetObject"},
      {bucket->Exists(ctx, "obj").status(), "s3:GetObject"},
      {bucket->Upload(ctx, "obj", AsBytes("x")), "s3:PutObject"},
      {bucket->DeleteAll(ctx, {"obj"}), "s3:DeleteObject"},
  };
  for (const auto& [status, permission] : cases) {
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << permission << status;
    EXPECT_THAT(std::string(Message(status)), HasSubstr("must allow " + permission));
  }
}

TEST_F(S3BucketTest, AnArchivedObjectIsTold) {
  const auto bucket =
      Answering(HttpAnswer(403, ErrorXml("InvalidObjectState", "not valid", "<StorageClass>GLACIER</StorageClass>")));
  const absl::Status status = bucket->ReadAll(Context(), "01ARZ/index").status();
  EXPECT_TRUE(IsArchivedObject(status)) << status;
  EXPECT_THAT(std::string(Message(status)), HasSubstr("GLACIER"));
}

TEST_F(S3BucketTest, RetryAfterIsPassedOn) {
  const auto bucket = Answering(HttpAnswer(503, ErrorXml("SlowDown"), "Retry-After: 7\r\n"));
  const absl::Status status = bucket->ReadAll(Context(), "obj").status();
  EXPECT_TRUE(IsRetryable(status));
  EXPECT_EQ(RetryAfter(status), milliseconds(7000));
  EXPECT_EQ(server_->requests(), 1);  // trying again is for others
}

TEST_F(S3BucketTest, FollowsTheRegionTheServerNames) {
  std::vector<std::string> scopes;
  const auto answer = [&](const ScriptedRequest& request) -> ScriptedReply {
    const std::string_view authorization = request.headers.Get("Authorization");
    scopes.emplace_back(authorization.substr(authorization.find('/') + 10, 9));
    if (authorization.find("/eu-west-1/") != std::string_view::npos) return {.bytes = HttpAnswer(200, kEmptyList)};
    return {.bytes = HttpAnswer(400, ErrorXml("AuthorizationHeaderMalformed", "wrong", "<Region>eu-west-1</Region>"))};
  };
  const auto bucket = Open(answer);
  EXPECT_TRUE(List(*bucket).ok());
  EXPECT_TRUE(List(*bucket).ok());
  EXPECT_THAT(scopes, testing::ElementsAre("us-east-1", "eu-west-1", "eu-west-1"));
  EXPECT_THAT(log_, HasSubstr("set `region`"));
}

TEST_F(S3BucketTest, ARefusalWithoutWordsIsAskedAbout) {
  const auto answer = [&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.method == "HEAD") return {.bytes = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"};
    return {.bytes = HttpAnswer(400, ErrorXml("ExpiredToken"))};
  };
  const absl::Status status = Open(answer)->Exists(Context(), "obj").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(Message(status)), HasSubstr("renew session_token"));
}

TEST_F(S3BucketTest, ARedirectLeadsNowhereElse) {
  std::atomic<int> elsewhere = 0;
  ScriptedServer other([&](const ScriptedRequest&) -> ScriptedReply {
    ++elsewhere;
    return {.bytes = HttpAnswer(200, kEmptyList)};
  });
  const auto bucket = Answering(HttpAnswer(307, ErrorXml("TemporaryRedirect"), fmt::format("Location: {}\r\n", other.url("/"))));
  EXPECT_EQ(List(*bucket).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(elsewhere, 0);
}

TEST_F(S3BucketTest, NoSecretIsEverTold) {
  config_.trace = true;
  const std::string path = testing::TempDir() + "/varve-sse-key";
  std::ofstream(path) << "0123456789abcdef0123456789abcdef";
  config_.sse.type = S3Encryption::kSseC;
  config_.sse.encryption_key_file = path;
  std::string authorization;
  const auto bucket = Open([&](const ScriptedRequest& request) -> ScriptedReply {  // says back all it was told
    authorization = request.headers.Get("Authorization");
    std::string all;
    for (const auto& [name, value] : request.headers.fields()) all += name + value;
    return {.bytes = HttpAnswer(403, ErrorXml("SignatureDoesNotMatch", "t0k3n s3cr3t " + request.target, ""))};
  });
  std::string told;
  told += bucket->ReadAll(Context(), "obj").status().ToString();
  told += bucket->Upload(Context(), "obj", AsBytes("x")).ToString();
  told += List(*bucket).ToString();
  told += log_;
  EXPECT_THAT(told, HasSubstr("s3 request"));
  const std::string signature = authorization.substr(authorization.find("Signature=") + 10);
  ASSERT_EQ(signature.size(), 64u);
  for (const std::string& secret :
       {std::string("s3cr3t"), std::string("t0k3n"), signature, std::string("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")}) {
    EXPECT_THAT(told, Not(HasSubstr(secret)));
  }
}

TEST_F(S3BucketTest, ChecksWhatARangeReadGets) {
  struct Case {
    std::string_view name, answer;
    absl::StatusCode code;
    std::string_view content;
  };
  const std::string right = HttpAnswer(206, "cdef", "Content-Range: bytes 2-5/100\r\n"),
                    end = HttpAnswer(206, "cd", "Content-Range: bytes 2-3/4\r\n"),
                    short_answer = HttpAnswer(206, "cd", "Content-Range: bytes 2-3/100\r\n"),
                    other = HttpAnswer(206, "abcd", "Content-Range: bytes 0-3/100\r\n"), none = HttpAnswer(206, "cdef"),
                    whole = HttpAnswer(200, "abcd"), long_whole = HttpAnswer(200, "abcdefgh"),
                    behind = HttpAnswer(416, ErrorXml("InvalidRange"));
  const Case cases[] = {
      {"right", right, absl::StatusCode::kOk, "cdef"},
      {"end", end, absl::StatusCode::kOk, "cd"},
      {"short", short_answer, absl::StatusCode::kUnavailable, ""},
      {"other", other, absl::StatusCode::kUnavailable, ""},
      {"no range", none, absl::StatusCode::kUnavailable, ""},
      {"whole", whole, absl::StatusCode::kUnavailable, ""},
      {"long whole", long_whole, absl::StatusCode::kFailedPrecondition, ""},
      {"behind", behind, absl::StatusCode::kOk, ""},
  };
  for (const Case& c : cases) {
    const auto bucket = Answering(std::string(c.answer));
    std::string out(4, '?');
    const auto got = bucket->ReadAt(Context(), "obj", 2, std::as_writable_bytes(std::span(out)));
    EXPECT_EQ(got.status().code(), c.code) << c.name << got.status();
    if (got.ok()) {
      EXPECT_EQ(out.substr(0, *got), c.content) << c.name;
    }
  }
}

TEST_F(S3BucketTest, SkipsNamesThatAreNoneOfOurs) {
  const auto bucket =
      Answering(HttpAnswer(200,
                           "<ListBucketResult><Contents><Key>../evil</Key></Contents><Contents><Key>a//b</Key></Contents>"
                           "<Contents><Key>folder/</Key></Contents><Contents><Key>good</Key></Contents>"
                           "<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>/</Prefix>"
                           "</CommonPrefixes></ListBucketResult>"));
  std::vector<std::string> names;
  for (int i = 0; i < 2; ++i) {
    names.clear();
    ASSERT_TRUE(bucket
                    ->Iter(Context(), "", {},
                           [&](const ObjectEntry& entry) {
                             names.push_back(entry.name);
                             return absl::OkStatus();
                           })
                    .ok());
  }
  EXPECT_THAT(names, testing::ElementsAre("good", "x/"));
  EXPECT_EQ(log_.find("../evil"), log_.rfind("../evil"));  // told once
}

TEST_F(S3BucketTest, AnEndpointThatIsNoS3IsCalledOne) {
  EXPECT_THAT(std::string(Message(List(*Answering(HttpAnswer(200, "<html>Welcome</html>"))))), HasSubstr("not an S3 server"));
  EXPECT_THAT(std::string(Message(List(*Answering(HttpAnswer(404, "<html>no</html>"))))), HasSubstr("check bucket, endpoint"));
  EXPECT_THAT(std::string(Message(
                  List(*Answering(HttpAnswer(200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"))))),
              HasSubstr("where the next page starts"));
}

TEST_F(S3BucketTest, ACompletionThatFailsLateIsAFailure) {
  config_.part_size = 5 << 20;
  std::atomic<int> aborted = 0;
  const auto bucket = Open([&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.method == "POST" && request.target == "/b/obj?uploads=") {
      return {.bytes = HttpAnswer(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>")};
    }
    if (request.method == "PUT") return {.bytes = HttpAnswer(200, "", "ETag: \"e\"\r\n")};
    if (request.method == "DELETE") ++aborted;
    return {.bytes = HttpAnswer(200, "\n   " + ErrorXml("InternalError", "late").substr(21))};
  });
  const std::string content(6 << 20, 'x');
  EXPECT_TRUE(absl::IsUnavailable(bucket->Upload(Context(), "obj", AsBytes(content))));
  EXPECT_EQ(aborted, 1);
}

TEST_F(S3BucketTest, AsksForEncryptionAsConfigured) {
  std::map<std::string, std::string> headers;
  const auto record = [&](const ScriptedRequest& request) -> ScriptedReply {
    for (const auto& [name, value] : request.headers.fields()) headers[name] = value;
    return {.bytes = HttpAnswer(200, "", "ETag: \"e\"\r\n")};
  };
  config_.sse.type = S3Encryption::kSseS3;
  ASSERT_TRUE(Open(record)->Upload(Context(), "obj", AsBytes("x")).ok());
  EXPECT_EQ(headers["x-amz-server-side-encryption"], "AES256");
  EXPECT_EQ(headers["Content-MD5"], "ndTkYSaMgDT1yFZOFVxnpg==");
  config_.sse = {
      .type = S3Encryption::kSseKms, .kms_key_id = "key1", .kms_encryption_context = {{"a", "b"}}, .encryption_key_file = ""};
  config_.send_content_md5 = false;
  headers.clear();
  ASSERT_TRUE(Open(record)->Upload(Context(), "obj", AsBytes("x")).ok());
  EXPECT_EQ(headers["x-amz-server-side-encryption"], "aws:kms");
  EXPECT_EQ(headers["x-amz-server-side-encryption-aws-kms-key-id"], "key1");
  EXPECT_EQ(headers["x-amz-server-side-encryption-context"], "eyJhIjoiYiJ9");  // {"a":"b"}
  EXPECT_EQ(headers["x-amz-security-token"], "t0k3n");
  EXPECT_EQ(headers.count("Content-MD5"), 0u);
  EXPECT_THAT(headers["Authorization"], HasSubstr("x-amz-server-side-encryption;x-amz-server-side-encryption-aws-kms-key-id;"));
}

TEST_F(S3BucketTest, MarksChunksOfRawSamplesWhenAsked) {
  std::string tagging;
  bool in_parts = false;
  const auto script = [&](const ScriptedRequest& request) -> ScriptedReply {
    if (request.headers.Has("x-amz-tagging")) tagging = request.headers.Get("x-amz-tagging");
    in_parts = in_parts || request.target.ends_with("?uploads=");
    if (request.method == "PUT") return {.bytes = HttpAnswer(200, "", "ETag: \"e\"\r\n")};
    return {.bytes = HttpAnswer(200, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")};
  };
  const std::string path = fmt::format("{}/varve-s3-marked-{}", testing::TempDir(), ::getpid());
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes(std::string(100, 'c'))).ok());
  for (const uint64_t part_size : {1000, 50}) {
    config_.part_size = part_size;
    for (const bool mark : {false, true}) {
      config_.mark_raw_chunks = mark;
      const auto bucket = Open(script);
      EXPECT_TRUE(bucket->UploadFile(Context(), "x/index", path).ok());
      EXPECT_EQ(tagging, "");
      EXPECT_TRUE(UploadRawChunks(Context(), *bucket, "x/chunks/000001", path).ok());
      EXPECT_EQ(tagging, mark ? "varve=raw-chunks" : "");
      tagging.clear();
    }
  }
  EXPECT_TRUE(in_parts);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace varve
