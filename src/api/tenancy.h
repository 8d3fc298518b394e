// Shows a tenant its own series alone, whatever it asks for.
// Source   thanos pkg/tenancy/tenancy.go.
#pragma once

#include <string>
#include <vector>

#include "api/api_config.h"
#include "model/matcher.h"
#include "promql/ast.h"

namespace varve {

// Adds tenant_label="tenant" to every selector of the query.
void EnforceTenant(promql::Expr& expr, const std::string& label, const std::string& tenant);
// The same for the selectors of a label request; without any there will be one.
void EnforceTenant(std::vector<Matchers>& sets, const std::string& label, const std::string& tenant);

}  // namespace varve
