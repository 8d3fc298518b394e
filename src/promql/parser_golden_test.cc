// Replays testdata/promql/parser_golden.txt: what Prometheus' own parser makes of 1,500 queries.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "base/json_value.h"
#include "base/json_writer.h"
#include "promql/format/tree_json.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/testing/every_feature.h"

namespace varve::promql {
namespace {

struct Golden {
  std::string query;
  bool experimental = false;
  std::optional<std::string> prints, pretty, tree, fails;
};

std::string Text(std::string_view json) { return std::string(JsonValue::Parse(json)->StringOr("")); }

std::vector<Golden> ReadGolden() {
  std::ifstream file(VARVE_SOURCE_DIR "/testdata/promql/parser_golden.txt");
  std::vector<Golden> all;
  for (std::string line; std::getline(file, line);) {
    const auto take = [&line](std::string_view word) {
      if (!line.starts_with(word)) return false;
      line.erase(0, word.size());
      return true;
    };
    if (take("#")) continue;
    if (const bool experimental = take("experimental "); take("query ")) {
      all.push_back({.query = Text(line), .experimental = experimental});
    } else if (take("  prints ")) {
      all.back().prints = Text(line);
    } else if (take("  pretty ")) {
      all.back().pretty = Text(line);
    } else if (take("  fails ")) {
      all.back().fails = Text(line);
    } else if (take("  tree ")) {
      all.back().tree = line;
    } else {
      ADD_FAILURE() << "cannot read: " << line;
    }
  }
  return all;
}

void Replay(const Golden& golden) {
  SCOPED_TRACE(golden.query);
  const absl::StatusOr<ExprPtr> expr = ParseExpr(golden.query, golden.experimental ? kEveryFeature : ParserOptions());
  if (golden.fails.has_value()) {
    EXPECT_FALSE(expr.ok());
    EXPECT_EQ(std::string(expr.status().message()), *golden.fails);
    return;
  }
  ASSERT_TRUE(expr.ok()) << expr.status();
  EXPECT_EQ(ToString(**expr), *golden.prints);
  EXPECT_EQ(Prettify(**expr), golden.pretty.value_or(*golden.prints));
  if (!golden.tree.has_value()) return;
  std::string json;
  JsonWriter writer(json);
  WriteTree(writer, **expr);
  EXPECT_EQ(json, *golden.tree);
}

TEST(ParserGoldenTest, AgreesWithPrometheus) {
  const std::vector<Golden> all = ReadGolden();
  EXPECT_GT(all.size(), 1000u);
  for (const Golden& golden : all) Replay(golden);
}

}  // namespace
}  // namespace varve::promql
