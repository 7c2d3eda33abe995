#include <map>

#include "base/add_once.h"
#include "base/hex.h"
#include "report/facts_list.h"

namespace abicheck {

namespace {

std::string place_text(const SourcePlace& place) {
  if (place.file.empty()) return "the compiler's arguments";
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

FactItem import_call(const ImportCall& call) {
  FactItem item{"import_array",
                {{"value", call.name},
                 {"place", place_text(call.place)},
                 {"function", call.function},
                 {"returns", call.returns},
                 {"result", std::string(call.ignored ? "ignored" : "looked at")}}};
  if (call.unused) item.values.emplace_back("reach", std::string("never"));
  return item;
}

std::vector<std::string> texts_of(const std::vector<SourcePlace>& places) {
  std::vector<std::string> texts;
  for (const SourcePlace& place : places) {
    add_once(texts, place_text(place));
  }
  return texts;
}

FactValue text_or_null(const std::string& text) {
  return text.empty() ? FactValue(nullptr) : FactValue(text);
}

FactItem switch_define(const SwitchDefine& define) {
  FactItem item{define.name == "NPY_NO_DEPRECATED_API" ? "deprecated_api" : "macro",
                {{"name", define.name}, {"value", define.value}, {"place", place_text(define.place)}}};
  if (define.number) item.values.emplace_back("number", hex_version(*define.number));
  if (!define.undefined.empty()) item.values.emplace_back("undefined", define.undefined);
  return item;
}

FactItem target_version(const TargetVersion& target) {
  FactItem item{"target_version", {{"headers", target.headers}}};
  item.values.emplace_back("value", target.api ? FactValue(hex_version(*target.api)) : FactValue(nullptr));
  if (!target.api)
    item.values.emplace_back("unknown", std::string("NPY_FEATURE_VERSION is no number that was followed"));
  item.values.emplace_back("numpy", text_or_null(target.numpy));
  item.values.emplace_back("name", target.set_by ? FactValue(target.set_by->value) : FactValue(nullptr));
  item.values.emplace_back("place", target.set_by ? place_text(target.set_by->place) : "the headers' default");
  return item;
}

FactItem api_slot(const SourceSlot& slot) {
  FactItem item{"api_slot", {{"table", std::string(slot.ufunc ? "umath" : "multiarray")}}};
  item.values.emplace_back("index", std::uint64_t{slot.index});
  item.values.emplace_back("name", text_or_null(slot.name));
  std::vector<std::string> places = texts_of(slot.places);
  item.values.emplace_back("uses", std::uint64_t{places.size()});
  item.values.emplace_back("places", std::move(places));
  return item;
}

// The lowest NumPy first, then each entry that an older one does not have.
void add_lowest(std::vector<FactItem>& items, const SourceFacts& facts) {
  if (facts.lowest_numpy.empty()) return;
  items.push_back({"lowest_numpy", {{"value", facts.lowest_numpy}, {"because", facts.lowest_numpy_for}}});
  for (const SourceSlot& slot : facts.slots) {
    if (slot.raises)
      items.push_back(
          {"needs_numpy", {{"value", slot.since}, {"because", slot.name}, {"places", texts_of(slot.needed_at)}}});
  }
}

}  // namespace

std::vector<FactItem> list_source_facts(const SourceFacts& facts) {
  std::vector<FactItem> items;
  for (const ImportCall& call : facts.imports) items.push_back(import_call(call));
  for (const TargetVersion& target : facts.targets) items.push_back(target_version(target));
  for (const SwitchDefine& define : facts.defines) items.push_back(switch_define(define));
  for (const SourceSlot& slot : facts.slots) items.push_back(api_slot(slot));
  add_lowest(items, facts);
  std::map<std::string, std::pair<std::string, std::vector<std::string>>> symbols;
  for (const NameUse& use : facts.uses) {
    auto& [kind, places] = symbols[use.name];
    kind = use.kind;
    const std::string place = place_text(use.place);
    if (places.empty() || places.back() != place) places.push_back(place);
  }
  for (auto& [name, use] : symbols)
    items.push_back({"api_symbol", {{"name", name}, {"symbol_kind", use.first}, {"places", std::move(use.second)}}});
  return items;
}

}  // namespace abicheck
