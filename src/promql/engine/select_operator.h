// The series of a scan, as an operator.
#pragma once

#include <memory>

#include "promql/engine/series_scan.h"

namespace varve::promql {

OperatorPtr NewSelectOperator(std::unique_ptr<SeriesScan> scan);

}  // namespace varve::promql
