// slots.json and names.json -> rows.
#pragma once

#include "tables/node.h"
#include "tables/table_builder.h"

namespace abicheck {

void read_slots(const Node& file, TableBuilder& builder);
void read_names(const Node& file, TableBuilder& builder);

}  // namespace abicheck
