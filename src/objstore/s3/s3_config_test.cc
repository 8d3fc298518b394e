#include "objstore/s3/s3_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "objstore/s3/s3_endpoint.h"

namespace varve {
namespace {

using testing::HasSubstr;

absl::StatusOr<S3Config> Read(std::string_view yaml) { return ReadS3Config(YamlNode::Parse(yaml).value()); }

TEST(S3ConfigTest, TakesEveryKeyOfThanos) {
  const auto config = Read(R"(
bucket: b
endpoint: s3.eu-west-1.amazonaws.com
region: eu-west-1
disable_dualstack: true
aws_sdk_auth: false
access_key: AK
insecure: true
signature_version2: false
secret_key: SK
session_token: ST
put_user_metadata: {team: metrics}
http_config: {idle_conn_timeout: 1m30s, tls_config: {server_name: x}}
trace: {enable: true}
list_objects_version: v1
bucket_lookup_type: path
send_content_md5: false
disable_multipart: true
part_size: 67108864
sse_config: {type: SSE-KMS, kms_key_id: key1, kms_encryption_context: {a: b}, encryption_key: ""}
sts_endpoint: https://sts.local
max_retries: 7
)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->region, "eu-west-1");
  EXPECT_FALSE(config->dualstack);
  EXPECT_TRUE(config->insecure);
  EXPECT_EQ(config->session_token, "ST");
  EXPECT_EQ(config->put_user_metadata.at("team"), "metrics");
  EXPECT_EQ(config->http.tls.server_name, "x");
  EXPECT_TRUE(config->trace);
  EXPECT_TRUE(config->list_v1);
  EXPECT_EQ(config->lookup, S3Lookup::kPath);
  EXPECT_FALSE(config->send_content_md5);
  EXPECT_TRUE(config->disable_multipart);
  EXPECT_EQ(config->sse.type, S3Encryption::kSseKms);
  EXPECT_EQ(config->sse.kms_encryption_context.at("a"), "b");
  EXPECT_EQ(config->sts_endpoint, "https://sts.local");
  EXPECT_EQ(config->max_retries, 7);
}

TEST(S3ConfigTest, HasThanosDefaults) {
  const auto config = Read("{bucket: b, endpoint: e}");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->send_content_md5);
  EXPECT_EQ(config->part_size, 64u << 20);
  EXPECT_EQ(config->lookup, S3Lookup::kAuto);
  EXPECT_FALSE(config->list_v1);
  EXPECT_TRUE(config->dualstack);
}

TEST(S3ConfigTest, SaysWhatIsWrong) {
  struct Case {
    std::string_view yaml, message;
  };
  const Case cases[] = {
      {"{endpoint: e}", "bucket is missing"},
      {"{bucket: b}", "endpoint is missing"},
      {"{bucket: b, endpoint: 'https://e:9000'}", "has a scheme; write e:9000 and insecure: false"},
      {"{bucket: b, endpoint: 'http://e'}", "write e and insecure: true"},
      {"{bucket: b, endpoint: e/b}", "without a path"},
      {"{bucket: b/c, endpoint: e}", "goes into `prefix`"},
      {"{bucket: b, endpoint: e, access_key: a}", "access_key is set without secret_key"},
      {"{bucket: b, endpoint: e, secret_key: hidden}", "secret_key is set without access_key"},
      {"{bucket: b, endpoint: e, access_key: '${AK}', secret_key: s}", "access_key refers to ${AK}, which is not set"},
      {"{bucket: b, endpoint: e, access_key: a, secret_key: hidden, aws_sdk_auth: true}", "exclude each other"},
      {"{bucket: b, endpoint: e, signature_version2: true}", "version 4 alone"},
      {"{bucket: b, endpoint: e, list_objects_version: v3}", "write v1 or v2"},
      {"{bucket: b, endpoint: e, bucket_lookup_type: dns}", "virtual-hosted or path"},
      {"{bucket: b, endpoint: e, part_size: 1024}", "5 MiB"},
      {"{bucket: b, endpoint: e, sse_config: {type: SSE-X}}", "SSE-S3, SSE-KMS or SSE-C"},
      {"{bucket: b, endpoint: e, sse_config: {type: SSE-C}}", "encryption_key must name a file"},
      {"{bucket: b, endpoint: e, sse_config: {type: SSE-KMS}}", "kms_key_id must be set"},
      {"{bucket: b, endpoint: e, acces_key: a}", "unknown key \"acces_key\""},
      {"{bucket: b, endpoint: e, http_config: {proxy: x}}", "unknown key \"proxy\" in http_config"},
      {"{bucket: b, endpoint: e, trace: {on: true}}", "unknown key \"on\" in trace"},
  };
  for (const Case& c : cases) {
    const absl::Status status = Read(c.yaml).status();
    EXPECT_THAT(std::string(Message(status)), HasSubstr(std::string(c.message))) << c.yaml;
    EXPECT_THAT(std::string(Message(status)), testing::Not(HasSubstr("hidden")));
  }
}

TEST(S3ConfigTest, PutsMetadataIntoHeaders) {
  EXPECT_THAT(
      UploadHeadersOf({{"Team", "m"}, {"X-Amz-Storage-Class", "GLACIER_IR"}, {"Cache-Control", "no-cache"}}),
      testing::UnorderedElementsAre(testing::Pair("x-amz-meta-Team", "m"), testing::Pair("X-Amz-Storage-Class", "GLACIER_IR"),
                                    testing::Pair("Cache-Control", "no-cache")));
}

TEST(S3EndpointTest, KnowsWhereABucketIs) {
  struct Case {
    std::string_view name, endpoint, bucket, region;
    bool insecure, dualstack;
    S3Lookup lookup;
    std::string_view origin, path, address_region;
  };
  const Case cases[] = {
      {"global", "s3.amazonaws.com", "b", "", false, true, S3Lookup::kAuto, "https://b.s3.dualstack.us-east-1.amazonaws.com", "",
       "us-east-1"},
      {"region", "s3.amazonaws.com", "b", "eu-west-1", false, false, S3Lookup::kAuto, "https://b.s3.eu-west-1.amazonaws.com", "",
       "eu-west-1"},
      {"told", "s3.eu-west-1.amazonaws.com", "b", "", false, true, S3Lookup::kAuto,
       "https://b.s3.dualstack.eu-west-1.amazonaws.com", "", "eu-west-1"},
      {"old", "s3-eu-west-1.amazonaws.com", "b", "", false, false, S3Lookup::kPath, "https://s3.eu-west-1.amazonaws.com", "/b",
       "eu-west-1"},
      {"china", "s3.cn-north-1.amazonaws.com.cn", "b", "", false, false, S3Lookup::kAuto,
       "https://b.s3.cn-north-1.amazonaws.com.cn", "", "cn-north-1"},
      {"dot", "s3.amazonaws.com", "b.c", "", false, false, S3Lookup::kAuto, "https://s3.us-east-1.amazonaws.com", "/b.c",
       "us-east-1"},
      {"vpc", "bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com", "b", "eu-west-1", false, true, S3Lookup::kPath,
       "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com", "/b", "eu-west-1"},
      {"fips", "s3-fips.us-west-2.amazonaws.com", "b", "us-west-2", false, true, S3Lookup::kAuto,
       "https://b.s3-fips.us-west-2.amazonaws.com", "", "us-west-2"},
      {"own", "minio:9000", "b", "", true, true, S3Lookup::kAuto, "http://minio:9000", "/b", "us-east-1"},
      {"own hosts", "minio:9000", "b", "here", true, true, S3Lookup::kVirtualHosted, "http://b.minio:9000", "", "here"},
      {"google", "storage.googleapis.com", "b", "", false, true, S3Lookup::kAuto, "https://b.storage.googleapis.com", "",
       "us-east-1"},
  };
  for (const Case& c : cases) {
    S3Config config;
    config.endpoint = c.endpoint, config.bucket = c.bucket, config.region = c.region;
    config.insecure = c.insecure, config.dualstack = c.dualstack, config.lookup = c.lookup;
    const S3Address address = S3Endpoint(config).Address();
    EXPECT_EQ(address.origin, c.origin) << c.name;
    EXPECT_EQ(address.path, c.path) << c.name;
    EXPECT_EQ(address.region, c.address_region) << c.name;
  }
}

TEST(S3EndpointTest, LearnsARegionOnce) {
  S3Config config;
  config.endpoint = "s3.amazonaws.com", config.bucket = "b";
  S3Endpoint endpoint(config);
  EXPECT_FALSE(endpoint.SetRegion("us-east-1"));
  EXPECT_FALSE(endpoint.SetRegion("evil.example.com/"));
  EXPECT_TRUE(endpoint.SetRegion("eu-west-1"));
  EXPECT_EQ(endpoint.Address().host, "b.s3.dualstack.eu-west-1.amazonaws.com");
}

}  // namespace
}  // namespace varve
