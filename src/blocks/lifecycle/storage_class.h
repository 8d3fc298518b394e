// The storage classes that lifecycle rules move objects to: whether what lies in them can be read, and what that costs.
//
// Units    dollars for a GiB and month, and for a GiB that is read or restored; list prices of us-east-1 (S3) and us-central1 (GCS).
// Source   aws.amazon.com/s3/pricing, cloud.google.com/storage/pricing.
#pragma once

#include <string>
#include <string_view>

namespace varve {

struct StorageClass {
  std::string_view name;
  bool readable = true;  // false: a read fails until somebody has restored the object, which takes hours
  double gib_month = 0;
  double read_gib = 0;   // of a read, or of the restoring
  int minimum_days = 0;  // billed as if it had stayed so long
  double per_1000_moves = 0;
};

// The class objects are written to: what a rule that names no other leaves them in.
const StorageClass& StandardClass();
// nullptr for one that is not known.
const StorageClass* FindStorageClass(std::string_view name);
std::string KnownStorageClasses();

}  // namespace varve
