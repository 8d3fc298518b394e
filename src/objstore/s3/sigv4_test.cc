// The signatures are those that AWS publishes: the examples of the S3 API reference, and the cases of the Signature Version 4
// test suite in which S3's rules are the general ones.
#include "objstore/s3/sigv4.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "objstore/digests.h"

namespace varve {
namespace {

struct Case {
  std::string_view name, method, path;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body, signed_headers, signature;
};

std::string Authorization(const Case& c, const SigningKeys& keys, const SigningScope& scope) {
  UrlParams params;
  for (const auto& [name, value] : c.query) params.Add(name, value);
  HttpHeaders headers;
  for (const auto& [name, value] : c.headers) headers.Add(name, value);
  const std::string query = CanonicalQuery(params);
  const std::string content_sha256 = HexOf(Sha256(AsBytes(c.body)));
  return SigV4Authorization(
      {.method = c.method, .path = c.path, .query = query, .headers = headers, .content_sha256 = content_sha256}, keys, scope);
}

TEST(SigV4Test, SignsTheExamplesOfTheS3Reference) {
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const std::pair<std::string, std::string> host = {"Host", "examplebucket.s3.amazonaws.com"},
                                            date = {"x-amz-date", "20130524T000000Z"}, none = {"x-amz-content-sha256", empty};
  const std::string_view plain = "host;x-amz-content-sha256;x-amz-date";
  const Case cases[] = {
      {"get object",
       "GET",
       "/test.txt",
       {},
       {host, date, none, {"Range", "bytes=0-9"}},
       "",
       "host;range;x-amz-content-sha256;x-amz-date",
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"put object",
       "PUT",
       "/test%24file.text",
       {},
       {host,
        date,
        {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
        {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
        {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}},
       "Welcome to Amazon S3.",
       "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {"get lifecycle",
       "GET",
       "/",
       {{"lifecycle", ""}},
       {host, date, none},
       "",
       plain,
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"list",
       "GET",
       "/",
       {{"prefix", "J"}, {"max-keys", "2"}},
       {host, date, none},
       "",
       plain,
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  const SigningKeys keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
  for (const Case& c : cases) {
    EXPECT_EQ(
        Authorization(c, keys, {.date = "20130524T000000Z", .region = "us-east-1"}),
        fmt::format("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders={}, "
                    "Signature={}",
                    c.signed_headers, c.signature))
        << c.name;
  }
}

TEST(SigV4Test, SignsTheTestSuite) {
  const std::pair<std::string, std::string> host = {"Host", "example.amazonaws.com"}, date = {"X-Amz-Date", "20150830T123600Z"};
  const std::string_view plain = "host;x-amz-date";
  const std::string unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const Case cases[] = {
      {"get-vanilla",
       "GET",
       "/",
       {},
       {host, date},
       "",
       plain,
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"post-vanilla",
       "POST",
       "/",
       {},
       {host, date},
       "",
       plain,
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"get-vanilla-query-order-key-case",
       "GET",
       "/",
       {{"Param2", "value2"}, {"Param1", "value1"}},
       {host, date},
       "",
       plain,
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-utf8-query",
       "GET",
       "/",
       {{"\u1234", "bar"}},
       {host, date},
       "",
       plain,
       "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
      {"get-unreserved",
       "GET",
       unreserved,
       {},
       {host, date},
       "",
       plain,
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"get-header-value-trim",
       "GET",
       "/",
       {},
       {host, {"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}, date},
       "",
       "host;my-header1;my-header2;x-amz-date",
       "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {"get-header-key-duplicate",
       "GET",
       "/",
       {},
       {host, {"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}, date},
       "",
       "host;my-header1;x-amz-date",
       "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
      {"post-header-key-sort",
       "POST",
       "/",
       {},
       {host, {"My-Header1", "value1"}, date},
       "",
       "host;my-header1;x-amz-date",
       "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
      {"post-x-www-form-urlencoded",
       "POST",
       "/",
       {},
       {host, {"Content-Type", "application/x-www-form-urlencoded"}, date},
       "Param1=value1",
       "content-type;host;x-amz-date",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
  };
  const SigningKeys keys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
  for (Case c : cases) {
    const std::string path = c.path.starts_with('/') ? std::string(c.path) : "/" + std::string(c.path);
    c.path = path;
    EXPECT_EQ(Authorization(c, keys, {.date = "20150830T123600Z", .region = "us-east-1", .service = "service"}),
              fmt::format("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={}, "
                          "Signature={}",
                          c.signed_headers, c.signature))
        << c.name;
  }
}

TEST(SigV4Test, EscapesAndSortsAsServersDo) {
  EXPECT_EQ(AwsEscape("a/b c+d=e:f@\u00e9~"), "a%2Fb%20c%2Bd%3De%3Af%40%C3%A9~");
  EXPECT_EQ(EscapeObjectPath("a/b c+/./x%2F"), "a/b%20c%2B/./x%252F");
  UrlParams params;
  params.Add("list-type", "2");
  params.Add("delimiter", "/");
  params.Add("uploads", "");
  params.Add("a-b", "1");
  params.Add("a", "2");
  params.Add("a", "1");
  EXPECT_EQ(CanonicalQuery(params), "a=1&a=2&a-b=1&delimiter=%2F&list-type=2&uploads=");
  EXPECT_EQ(AwsDate(1'369'353'600'999), "20130524T000000Z");
}

// One name a prefix of the other: sorted by name alone, though ':' sorts after '-'.
TEST(SigV4Test, SortsHeadersByNameAlone) {
  HttpHeaders headers;
  headers.Add("x-amz-meta-a-b", "2");
  headers.Add("x-amz-meta-a", "1");
  headers.Add("Host", "h");
  const std::string authorization =
      SigV4Authorization({.method = "GET", .path = "/", .query = "", .headers = headers, .content_sha256 = "UNSIGNED-PAYLOAD"},
                         {"AK", "SK"}, {.date = "20150830T123600Z", .region = "r"});
  EXPECT_NE(authorization.find("SignedHeaders=host;x-amz-meta-a;x-amz-meta-a-b,"), std::string::npos) << authorization;
}

TEST(DigestsTest, AgreeWithTheirStandards) {
  EXPECT_EQ(HexOf(Sha256(AsBytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexOf(HmacSha256(AsBytes("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  ContentDigests digests(true);
  digests.Update(AsBytes("a"));
  digests.Update(AsBytes("bc"));
  EXPECT_EQ(digests.TakeSha256Hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digests.TakeMd5Base64(), "kAFQmDzST7DWlj99KOF/cg==");
  for (const std::string_view text : {"", "f", "fo", "foo", "foobar"}) EXPECT_EQ(*FromBase64(Base64Of(AsBytes(text))), text);
  EXPECT_EQ(Base64Of(AsBytes("fo")), "Zm8=");
  EXPECT_FALSE(FromBase64("Zm8").ok());
  EXPECT_FALSE(FromBase64("Zm8*").ok());
}

}  // namespace
}  // namespace varve
