#include "api/block_status_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blocks/testing/bucket_with_block.h"

namespace varve {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BlockStatusHandlersTest, TellsStateAndReason) {
  BlockBuilder builder;
  builder.Add(Labels{{"__name__", "up"}}, 10, 1.0);
  ThanosMeta thanos;
  thanos.labels = {{"cluster", "a"}};
  BucketWithBlock world(builder, {.id = FakeUlid(1), .range = BlockRange{0, 100}, .thanos = thanos});
  PutFakeMeta(world.bucket, FakeMeta(FakeUlid(2)));
  ASSERT_TRUE(world.bucket.Upload(Context(), FakeUlid(3).ToString() + "/index", AsBytes("half an upload")).ok());
  world.bucket.Freeze(FakeUlid(2).ToString());
  MetaCache cache(world.bucket, RealFiles(), world.executor, world.registry, world.logger,
                  MetaCache::Options{.clock = &world.clock});
  MetaFetcher fetcher(cache, world.registry, world.logger, {});
  BucketStore store(fetcher, world.environment, world.executor, world.registry, world.logger, {});
  ASSERT_TRUE(store.Sync(Context()).ok());

  const BlockStatusHandlers handlers(store);
  HttpRequest request;
  const std::string body = handlers.Blocks(request).body;
  EXPECT_THAT(body, HasSubstr(R"({"status":"success","data":{"counts":{"loaded":1,"archived":1,"partial":1},"blocks":[)"));
  EXPECT_THAT(body, HasSubstr(fmt::format(R"({{"ulid":"{}","state":"loaded","minTime":0,"maxTime":100,"resolution":0,)"
                                          R"("labels":{{"cluster":"a"}}}})",
                                          FakeUlid(1))));
  EXPECT_THAT(body, HasSubstr(fmt::format(R"({{"ulid":"{}","state":"archived","reason":"object )", FakeUlid(2))));
  EXPECT_THAT(body, HasSubstr(R"("checkedAgain":"2023-11-14T22:18:20)"));
  EXPECT_THAT(body, HasSubstr(fmt::format(R"({{"ulid":"{}","state":"partial","reason":)", FakeUlid(3))));

  request.form.Add("state", "archived");
  EXPECT_THAT(handlers.Blocks(request).body, Not(HasSubstr(R"("state":"loaded")")));
  HttpRequest wrong;
  wrong.form.Add("state", "lost");
  EXPECT_EQ(handlers.Blocks(wrong).status, 400);
}

}  // namespace
}  // namespace varve
