// A bucket in a local folder, laid out as Thanos' FILESYSTEM provider does, so that both may use the same folder.
//
//   <directory>/01ARZ.../meta.json           the object 01ARZ.../meta.json
//   <directory>/.varve-uploads/<ULID>        an upload under way; never listed, and not a name an object may have
//
// Shape    an upload is written beside the objects, synced and renamed into place, so a crash leaves the old object or the new
//          one. Deleting an object removes the directories it leaves empty. Leftovers of crashed uploads go after a day.
// Errors   see bucket.h; a name that would leave the folder is InvalidArgument. Symbolic links are followed: who may make
//          links in the folder may read what they point to.
// Threads  many processes may share the folder.
// Source   thanos-io/objstore providers/filesystem.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "objstore/bucket.h"

namespace varve {

// The folder is made by the first upload. InvalidArgument for an empty `directory`.
absl::StatusOr<std::unique_ptr<Bucket>> NewFilesystemBucket(const std::string& directory);

}  // namespace varve
