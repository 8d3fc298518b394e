// The XOR decoder as one writes it down from the format's page, one bit at a time: the law that the batch decoder is held to in
// tests and fuzzing, and what its speed is measured against.
#pragma once

#include <absl/status/status.h>

#include "base/bytes.h"
#include "model/sample.h"

namespace varve {

absl::Status PlainDecodeXor(Bytes data, FloatColumns& out);

}  // namespace varve
