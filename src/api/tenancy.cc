#include "api/tenancy.h"

namespace varve {
namespace {

// A matcher of the user's on the tenant label could not widen what the tenant may see, but would be confusing.
void Enforce(Matchers& matchers, const std::string& label, const std::string& tenant) {
  std::erase_if(matchers, [&label](const Matcher& matcher) { return matcher.name() == label; });
  matchers.push_back(Matcher::Equal(label, tenant));
}

}  // namespace

void EnforceTenant(promql::Expr& expr, const std::string& label, const std::string& tenant) {
  promql::Walk(expr, [&](const promql::Expr& node) {
    if (node.kind() != promql::ExprKind::kVectorSelector) return;
    // The whole tree is ours to change; Walk just has no variant that says so.
    Enforce(const_cast<promql::Expr&>(node).As<promql::VectorSelector>().matchers, label, tenant);
  });
}

void EnforceTenant(std::vector<Matchers>& sets, const std::string& label, const std::string& tenant) {
  if (sets.empty()) sets.emplace_back();
  for (Matchers& matchers : sets) Enforce(matchers, label, tenant);
}

}  // namespace varve
