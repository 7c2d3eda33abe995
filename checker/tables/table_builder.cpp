#include "tables/table_builder.h"

namespace abicheck {

Text TableBuilder::text(std::string_view text) {
  const auto known = texts_.find(text);
  if (known != texts_.end()) return known->second;
  const Text added{static_cast<std::uint32_t>(tables_.pool.size()), static_cast<std::uint32_t>(text.size())};
  tables_.pool.insert(tables_.pool.end(), text.begin(), text.end());
  return texts_.emplace(text, added).first->second;
}

}  // namespace abicheck
