// Our engine as promqltest asks it.
//
//   EXPECT_THAT(ScriptFailures(R"(
//     load 1m
//       x 1 2 3
//     eval instant at 2m sum_over_time(x[5m])
//       {} 6
//   )"), IsEmpty());
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "promql/engine/engine.h"
#include "promql/testing/promqltest.h"

namespace varve::promql {

// The options Prometheus runs its scripts with.
EngineOptions ScriptEngineOptions();

// `engine` outlives the answer.
PromqlTestEngine EngineUnderTest(const Engine& engine);

// What goes wrong in `script`; one line if it cannot be read.
std::vector<std::string> ScriptFailures(std::string_view script, EngineOptions options = ScriptEngineOptions());

}  // namespace varve::promql
