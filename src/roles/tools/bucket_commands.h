// The commands of `varve tools bucket`: each parses its flags, does one thing to a bucket, and answers the exit code.
// Source: thanos cmd/thanos/tools_bucket.go.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "blocks/meta_cache.h"
#include "roles/tools/text_table.h"

namespace varve {

int RunBucketLs(std::vector<std::string> arguments);
int RunBucketInspect(std::vector<std::string> arguments);
int RunBucketVerify(std::vector<std::string> arguments);
int RunBucketMark(std::vector<std::string> arguments);
int RunBucketCleanup(std::vector<std::string> arguments);
int RunBucketRetention(std::vector<std::string> arguments);
int RunBucketDownsample(std::vector<std::string> arguments);
int RunBucketReplicate(std::vector<std::string> arguments);
int RunBucketRewrite(std::vector<std::string> arguments);
int RunBucketUploadBlocks(std::vector<std::string> arguments);
int RunBucketWeb(std::vector<std::string> arguments);

// One block as `ls` prints it; `format` is "" (its id), wide, json or a template (roles/tools/block_template.h).
absl::StatusOr<std::string> FormatBlock(const BlockMeta& block, std::string_view format);
// All blocks as `inspect` shows them.
TextTable InspectTable(const BlockMetaMap& blocks);

}  // namespace varve
