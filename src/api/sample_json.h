// Samples and labels as the HTTP API writes them, straight into a string.
//
//   [1435781451.781,"0.5"]     {"__name__":"up","job":"x"}     {"count":"3","sum":"4.5","buckets":[[0,"1","2","3"]]}
//
// Source   prometheus util/jsonutil/marshal.go, web/api/v1/json_codec.go, byte for byte.
#pragma once

#include <string>

#include "base/time_range.h"
#include "model/histogram.h"
#include "model/labels.h"

namespace varve {

void AppendJsonTime(std::string& out, TimestampMs time);  // seconds, with as many decimals as needed
void AppendJsonValue(std::string& out, double value);     // in quotes; an exponent below 1e-6 and from 1e21 up
void AppendJsonHistogram(std::string& out, const FloatHistogram& histogram);
void AppendJsonLabels(std::string& out, const Labels& labels);

}  // namespace varve
