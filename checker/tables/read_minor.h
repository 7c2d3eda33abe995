// numpy-X.Y.json -> rows.
#pragma once

#include <vector>

#include "tables/node.h"
#include "tables/table_builder.h"

namespace abicheck {

// One minor before its rows get their places: releases refer to `facts` by index, the minor's own come first.
struct MinorRows {
  std::uint32_t minor = 0;
  std::vector<FactsRow> facts;
  std::vector<ReleaseRow> releases;  // oldest first
};

MinorRows read_minor(const Node& file, TableBuilder& builder);

}  // namespace abicheck
