// What every bucket promises. A provider signs by instantiating the suite with a maker of empty buckets:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, BucketContract, testing::Values([] { return NewMemoryBucket(); }));
//
// A maker that answers null skips: the server it needs is not installed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "objstore/bucket.h"

namespace varve {

class BucketContract : public testing::TestWithParam<std::function<std::unique_ptr<Bucket>()>> {
 protected:
  void SetUp() override {
    bucket_ = GetParam()();
    if (bucket_ == nullptr) GTEST_SKIP() << "the server of this provider is not installed: scripts/install test";
  }

  void Put(std::string_view name, std::string_view content) {
    const absl::Status status = bucket_->Upload(ctx_, name, AsBytes(content));
    ASSERT_TRUE(status.ok()) << status;
  }

  std::vector<std::string> Names(std::string_view directory, bool recursive = false) {
    std::vector<std::string> names;
    const absl::Status status = bucket_->Iter(ctx_, directory, {.recursive = recursive}, [&](const ObjectEntry& entry) {
      names.push_back(entry.name);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return names;
  }

  std::string Range(std::string_view name, uint64_t offset, size_t size) {
    std::string out(size, '?');
    const absl::StatusOr<size_t> got = bucket_->ReadAt(ctx_, name, offset, std::as_writable_bytes(std::span(out)));
    EXPECT_TRUE(got.ok()) << got.status();
    out.resize(got.value_or(0));
    return out;
  }

  const Context ctx_;
  std::unique_ptr<Bucket> bucket_;
};

TEST_P(BucketContract, ReadsBackWhatWasUploaded) {
  Put("id1/obj_1", "@test-data@");
  EXPECT_EQ(*bucket_->ReadAll(ctx_, "id1/obj_1"), "@test-data@");
  EXPECT_EQ(bucket_->Attributes(ctx_, "id1/obj_1")->size, 11u);
  EXPECT_GT(bucket_->Attributes(ctx_, "id1/obj_1")->last_modified, 0);
  EXPECT_TRUE(*bucket_->Exists(ctx_, "id1/obj_1"));
}

TEST_P(BucketContract, ReadsRanges) {
  Put("obj", "@test-data@");
  EXPECT_EQ(Range("obj", 1, 3), "tes");
  EXPECT_EQ(Range("obj", 3, 9999), "st-data@");
  EXPECT_EQ(Range("obj", 11, 5), "");
  EXPECT_EQ(Range("obj", 5000, 5), "");
  EXPECT_EQ(Range("obj", 2, 0), "");
}

TEST_P(BucketContract, MapsWhatReadingGivesIfItMapsAtAll) {
  Put("a/obj", "@test-data@");
  Put("a/empty", "");
  const auto mapped = bucket_->Map(ctx_, "a/obj");
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  if (*mapped == nullptr) return;  // the provider has no local file to show
  EXPECT_TRUE((*mapped)->Load(3, 1000).ok());
  EXPECT_TRUE((*mapped)->Load(1000, 1).ok());
  EXPECT_TRUE(bucket_->Delete(ctx_, "a/obj").ok());
  EXPECT_EQ(AsText((*mapped)->bytes()), "@test-data@");
  EXPECT_EQ((*bucket_->Map(ctx_, "a/empty"))->bytes().size(), 0u);
  EXPECT_TRUE(absl::IsNotFound(bucket_->Map(ctx_, "a/obj").status()));
  EXPECT_TRUE(absl::IsNotFound(bucket_->Map(ctx_, "a").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(bucket_->Map(ctx_, "../a").status()));
}

TEST_P(BucketContract, ReplacesAnObject) {
  Put("obj", "a longer first content");
  Put("obj", "second");
  EXPECT_EQ(*bucket_->ReadAll(ctx_, "obj"), "second");
  Put("obj", "");
  EXPECT_EQ(*bucket_->ReadAll(ctx_, "obj"), "");
  EXPECT_TRUE(*bucket_->Exists(ctx_, "obj"));
}

TEST_P(BucketContract, AnAbsentObjectIsNotFound) {
  Put("id1/obj_1", "x");
  std::byte byte;
  for (const std::string_view name : {"absent", "id1/absent", "id1", "id1/obj_1/below"}) {
    EXPECT_TRUE(absl::IsNotFound(bucket_->ReadAll(ctx_, name).status())) << name;
    EXPECT_TRUE(absl::IsNotFound(bucket_->ReadAt(ctx_, name, 0, {&byte, 1}).status())) << name;
    EXPECT_TRUE(absl::IsNotFound(bucket_->Attributes(ctx_, name).status())) << name;
    EXPECT_TRUE(absl::IsNotFound(bucket_->Delete(ctx_, name))) << name;
    EXPECT_FALSE(bucket_->Exists(ctx_, name).value_or(true)) << name;
  }
}

TEST_P(BucketContract, RefusesNamesThatAreNone) {
  const std::string_view names[] = {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../../b", "a/.", {"a\0b", 3}};
  for (const std::string_view name : names) {
    EXPECT_TRUE(absl::IsInvalidArgument(bucket_->ReadAll(ctx_, name).status())) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket_->Upload(ctx_, name, AsBytes("x")))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket_->Delete(ctx_, name))) << name;
    EXPECT_TRUE(absl::IsInvalidArgument(bucket_->Exists(ctx_, name).status())) << name;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(bucket_->Iter(ctx_, "../x", {}, [](const ObjectEntry&) { return absl::OkStatus(); })));
}

TEST_P(BucketContract, ListsInNameOrder) {
  for (const std::string_view name : {"id1/obj_1.some", "id1/obj_3.some", "id1/obj_2.some", "id1/sub/subobj_1.some",
                                      "id1/sub/subobj_2.some", "id1.txt", "id2/obj_4.some", "obj_5.some"}) {
    Put(name, "x");
  }
  using testing::ElementsAre;
  EXPECT_THAT(Names(""), ElementsAre("id1.txt", "id1/", "id2/", "obj_5.some"));
  const auto direct = ElementsAre("id1/obj_1.some", "id1/obj_2.some", "id1/obj_3.some", "id1/sub/");
  EXPECT_THAT(Names("id1/"), direct);
  EXPECT_THAT(Names("id1"), direct);
  const auto deep =
      ElementsAre("id1/obj_1.some", "id1/obj_2.some", "id1/obj_3.some", "id1/sub/subobj_1.some", "id1/sub/subobj_2.some");
  EXPECT_THAT(Names("id1", true), deep);
  EXPECT_THAT(Names("id1/", true), deep);
  EXPECT_THAT(Names("", true), ElementsAre("id1.txt", "id1/obj_1.some", "id1/obj_2.some", "id1/obj_3.some",
                                           "id1/sub/subobj_1.some", "id1/sub/subobj_2.some", "id2/obj_4.some", "obj_5.some"));
  EXPECT_THAT(Names("id0"), ElementsAre());
  EXPECT_THAT(Names("obj_5.some"), ElementsAre());
}

TEST_P(BucketContract, RecursiveListingsTellSizeAndTime) {
  Put("a/b", "123");
  std::vector<ObjectEntry> entries;
  ASSERT_TRUE(bucket_
                  ->Iter(ctx_, "", {.recursive = true},
                         [&](const ObjectEntry& entry) {
                           entries.push_back(entry);
                           return absl::OkStatus();
                         })
                  .ok());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].attributes.size, 3u);
  EXPECT_EQ(entries[0].attributes.last_modified, bucket_->Attributes(ctx_, "a/b")->last_modified);
}

TEST_P(BucketContract, DirectoriesGoWithTheirLastObject) {
  Put("id2/sub/a", "x");
  Put("id2/sub/b", "x");
  ASSERT_TRUE(bucket_->Delete(ctx_, "id2/sub/a").ok());
  EXPECT_THAT(Names(""), testing::ElementsAre("id2/"));
  ASSERT_TRUE(bucket_->Delete(ctx_, "id2/sub/b").ok());
  EXPECT_THAT(Names(""), testing::ElementsAre());
  EXPECT_FALSE(*bucket_->Exists(ctx_, "id2/sub/b"));
}

TEST_P(BucketContract, AVisitorEndsTheListingAndMayUseTheBucket) {
  Put("a", "x");
  Put("b", "x");
  int visits = 0;
  const absl::Status stop = absl::AbortedError("enough");
  EXPECT_EQ(bucket_->Iter(ctx_, "", {},
                          [&](const ObjectEntry& entry) {
                            ++visits;
                            EXPECT_TRUE(bucket_->Delete(ctx_, entry.name).ok());
                            return stop;
                          }),
            stop);
  EXPECT_EQ(visits, 1);
  EXPECT_THAT(Names(""), testing::ElementsAre("b"));
}

TEST_P(BucketContract, UploadsIfAbsentIfItCan) {
  const absl::Status first = bucket_->UploadIfAbsent(ctx_, "a/lock", AsBytes("first"));
  if (absl::IsUnimplemented(first)) return;
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_TRUE(absl::IsAlreadyExists(bucket_->UploadIfAbsent(ctx_, "a/lock", AsBytes("second"))));
  EXPECT_EQ(*bucket_->ReadAll(ctx_, "a/lock"), "first");
  EXPECT_TRUE(absl::IsInvalidArgument(bucket_->UploadIfAbsent(ctx_, "../lock", AsBytes("x"))));
  ASSERT_TRUE(bucket_->Delete(ctx_, "a/lock").ok());
  EXPECT_TRUE(bucket_->UploadIfAbsent(ctx_, "a/lock", AsBytes("third")).ok());
  EXPECT_THAT(Names("", true), testing::ElementsAre("a/lock"));
}

TEST_P(BucketContract, DeletesMany) {
  for (const std::string_view name : {"a/1", "a/2 & <3>", "a/b/4", "b"}) Put(name, "x");
  const absl::Status status = bucket_->DeleteAll(ctx_, {"a/1", "a/absent", "a/2 & <3>", "a/b/4"});
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(Names("", true), testing::ElementsAre("b"));
  EXPECT_TRUE(bucket_->DeleteAll(ctx_, {}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(bucket_->DeleteAll(ctx_, {"b/"})));
}

TEST_P(BucketContract, TakesNamesOfAnyCharacters) {
  std::vector<std::string> names = {"a b+c/d%2Fe", "a=b&c;d", "q?x#y", "t~-_.!*'()", "z/\u00e9\u4e2d", "|{}^`\"<>"};
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    Put(name, name);
    EXPECT_EQ(*bucket_->ReadAll(ctx_, name), name);
    EXPECT_EQ(bucket_->Attributes(ctx_, name)->size, name.size());
  }
  EXPECT_EQ(Names("", true), names);
  EXPECT_THAT(Names("a b+c"), testing::ElementsAre("a b+c/d%2Fe"));
  for (const std::string& name : names) EXPECT_TRUE(bucket_->Delete(ctx_, name).ok()) << name;
}

TEST_P(BucketContract, HonoursACancelledContext) {
  Put("a", "x");
  std::stop_source stop;
  stop.request_stop();
  const Context gone = Context().WithStop(stop.get_token());
  EXPECT_TRUE(absl::IsCancelled(bucket_->ReadAll(gone, "a").status()));
  EXPECT_TRUE(absl::IsCancelled(bucket_->Upload(gone, "b", AsBytes("x"))));
  EXPECT_TRUE(absl::IsCancelled(bucket_->Delete(gone, "a")));
  EXPECT_TRUE(absl::IsCancelled(bucket_->Iter(gone, "", {}, [](const ObjectEntry&) { return absl::OkStatus(); })));
  EXPECT_THAT(Names(""), testing::ElementsAre("a"));
}

}  // namespace varve
