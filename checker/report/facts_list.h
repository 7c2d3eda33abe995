// ModuleFacts as the flat list that reports print: one item a fact, each with a `kind` and a few named values.
// An item whose value could not be recovered has a null in its place and says why under `unknown`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/facts.h"
#include "model/report.h"

namespace abicheck {

using FactValue = std::variant<std::nullptr_t, std::uint64_t, std::string, std::vector<std::string>>;

struct FactItem {
  std::string kind;
  std::vector<std::pair<std::string, FactValue>> values;  // in the order in which they are printed
};

using ReleaseOfApi = std::function<std::string(std::uint32_t)>;

std::vector<FactItem> list_facts(const ModuleFacts& facts, const ReleaseOfApi& release_of_api);

// The same of a source; `places` are "path:line:column".
std::vector<FactItem> list_source_facts(const SourceFacts& facts);

}  // namespace abicheck
