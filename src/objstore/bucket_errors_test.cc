#include "objstore/bucket_errors.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace varve {
namespace {

using std::chrono::milliseconds;

TEST(BucketErrorsTest, TellsWhatMayPassLater) {
  EXPECT_TRUE(IsRetryable(Unavailable("503")));
  EXPECT_TRUE(IsRetryable(DeadlineExceeded("slow")));
  EXPECT_TRUE(IsRetryable(ResourceExhausted("429")));
  for (const absl::Status& status : {absl::OkStatus(), NotFound("x"), PermissionDenied("x"), InvalidArgument("x"),
                                     FailedPrecondition("x"), Cancelled("x"), DataLoss("x")}) {
    EXPECT_FALSE(IsRetryable(status)) << status;
  }
}

TEST(BucketErrorsTest, CarriesRetryAfter) {
  EXPECT_EQ(RetryAfter(Unavailable("busy")), std::nullopt);
  EXPECT_EQ(RetryAfter(WithRetryAfter(Unavailable("busy"), milliseconds(1500))), milliseconds(1500));
  EXPECT_EQ(RetryAfter(WithRetryAfter(Unavailable("busy"), std::chrono::hours(90))), std::chrono::hours(1));
  EXPECT_TRUE(WithRetryAfter(absl::OkStatus(), milliseconds(1)).ok());
}

TEST(BucketErrorsTest, ReadsTheHeader) {
  const int64_t now = 1'445'412'480;  // Wed, 21 Oct 2015 07:28:00 GMT
  EXPECT_EQ(ParseRetryAfter("3", now), milliseconds(3000));
  EXPECT_EQ(ParseRetryAfter("-3", now), milliseconds(0));
  EXPECT_EQ(ParseRetryAfter("99999999999", now), std::chrono::hours(1));
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2015 07:28:07 GMT", now), milliseconds(7000));
  EXPECT_EQ(ParseRetryAfter("Wed, 21 Oct 2015 07:00:00 GMT", now), milliseconds(0));
  EXPECT_EQ(ParseRetryAfter("soon", now), std::nullopt);
  EXPECT_EQ(ParseRetryAfter("", now), std::nullopt);
}

TEST(BucketErrorsTest, KnowsFrozenObjectsThroughAnnotation) {
  const absl::Status frozen = Annotate(ArchivedObject("01ARZ/index", "GLACIER"), "block 01ARZ");
  EXPECT_TRUE(IsArchivedObject(frozen));
  EXPECT_FALSE(IsRetryable(frozen));
  EXPECT_FALSE(IsArchivedObject(FailedPrecondition("bucket b is not there")));
  EXPECT_FALSE(IsArchivedObject(absl::OkStatus()));
}

}  // namespace
}  // namespace varve
