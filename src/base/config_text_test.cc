// JSON and YAML as configs and meta files use them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_value.h"
#include "base/json_writer.h"
#include "base/yaml.h"

namespace varve {
namespace {

TEST(JsonWriterTest, EscapesAsGo) {
  std::string out;
  AppendJsonString(out, "a\"\\\n\t\x01\xc3\xa9\xff<>&\xe2\x80\xa8");
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\t\\u0001\xc3\xa9\\ufffd<>&\\u2028\"");
}

TEST(JsonWriterTest, PlacesCommas) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Field("a", int64_t{1});
  json.Key("b");
  json.BeginArray();
  json.Double(0.5);
  json.Double(1e-7);
  json.Double(1e21);
  json.BeginObject();
  json.EndObject();
  json.Null();
  json.EndArray();
  json.Field("c", true);
  json.EndObject();
  EXPECT_EQ(out, R"({"a":1,"b":[0.5,1e-7,1e+21,{},null],"c":true})");
}

TEST(JsonValueTest, ParsesAndForgives) {
  const absl::StatusOr<JsonValue> root = JsonValue::Parse(R"({"a":{"b":[1,2.5,"x",null,18446744073709551615]},"a2":true})");
  ASSERT_TRUE(root.ok());
  EXPECT_EQ((*root)["a"]["b"].array().size(), 5u);
  EXPECT_EQ((*root)["a"]["b"].array()[0].IntOr(0), 1);
  EXPECT_EQ((*root)["nothing"]["here"].IntOr(7), 7);
  EXPECT_EQ(root->ToString(), R"({"a":{"b":[1,2.5,"x",null,18446744073709552000]},"a2":true})");
  for (const char* bad : {"", "{", "{\"a\":}", "[1,]", "nul", "\"\xff\""}) EXPECT_FALSE(JsonValue::Parse(bad).ok()) << bad;
  EXPECT_FALSE(JsonValue::Parse(std::string(10000, '[')).ok());
}

TEST(YamlTest, ReadsTypesAndRefusesUnknownKeys) {
  const absl::StatusOr<YamlNode> root =
      YamlNode::Parse("bucket: b\nsize: 250MB\nttl: 1d\nlist: [a, b]\ninsecure: true\nbukket: x\n");
  ASSERT_TRUE(root.ok());
  std::string bucket;
  uint64_t size = 0;
  int64_t ttl = 0;
  std::vector<std::string> list;
  bool insecure = false;
  YamlMap map(*root, "objstore config");
  map.Read("bucket", bucket);
  map.ReadSizeBytes("size", size);
  map.ReadDurationMs("ttl", ttl);
  map.Read("list", list);
  map.Read("insecure", insecure);
  const absl::Status status = map.Finish();
  EXPECT_EQ(bucket, "b");
  EXPECT_EQ(size, 250u << 20);
  EXPECT_EQ(ttl, 86400000);
  EXPECT_EQ(list.size(), 2u);
  EXPECT_TRUE(insecure);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("unknown key \"bukket\" in objstore config (line 6)"));
}

TEST(YamlTest, NamesKeyLineAndType) {
  const absl::StatusOr<YamlNode> root = YamlNode::Parse("a: 1\nport: many\n");
  ASSERT_TRUE(root.ok());
  int port = 0;
  YamlMap map(*root, "config");
  map.Read("port", port);
  EXPECT_EQ(std::string(map.Finish().message()), "config (line 2): key \"port\" must be a whole number, got \"many\"");
  EXPECT_FALSE(YamlNode::Parse("a: [").ok());
  EXPECT_FALSE(YamlNode::Parse("a: 1\na: 2\n").ok());
}

}  // namespace
}  // namespace varve
