// The templates of `ls --output`: text with fields of a block's meta.json in double braces, by the names Thanos' templates have.
//
//   {{.ULID}} {{.MinTime}} {{.Thanos.Labels.cluster}} {{index .Thanos.Labels "cluster"}} {{.Stats.NumSeries}}
//
// Shape    a field path, alone or as `index MAP "key"`; `{{-` and `-}}` take white space beside them away. Lists and maps come as
//          Go prints them: [a b], map[a:1 b:2]. Other actions of Go's templates (range, if, pipes) are not there.
// Errors   InvalidArgument for a template that is none, or that names a field that is not there.
// Source   thanos cmd/thanos/tools_bucket.go registerBucketLs; go text/template.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "tsdb/block_meta.h"

namespace varve {

absl::StatusOr<std::string> ExpandBlockTemplate(std::string_view text, const BlockMeta& block);

}  // namespace varve
