#include "api/blocks_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/errors.h"
#include "base/json_value.h"
#include "objstore/memory_bucket.h"

namespace varve {
namespace {

using testing::HasSubstr;

constexpr std::string_view kId = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

class BlocksHandlersTest : public testing::Test {
 protected:
  static std::shared_ptr<const BlockMeta> Block() {
    BlockMeta meta;
    meta.id = *Ulid::Parse(kId);
    meta.thanos = ThanosMeta{.labels = {{"cluster", "a"}}};
    return std::make_shared<const BlockMeta>(meta);
  }
  JsonValue List(const std::string& view) {
    HttpRequest request;
    if (!view.empty()) request.query.Add("view", view);
    const HttpResponse response = handlers_.List(request);
    EXPECT_EQ(response.status, 200);
    return *JsonValue::Parse(response.body);
  }
  HttpResponse Mark(const std::string& id, const std::string& action) {
    HttpRequest request;
    request.form.Add("id", id);
    request.form.Add("action", action);
    request.form.Add("detail", "because");
    return handlers_.Mark(request);
  }

  FakeClock clock_{1'700'000'000'000};
  std::unique_ptr<Bucket> bucket_ = NewMemoryBucket();
  BlocksHandlers handlers_{{.label = "cluster"}, *bucket_, clock_};
};

TEST_F(BlocksHandlersTest, ListsBothViews) {
  handlers_.SetGlobal({Block(), Block()}, absl::OkStatus());
  handlers_.SetLoaded({Block()}, absl::OkStatus());
  const JsonValue all = List("");
  EXPECT_EQ(all["data"]["label"].StringOr(""), "cluster");
  EXPECT_EQ(all["data"]["blocks"].array().size(), 2u);
  EXPECT_EQ(all["data"]["blocks"].array()[0]["ulid"].StringOr(""), kId);
  EXPECT_EQ(all["data"]["refreshedAt"].StringOr(""), "2023-11-14T22:13:20Z");
  EXPECT_TRUE(all["data"]["err"].is_null());
  EXPECT_EQ(List("loaded")["data"]["blocks"].array().size(), 1u);
}

TEST_F(BlocksHandlersTest, AFailureLeavesTheBlocksAndTellsWhy) {
  handlers_.SetGlobal({Block()}, absl::OkStatus());
  handlers_.SetGlobal({}, Unavailable("the bucket is away"));
  const JsonValue all = List("");
  EXPECT_EQ(all["data"]["blocks"].array().size(), 1u);
  EXPECT_EQ(all["data"]["err"].StringOr(""), "the bucket is away");
}

TEST_F(BlocksHandlersTest, MarksBlocks) {
  EXPECT_EQ(Mark(std::string(kId), "NO_COMPACTION").status, 204);
  EXPECT_THAT(*bucket_->ReadAll(Context(), std::string(kId) + "/no-compact-mark.json"), HasSubstr(R"("reason":"manual")"));
  EXPECT_EQ(Mark(std::string(kId), "DELETION").status, 204);
  EXPECT_THAT(*bucket_->ReadAll(Context(), std::string(kId) + "/deletion-mark.json"), HasSubstr("1700000000"));
  EXPECT_EQ(Mark(std::string(kId), "OTHER").status, 400);
  EXPECT_EQ(Mark("x", "DELETION").status, 400);
  EXPECT_EQ(Mark("", "DELETION").status, 400);
}

TEST_F(BlocksHandlersTest, AdminCanBeDisabled) {
  const BlocksHandlers handlers({.admin_disabled = true}, *bucket_, clock_);
  HttpRequest request;
  request.form.Add("id", std::string(kId));
  request.form.Add("action", "DELETION");
  EXPECT_EQ(handlers.Mark(request).status, 400);
}

}  // namespace
}  // namespace varve
