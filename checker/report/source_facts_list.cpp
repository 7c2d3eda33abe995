#include <map>

#include "report/facts_list.h"

namespace abicheck {

namespace {

std::string text_of(const SourcePlace& place) {
  if (place.file.empty()) return "the compiler's arguments";
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

FactItem import_call(const ImportCall& call) {
  return {"import_array",
          {{"value", call.name},
           {"place", text_of(call.place)},
           {"function", call.function},
           {"returns", call.returns},
           {"result", std::string(call.ignored ? "ignored" : "looked at")}}};
}

std::string_view kind_of(const SwitchDefine& define) {
  if (define.name == "NPY_TARGET_VERSION") return "target_version";
  return define.name == "NPY_NO_DEPRECATED_API" ? "deprecated_api" : "macro";
}

}  // namespace

std::vector<FactItem> list_source_facts(const SourceFacts& facts) {
  std::vector<FactItem> items;
  for (const ImportCall& call : facts.imports) items.push_back(import_call(call));
  for (const SwitchDefine& define : facts.defines)
    items.push_back({std::string(kind_of(define)),
                     {{"name", define.name}, {"value", define.value}, {"place", text_of(define.place)}}});
  std::map<std::string, std::pair<std::string, std::vector<std::string>>> symbols;
  for (const NameUse& use : facts.uses) {
    auto& [kind, places] = symbols[use.name];
    kind = use.kind;
    const std::string place = text_of(use.place);
    if (places.empty() || places.back() != place) places.push_back(place);
  }
  for (auto& [name, use] : symbols)
    items.push_back({"api_symbol", {{"name", name}, {"symbol_kind", use.first}, {"places", std::move(use.second)}}});
  return items;
}

}  // namespace abicheck
