#include "abi/compare.h"

#include <algorithm>

#include "base/hex.h"
#include "model/data_model.h"

namespace abicheck {

namespace {

// What a section compares: the facts of one NumPy by name.
using Facts = std::map<std::string, PlainValue>;

PlainValue text(std::string text) {
  return PlainValue(std::move(text));
}

PlainValue text_or_null(const std::optional<std::string>& held) {
  return held ? text(*held) : PlainValue();
}

PlainValue texts(const std::vector<std::string>& all) {
  PlainValue::List list;
  for (const std::string& one : all) list.push_back(text(one));
  return PlainValue(std::move(list));
}

PlainValue message(const RaisedMessage& message) {
  PlainValue::Object object{{"type", text(message.type)}, {"text", text(message.text)}};
  if (!message.error_output.empty()) object["stderr"] = text(message.error_output);
  return PlainValue(std::move(object));
}

Facts versions(const NumpyDescription& numpy) {
  return {{"abi_version", text(hex_version(numpy.abi))},
          {"api_version", text(hex_version(numpy.api))},
          {"default_target", text(hex_version(numpy.default_target))},
          {"table_lengths.multiarray", PlainValue(std::int64_t{numpy.tables.at("multiarray").length})},
          {"table_lengths.ufunc", PlainValue(std::int64_t{numpy.tables.at("ufunc").length})}};
}

Facts import_paths(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [path, state] : numpy.import_paths) facts[path] = text(state);
  return facts;
}

Facts shims(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [name, shim] : numpy.shims) facts[name] = message(shim);
  return facts;
}

// By index, in the order of numbers: "multiarray 050" would sort, but nobody writes that.
struct SlotOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    const auto key = [](const std::string& what) {
      const std::size_t space = what.find(' ');
      return std::pair(what.substr(0, space), std::stoul(what.substr(space + 1)));
    };
    return key(a) < key(b);
  }
};

PlainValue slot(const SlotDescription& slot) {
  PlainValue::Object object{{"name", text(slot.name)}, {"kind", text(slot.kind)}, {"signature", text(slot.signature)}};
  const auto add = [&](const char* key, const std::string& held) {
    if (!held.empty()) object[key] = text(held);
  };
  add("deprecated", slot.deprecated);
  add("disabled", slot.disabled);
  add("replacement", slot.replacement);
  if (slot.min_target != 0) object["min_target"] = text(hex_version(slot.min_target));
  return PlainValue(std::move(object));
}

using SlotFacts = std::map<std::string, PlainValue, SlotOrder>;

SlotFacts slots(const NumpyDescription& numpy) {
  SlotFacts facts;
  for (const auto& [table, rows] : numpy.tables) {
    for (const SlotDescription& row : rows.slots) facts[table + " " + std::to_string(row.index)] = slot(row);
  }
  return facts;
}

Facts layouts(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [name, members] : numpy.layouts) {
    for (const auto& [member, layout] : members) {
      PlainValue::Object object;
      for (const auto& [model, place] : layout.places)
        object[model] =
            PlainValue(PlainValue::List{PlainValue(std::int64_t{place.offset}), PlainValue(std::int64_t{place.size})});
      if (layout.min_target != 0) object["min_target"] = text(hex_version(layout.min_target));
      facts[name + "." + member] = PlainValue(std::move(object));
    }
  }
  return facts;
}

Facts runtime_sizes(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [type, sizes] : numpy.runtime_sizes) {
    PlainValue::Object object;
    for (const auto& [model, size] : sizes) object[model] = PlainValue(std::int64_t{size});
    facts[type] = PlainValue(std::move(object));
  }
  return facts;
}

Facts compiled_sizes(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [language, types] : numpy.compiled_sizes) {
    for (const auto& [type, models] : types) {
      PlainValue::Object object;
      for (const auto& [model, sizes] : models) {
        PlainValue::Object targets;
        for (const auto& [target, size] : sizes) targets[hex_version(target)] = PlainValue(std::int64_t{size});
        object[model] = PlainValue(std::move(targets));
      }
      facts[type + " (" + language + ")"] = PlainValue(std::move(object));
    }
  }
  return facts;
}

Facts targets(const NumpyDescription& numpy) {
  const TargetPolicy& policy = numpy.target_policy;
  Facts facts{{"target_policy.honoured", PlainValue(policy.honoured)},
              {"target_policy.lowest", policy.lowest ? text(hex_version(*policy.lowest)) : PlainValue()},
              {"target_policy.below_lowest", text_or_null(policy.below_lowest)},
              {"target_policy.above_api", text_or_null(policy.above_api)},
              {"target_policy.undefined_name", text(hex_version(policy.undefined_name))}};
  for (const auto& [name, target] : numpy.target_macros) facts[name] = text(hex_version(target));
  return facts;
}

Facts names(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [name, row] : numpy.names) {
    PlainValue::Object object{{"kind", text(row.kind)}, {"header", text(row.header)}};
    if (!row.type.empty()) object["type"] = text(row.type);
    if (row.value) object["value"] = PlainValue(*row.value);
    if (!row.deprecated.empty()) object["deprecated"] = text(row.deprecated);
    if (!row.replacement.empty()) object["replacement"] = text(row.replacement);
    if (row.min_target != 0) object["min_target"] = text(hex_version(row.min_target));
    if (row.max_target != 0) object["max_target"] = text(hex_version(row.max_target));
    facts[name] = PlainValue(std::move(object));
  }
  return facts;
}

Facts messages(const NumpyDescription& numpy) {
  Facts facts;
  const auto add = [&](const std::string& name, const ImportTemplateTexts& texts_of) {
    facts[name + ".paths"] = texts(texts_of.paths);
    facts[name + ".macro_message"] = text(texts_of.macro_message);
    for (const RaisedMessage& one : texts_of.messages) facts[name + ": " + one.text] = text(one.type);
  };
  add("import_array", numpy.import_array);
  add("import_umath", numpy.import_umath);
  for (const auto& [api, release] : numpy.api_names) facts["api_names." + hex_version(api)] = text(release);
  return facts;
}

Facts dtype_api(const NumpyDescription& numpy) {
  Facts facts;
  for (const auto& [name, number] : numpy.dtype_api) facts[name] = PlainValue(std::int64_t{number});
  return facts;
}

Facts random(const NumpyDescription& numpy) {
  Facts facts{{"capsule", text_or_null(numpy.random_capsule)}};
  for (const std::string& pxd : numpy.random_pxd) facts[pxd] = text("installed");
  return facts;
}

Facts pythons(const NumpyDescription& numpy) {
  Facts facts;
  for (const std::string& python : numpy.pythons) facts["CPython " + python] = text("supported");
  for (const ReleaseSummary& release : numpy.releases) {
    for (const auto& [tag, platforms] : release.wheels) facts["wheels for " + tag] = text("published");
  }
  return facts;
}

Facts platforms(const NumpyDescription& numpy) {
  Facts facts;
  for (const ReleaseSummary& release : numpy.releases) {
    for (const auto& [tag, tags] : release.wheels) {
      for (const std::string& platform : tags) facts[platform] = text("published");
    }
  }
  return facts;
}

// Which data models are known is not what changed: of those that only one of the two has, nothing is said.
void keep_common_models(Change& change) {
  PlainValue::Object* from = change.from.object();
  PlainValue::Object* to = change.to.object();
  if (from == nullptr || to == nullptr) return;
  for (const std::string_view model : kDataModelNames) {
    const std::string key(model);
    if (from->count(key) != to->count(key)) {
      from->erase(key);
      to->erase(key);
    }
  }
}

const PlainValue& part(const PlainValue& object, const std::string& key) {
  static const PlainValue kNone;
  const PlainValue::Object* held = object.object();
  const auto found = held == nullptr ? PlainValue::Object::const_iterator() : held->find(key);
  return held == nullptr || found == held->end() ? kNone : found->second;
}

bool same(const Change& change) {
  return change.from == change.to;
}

// The sizes of one model by lowest target. Which target is the lowest of all tells of the headers, not of the size.
bool same_sizes(const PlainValue& a, const PlainValue& b) {
  const PlainValue::Object& from = *a.object();
  const PlainValue::Object& to = *b.object();
  if (from.size() != to.size()) return false;
  return std::equal(from.begin(), from.end(), to.begin(), [&](const auto& one, const auto& other) {
    return one.second == other.second && (one.first == from.begin()->first || one.first == other.first);
  });
}

bool same_compiled(const Change& change) {
  const PlainValue::Object* from = change.from.object();
  return std::all_of(from->begin(), from->end(),
                     [&](const auto& model) { return same_sizes(model.second, part(change.to, model.first)); });
}

// A better word than "changed".
std::string slot_change(const Change& change) {
  const auto differs = [&](const char* key) { return part(change.from, key) != part(change.to, key); };
  if (differs("name")) return "reused";
  if (differs("signature") || differs("kind")) return "signature";
  if (differs("disabled")) return part(change.to, "disabled").is_null() ? "changed" : "disabled";
  if (differs("deprecated")) return part(change.to, "deprecated").is_null() ? "changed" : "deprecated";
  return "changed";
}

std::string layout_change(const Change& change) {
  std::string word = "changed";
  for (const std::string_view model : kDataModelNames) {
    const PlainValue::List* from = part(change.from, std::string(model)).list();
    const PlainValue::List* to = part(change.to, std::string(model)).list();
    if (from == nullptr || to == nullptr || *from == *to) continue;
    if (from->front() != to->front()) return "moved";
    word = "resized";
  }
  return word;
}

std::string any_change(const Change&) {
  return "changed";
}

template <typename AnyFacts, typename Word>
std::vector<Change> compare(const AnyFacts& from, const AnyFacts& to, Word word, bool (*alike)(const Change&) = same) {
  std::vector<Change> changes;
  const auto add = [&](const std::string& what, const PlainValue* before, const PlainValue* after) {
    Change change{what, "", before != nullptr ? *before : PlainValue(), after != nullptr ? *after : PlainValue()};
    keep_common_models(change);
    if (before != nullptr && after != nullptr && alike(change)) return;
    change.change = before == nullptr ? "added" : after == nullptr ? "removed" : word(change);
    changes.push_back(std::move(change));
  };
  auto a = from.begin();
  auto b = to.begin();
  const auto less = from.key_comp();
  while (a != from.end() || b != to.end()) {
    const bool only_a = b == to.end() || (a != from.end() && less(a->first, b->first));
    const bool only_b = !only_a && (a == from.end() || less(b->first, a->first));
    if (only_a) {
      add(a->first, &a->second, nullptr);
    } else if (only_b) {
      add(b->first, nullptr, &b->second);
    } else {
      add(a->first, &a->second, &b->second);
    }
    if (!only_b) ++a;
    if (!only_a) ++b;
  }
  return changes;
}

// Of names only what matters to code that uses them: whether they are there, and whether they still should be used.
std::vector<Change> name_changes(const Facts& from, const Facts& to, const std::string& wanted) {
  std::vector<Change> changes;
  for (Change& change : compare(from, to, any_change)) {
    const bool deprecated = part(change.from, "deprecated").is_null() && !part(change.to, "deprecated").is_null();
    if (change.change == "changed") change.change = deprecated ? "deprecated" : "other";
    if (change.change == wanted) changes.push_back(std::move(change));
  }
  return changes;
}

// How it is declared: what of it makes the most difference to code that uses it.
std::string declaration_change(const Change& change) {
  const auto differs = [&](const char* key) { return part(change.from, key) != part(change.to, key); };
  const auto both = [&](const char* key) {
    return !part(change.from, key).is_null() && !part(change.to, key).is_null();
  };
  if (differs("value") && (both("value") || !differs("kind"))) return "value";
  if (differs("kind")) return "kind";
  // A function that went into the tables has its type there.
  if (differs("type") && (both("type") || part(change.to, "kind") != text("function"))) return "type";
  return differs("header") ? "moved" : "";
}

// Names that are in both, but declared otherwise.
std::vector<Change> declaration_changes(const Facts& from, const Facts& to) {
  std::vector<Change> changes = compare(from, to, declaration_change);
  std::erase_if(changes, [](const Change& change) {
    return change.from.is_null() || change.to.is_null() || change.change.empty();
  });
  return changes;
}

// The slot that has the same name in the other table, with its index; null when there is none, or when it had the name
// in the one table already.
PlainValue slot_elsewhere(const std::string& what, const PlainValue& slot, const SlotFacts& here,
                          const SlotFacts& there) {
  const std::string table = what.substr(0, what.find(' ') + 1);
  for (const auto& [other, row] : there) {
    if (!other.starts_with(table) || part(row, "name") != part(slot, "name")) continue;
    const auto before = here.find(other);
    if (before != here.end() && part(before->second, "name") == part(slot, "name")) continue;
    PlainValue::Object found = *row.object();
    found["index"] = PlainValue(static_cast<std::int64_t>(std::stoll(other.substr(table.size()))));
    return PlainValue(std::move(found));
  }
  return {};
}

// A slot whose name lives on in another one has moved there, one whose name comes from another one from there.
std::vector<Change> slot_changes(const SlotFacts& from, const SlotFacts& to) {
  std::vector<Change> changes = compare(from, to, slot_change);
  for (Change& change : changes) {
    if (change.change == "removed") change.to = slot_elsewhere(change.what, change.from, from, to);
    if (change.change == "added") change.from = slot_elsewhere(change.what, change.to, to, from);
    const bool moved = !change.from.is_null() && !change.to.is_null();
    if (moved && (change.change == "removed" || change.change == "added")) change.change = "moved";
  }
  return changes;
}

}  // namespace

NumpyChanges compare_numpys(const NumpyDescription& from, const NumpyDescription& to) {
  const auto section = [&](const char* key, const char* title, auto facts_of, auto word) {
    return ChangeSection{key, title, compare(facts_of(from), facts_of(to), word)};
  };
  const Facts names_from = names(from);
  const Facts names_to = names(to);
  NumpyChanges changes{from.database, from.numpy, to.numpy, to.api_releases, {}};
  changes.sections = {
      section("versions", "Versions", versions, any_change),
      section("import_paths", "Where modules find the C-API", import_paths, any_change),
      section("shims", "What NumPy says to modules that ask in the old place", shims, any_change),
      {"slots", "Slots of the tables", slot_changes(slots(from), slots(to))},
      section("layouts", "Structures", layouts, layout_change),
      section("runtime_sizes", "Sizes of types at run time", runtime_sizes, any_change),
      {"compiled_sizes", "Sizes that a compiler sees",
       compare(compiled_sizes(from), compiled_sizes(to), any_change, same_compiled)},
      section("dtype_api", "Numbers of the DType API", dtype_api, any_change),
      section("target", "Target versions", targets, any_change),
      section("messages", "What import_array() and import_umath() compile in", messages, any_change),
      section("random", "numpy.random", random, any_change),
      section("python", "Pythons", pythons, any_change),
      section("platforms", "Platforms of the wheels", platforms, any_change),
      {"names_changed", "Names declared otherwise", declaration_changes(names_from, names_to)},
      {"names_removed", "Names removed", name_changes(names_from, names_to, "removed")},
      {"names_deprecated", "Names newly deprecated", name_changes(names_from, names_to, "deprecated")},
      {"names_added", "Names added", name_changes(names_from, names_to, "added")},
  };
  return changes;
}

}  // namespace abicheck
