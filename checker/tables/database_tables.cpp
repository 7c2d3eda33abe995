#include "tables/database_tables.h"

namespace abicheck {

DatabaseTables view_of(const OwnedTables& owned) {
  const auto& [pool, numbers, texts, model_sizes, runtime_sizes, target_sizes, model_targets, compiled_sizes, places,
               members, layouts, paths, messages, named_numbers, api_names, wheels, facts, releases, minors, multiarray,
               ufunc, earlier, names, database, header_lines, headers, cython_classic, cython3, cython_needs] = owned;
  return {{pool,          numbers,        texts,          model_sizes, runtime_sizes, target_sizes,
           model_targets, compiled_sizes, places,         members,     layouts,       paths,
           messages,      named_numbers,  api_names,      wheels,      facts,         releases,
           minors,        multiarray,     ufunc,          earlier,     names,         database,
           header_lines,  headers,        cython_classic, cython3,     cython_needs}};
}

}  // namespace abicheck
