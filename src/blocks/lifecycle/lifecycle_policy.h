// A bucket's lifecycle policy: which objects change their storage class, or vanish, at which age.
//
//   S3    the JSON of `aws s3api get-bucket-lifecycle-configuration`, and the XML of GetBucketLifecycleConfiguration
//   GCS   the JSON of `gcloud storage buckets describe` or of setIamPolicy's sibling: {"rule": [...]}, bare or under "lifecycle"
//
// Shape    rules of both clouds in one form. Rules about versions that are no longer current, and about uploads broken off, touch no
//          object of a block and are left out. A rule with a fixed date counts as one for every object from that date on.
// Units    ages in whole days since the object was written, sizes in bytes.
// Errors   InvalidArgument for text that is no such policy, or that names a class nobody knows.
// Source   docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html, cloud.google.com/storage/docs/lifecycle.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "blocks/lifecycle/storage_class.h"

namespace varve {

// When a rule acts on an object: at an age, or at a date.
struct LifecycleMoment {
  std::optional<int> age_days;
  std::optional<TimestampMs> date;

  TimestampMs For(TimestampMs written) const;
};

struct LifecycleRule {
  std::string id;  // "rule 2" where it has none
  bool enabled = true;
  std::vector<std::string> prefixes, suffixes;  // empty: of any name
  // By tags. Varve puts on none but its mark for chunks of raw samples (objstore/raw_chunks_mark.h).
  enum class Tag { kNone, kRawChunks, kOther } tag = Tag::kNone;
  uint64_t size_min = 0, size_max = UINT64_MAX;

  struct Transition {
    LifecycleMoment when;
    const StorageClass* to = nullptr;
  };
  std::vector<Transition> transitions;
  std::optional<LifecycleMoment> expiration;

  // `raw_chunks`: the object may carry the mark.
  bool Matches(std::string_view name, uint64_t size, bool raw_chunks = false) const;
  bool MatchesEverything() const;
};

struct LifecyclePolicy {
  std::vector<LifecycleRule> rules;
};

// `text` is the XML or either JSON; which one is seen from the text.
absl::StatusOr<LifecyclePolicy> ParseLifecyclePolicy(std::string_view text);

}  // namespace varve
