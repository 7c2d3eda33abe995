// slots.json and names.json -> rows.
#pragma once

#include <cstdint>
#include <set>

#include "tables/node.h"
#include "tables/table_builder.h"

namespace abicheck {

using Releases = std::set<std::uint32_t>;

// `releases` are those of the database: nothing begins or ends with another.
void read_slots(const Node& file, const Releases& releases, TableBuilder& builder);
void read_names(const Node& file, const Releases& releases, TableBuilder& builder);

}  // namespace abicheck
