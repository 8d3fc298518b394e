#include "objstore/s3/s3_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objstore/iso_time.h"
#include "objstore/xml_reader.h"

namespace varve {
namespace {

using testing::ElementsAre;

// The order of elements, escapes and spaces of two servers, as they were seen.
TEST(S3AnswersTest, ReadsTheListingsOfDifferentServers) {
  const std::string_view ceph =
      R"(<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)"
      R"(<Name>b</Name><Prefix></Prefix><MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><IsTruncated>true</IsTruncated>)"
      R"(<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes><Contents><Key>a&amp;b</Key>)"
      R"(<LastModified>2026-11-22T15:00:01.234Z</LastModified><ETag>&quot;d41d&quot;</ETag><Size>12</Size>)"
      R"(<StorageClass>STANDARD</StorageClass><Owner><ID>t</ID><DisplayName>Key</DisplayName></Owner>)"
      R"(<Type>Normal</Type></Contents><NextContinuationToken>dir/</NextContinuationToken><KeyCount>2</KeyCount>)"
      R"(</ListBucketResult>)";
  const std::string_view swift =
      "<?xml version='1.0' encoding='UTF-8'?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Name>b</Name><Prefix/><NextContinuationToken>ZGlyLw==</NextContinuationToken><KeyCount>2</KeyCount>"
      "<MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
      "<Contents><Key>a%26b</Key><LastModified>2026-11-22T15:00:01.000Z</LastModified><ETag>\"d41d\"</ETag>"
      "<Size>12</Size><StorageClass>STANDARD</StorageClass></Contents>"
      "<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes></ListBucketResult>";
  for (const auto& [xml, next, modified] :
       {std::tuple(ceph, "dir/", 1795359601234), std::tuple(swift, "ZGlyLw==", 1795359601000)}) {
    const auto page = ParseListPage(xml);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->objects.size(), 1u);
    EXPECT_EQ(page->objects[0].key, "a&b");
    EXPECT_EQ(page->objects[0].size, 12u);
    EXPECT_EQ(page->objects[0].last_modified, modified);
    EXPECT_THAT(page->prefixes, ElementsAre("dir/"));
    EXPECT_TRUE(page->truncated);
    EXPECT_EQ(page->next, next);
  }
}

TEST(S3AnswersTest, DecodesKeysAndMarkersWhereTheServerEscapesThem) {
  const auto page = ParseListPage(
      "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a+b%2Bc%0A%C3%A9</Key></Contents>"
      "<NextMarker>x%2Fy</NextMarker></ListBucketResult>");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->objects[0].key, "a b+c\n\u00e9");
  EXPECT_EQ(page->next, "x/y");
}

TEST(S3AnswersTest, RefusesWhatIsNoListing) {
  for (const std::string_view text :
       {"", "<html><body>Sign in</body></html>", "<ListBucketResult>", "<ListBucketResult><Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>many</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><LastModified>today</LastModified></Contents></ListBucketResult>",
        "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents></ListBucketResult>"}) {
    EXPECT_FALSE(ParseListPage(text).ok()) << text;
  }
}

TEST(S3AnswersTest, ReadsErrors) {
  const S3Error error = ParseS3Error(
      "<?xml version=\"1.0\"?>\n<Error><Code>PermanentRedirect</Code><Message>There</Message>"
      "<Endpoint>b.s3-eu-west-1.amazonaws.com</Endpoint><RequestId>r1</RequestId></Error>");
  EXPECT_EQ(error.code, "PermanentRedirect");
  EXPECT_EQ(error.message, "There");
  EXPECT_EQ(error.endpoint, "b.s3-eu-west-1.amazonaws.com");
  EXPECT_EQ(error.request_id, "r1");
  EXPECT_EQ(ParseS3Error("<h1>Bad gateway").code, "");
  const auto failures = ParseDeleteFailures(
      "<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code>"
      "</Error></DeleteResult>");
  ASSERT_EQ(failures->size(), 1u);
  EXPECT_EQ(failures->front().key, "b");
  EXPECT_EQ(failures->front().error.code, "AccessDenied");
}

TEST(S3AnswersTest, WritesRequests) {
  EXPECT_THAT(DeleteObjectsXml({"a<b>&\"c\""}), testing::HasSubstr("<Object><Key>a&lt;b&gt;&amp;&quot;c&quot;</Key></Object>"));
  EXPECT_THAT(CompleteMultipartXml({{.number = 1, .etag = "\"x\""}}),
              testing::HasSubstr("<Part><PartNumber>1</PartNumber><ETag>&quot;x&quot;</ETag></Part>"));
}

TEST(S3AnswersTest, ReadsTimes) {
  EXPECT_EQ(*ParseIso8601("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(*ParseIso8601("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(*ParseIso8601("1970-01-01T00:00:01.123456789Z"), 1123);
  for (const std::string_view bad : {"", "1970-01-01", "1970-01-01T00:00:01+02:00", "x1970-01-01T00:00:01Z"}) {
    EXPECT_FALSE(ParseIso8601(bad).ok()) << bad;
  }
}

std::string Walk(std::string_view xml) {
  std::string seen;
  XmlReader reader(xml);
  while (reader.Next())
    seen +=
        std::string(reader.at_start() ? "<" : ">") + std::string(reader.name()) + (reader.at_start() ? "" : "=" + reader.text());
  return reader.status().ok() ? seen : "error";
}

TEST(XmlReaderTest, WalksElements) {
  EXPECT_EQ(Walk("<?xml version='1.0'?><!-- hi --><a x=\"1>\" y='2'><s3:b>t&lt;&#x41;&#66;</s3:b><c/> <d /></a>\n"),
            "<a<b>b=t<AB<c>c=<d>d=>a=");
  EXPECT_EQ(Walk("<a>one<b>two</b>three</a>"), "<a<b>b=two>a=two");
}

TEST(XmlReaderTest, RefusesWhatIsNotWellFormed) {
  const std::string deep = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "<a>";
    return text;
  }();
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("text"), std::string_view("<a>"), std::string_view("<a></b>"),
        std::string_view("<a/><b/>"), std::string_view("<a>&unknown;</a>"), std::string_view("<a>&#0;</a>"),
        std::string_view("<a>&#xD800;</a>"), std::string_view("<a>&amp</a>"),
        std::string_view("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), std::string_view("<a b></a>"),
        std::string_view("<a b=c></a>"), std::string_view("<a"), std::string_view("<a><!-- </a>"), std::string_view("</a>"),
        std::string_view("<a/>x"), std::string_view(deep)}) {
    EXPECT_EQ(Walk(bad), "error") << bad;
  }
}

}  // namespace
}  // namespace varve
