// Which parts of a query stand in it more than once: sum(x) and the like in sum(x) / (sum(x) + sum(y)).
//
// Shape    the outermost ones only; what is repeated within a repeated part is not listed again. Parts that read nothing are left
//          out. Two parts are the same if they are written alike, blanks included, so that what annotations say of a position
//          in one of them can be moved to the other. A query of more than kPartsMax parts has no repeated ones, as looking for
//          them would take longer the more there are, squared.
#pragma once

#include <absl/container/flat_hash_map.h>

#include "promql/ast.h"

namespace varve::promql {

class RepeatedExpressions {
 public:
  static constexpr size_t kPartsMax = 256;

  struct Place {
    size_t group = 0;  // equal parts have the same number
    int shift = 0;     // how many bytes right of the first one of the group
  };

  RepeatedExpressions() = default;  // nothing is repeated
  // `root` outlives this.
  explicit RepeatedExpressions(const Expr& root);

  // Null if there is no other like it.
  const Place* Find(const Expr& expr) const;
  bool empty() const { return places_.empty(); }

 private:
  absl::flat_hash_map<const Expr*, Place> places_;
};

}  // namespace varve::promql
