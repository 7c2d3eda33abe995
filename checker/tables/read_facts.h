// The facts of a minor, or of one release: the keys of numpy-X.Y.json that releases[].overrides may change.
#pragma once

#include "tables/node.h"
#include "tables/table_builder.h"

namespace abicheck {

// `file` is the whole file, or what merging overrides made of it.
FactsRow read_facts(const Node& file, TableBuilder& builder);

// abi_db/README.md, `sources`: not kept, but a file whose provenance is damaged is damaged.
void check_source(const Node& source, const Node& artefacts);

}  // namespace abicheck
