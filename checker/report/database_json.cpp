#include "report/database_json.h"

#include <nlohmann/json.hpp>

#include "base/hex.h"

namespace abicheck {

namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order of the documentation

constexpr int kDatabaseSchemaVersion = 1;

Json to_json(const DatabaseSummary& database) {
  return Json{{"numpy_min", database.min}, {"numpy_max", database.max}, {"revision", database.revision}};
}

Json to_json(const ReleaseSummary& release) {
  return Json{{"version", release.version},
              {"date", release.date},
              {"python", release.pythons},
              {"wheels", Json(release.wheels)},
              {"own_facts", release.own_facts}};
}

Json to_json(const std::vector<ReleaseSummary>& releases) {
  Json json = Json::array();
  for (const ReleaseSummary& release : releases) json.push_back(to_json(release));
  return json;
}

Json to_json(const MinorSummary& minor) {
  return Json{{"minor", minor.minor},
              {"abi_version", hex_version(minor.abi)},
              {"api_version", hex_version(minor.api)},
              {"default_target", hex_version(minor.default_target)},
              {"default_target_numpy", minor.default_target_name},
              {"python", minor.pythons},
              {"releases", to_json(minor.releases)}};
}

Json text_or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

Json to_json(const TargetPolicy& policy) {
  return Json{{"honoured", policy.honoured},
              {"lowest", policy.lowest ? Json(hex_version(*policy.lowest)) : Json(nullptr)},
              {"below_lowest", text_or_null(policy.below_lowest)},
              {"above_api", text_or_null(policy.above_api)},
              {"undefined_name", hex_version(policy.undefined_name)}};
}

Json to_json(const RaisedMessage& message) {
  Json json{{"type", message.type}, {"text", message.text}};
  if (!message.error_output.empty()) json["stderr"] = message.error_output;
  return json;
}

Json to_json(const ImportTemplateTexts& texts) {
  Json messages = Json::array();
  for (const RaisedMessage& message : texts.messages) messages.push_back(to_json(message));
  return Json{{"paths", texts.paths}, {"messages", std::move(messages)}, {"macro_message", texts.macro_message}};
}

Json to_json(const MemberLayout& layout) {
  Json json = Json::object();
  for (const auto& [model, place] : layout.places) json[model] = {place.offset, place.size};
  if (layout.min_target != 0) json["min_target"] = hex_version(layout.min_target);
  return json;
}

// {key: value} for the texts that are there.
void add_texts(Json& json, std::initializer_list<std::pair<const char*, const std::string&>> texts) {
  for (const auto& [key, text] : texts) {
    if (!text.empty()) json[key] = text;
  }
}

Json to_json(const SlotDescription& slot) {
  Json json{{"index", slot.index}, {"name", slot.name}, {"kind", slot.kind}, {"signature", slot.signature}};
  add_texts(json, {{"since", slot.since},
                   {"changed", slot.changed},
                   {"deprecated", slot.deprecated},
                   {"disabled", slot.disabled},
                   {"raises", slot.raises},
                   {"removed", slot.removed}});
  if (slot.min_target != 0) json["min_target"] = hex_version(slot.min_target);
  add_texts(json, {{"replacement", slot.replacement}});
  return json;
}

Json to_json(const NameDescription& name) {
  Json json{{"kind", name.kind}, {"header", name.header}};
  add_texts(json, {{"type", name.type}});
  if (name.value) json["value"] = *name.value;
  json["since"] = name.since;
  add_texts(json, {{"deprecated", name.deprecated}, {"removed", name.removed}, {"replacement", name.replacement}});
  if (name.min_target != 0) json["min_target"] = hex_version(name.min_target);
  if (name.max_target != 0) json["max_target"] = hex_version(name.max_target);
  if (!name.no_deprecated_api) json["no_deprecated_api"] = false;
  return json;
}

Json to_json(const std::map<std::uint32_t, std::uint32_t>& sizes) {
  Json json = Json::object();
  for (const auto& [target, size] : sizes) json[hex_version(target)] = size;
  return json;
}

template <typename PlainValue>
Json to_json(const std::map<std::string, PlainValue>& map) {
  Json json = Json::object();
  for (const auto& [key, value] : map) {
    if constexpr (std::is_arithmetic_v<PlainValue> || std::is_same_v<PlainValue, std::string>) {
      json[key] = value;
    } else {
      json[key] = to_json(value);
    }
  }
  return json;
}

// Every index of the table, null where it has a hole.
Json slot_names(const SlotTable& table) {
  Json json = Json::object();
  for (std::uint32_t i = 0; i < table.length; ++i) json[std::to_string(i)] = nullptr;
  for (const SlotDescription& slot : table.slots) json[std::to_string(slot.index)] = slot.name;
  return json;
}

void add_tables(const NumpyDescription& numpy, Json& json) {
  Json lengths = Json::object(), names = Json::object(), all_rows = Json::object();
  for (const auto& [name, table] : numpy.tables) {
    lengths[name] = table.length;
    names[name] = slot_names(table);
    Json rows = Json::array();
    for (const SlotDescription& slot : table.slots) rows.push_back(to_json(slot));
    all_rows[name] = std::move(rows);
  }
  json["table_lengths"] = std::move(lengths);
  json["slots"] = std::move(names);
  json["slot_rows"] = std::move(all_rows);
}

// The sizes that Cython compares on 64-bit Linux and macOS, the ones most asked for.
Json common_sizes(const NumpyDescription& numpy) {
  Json json = Json::object();
  for (const auto& [type, sizes] : numpy.runtime_sizes) {
    if (const auto found = sizes.find("lp64"); found != sizes.end()) json[type] = found->second;
  }
  return json;
}

void add_versions(const NumpyDescription& numpy, Json& json) {
  json["abi_version"] = hex_version(numpy.abi);
  json["api_version"] = hex_version(numpy.api);
  json["default_target"] = hex_version(numpy.default_target);
  json["target_policy"] = to_json(numpy.target_policy);
  json["target_macros"] = Json::object();
  for (const auto& [name, target] : numpy.target_macros) json["target_macros"][name] = hex_version(target);
  json["api_names"] = Json::object();
  for (const auto& [api, release] : numpy.api_names) json["api_names"][hex_version(api)] = release;
}

Json to_json(const PlainValue& value) {
  struct Convert {
    Json operator()(const PlainValue::List& list) const {
      Json json = Json::array();
      for (const PlainValue& one : list) json.push_back(to_json(one));
      return json;
    }
    Json operator()(const PlainValue::Object& object) const {
      Json json = Json::object();
      for (const auto& [key, one] : object) json[key] = to_json(one);
      return json;
    }
    Json operator()(std::nullptr_t) const { return nullptr; }
    Json operator()(bool held) const { return held; }
    Json operator()(std::int64_t held) const { return held; }
    Json operator()(double held) const { return held; }
    Json operator()(const std::string& held) const { return held; }
  };
  return std::visit(Convert(), value.content);
}

std::string written(const Json& json) {
  constexpr int kIndent = 2;
  constexpr bool kOnlyAscii = true;  // as for reports, no control sequence of a foreign database reaches a terminal
  return json.dump(kIndent, ' ', kOnlyAscii, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string write_listing_json(const DatabaseListing& listing) {
  Json minors = Json::array();
  for (const MinorSummary& minor : listing.minors) minors.push_back(to_json(minor));
  return written(Json{{"schema_version", kDatabaseSchemaVersion},
                      {"database", to_json(listing.database)},
                      {"minors", std::move(minors)}});
}

std::string write_description_json(const NumpyDescription& numpy) {
  Json json{{"schema_version", kDatabaseSchemaVersion},
            {"database", to_json(numpy.database)},
            {"numpy", numpy.numpy},
            {"release", numpy.release},
            {"releases", to_json(numpy.releases)},
            {"python", numpy.pythons}};
  add_versions(numpy, json);
  json["import_paths"] = to_json(numpy.import_paths);
  json["shims"] = to_json(numpy.shims);
  json["import_array"] = to_json(numpy.import_array);
  json["import_umath"] = to_json(numpy.import_umath);
  json["sizes"] = common_sizes(numpy);
  json["runtime_sizes"] = to_json(numpy.runtime_sizes);
  json["compiled_sizes"] = to_json(numpy.compiled_sizes);
  json["layouts"] = to_json(numpy.layouts);
  add_tables(numpy, json);
  json["names"] = to_json(numpy.names);
  json["random"] = {{"capsule", text_or_null(numpy.random_capsule)}, {"pxd", numpy.random_pxd}};
  json["dtype_api"] = to_json(numpy.dtype_api);
  return written(json);
}

std::string write_changes_json(const NumpyChanges& changes) {
  Json sections = Json::object();
  for (const ChangeSection& section : changes.sections) {
    Json list = Json::array();
    for (const Change& change : section.changes) {
      list.push_back({{"what", change.what},
                      {"change", change.change},
                      {"from", to_json(change.from)},
                      {"to", to_json(change.to)}});
    }
    sections[section.key] = std::move(list);
  }
  return written(Json{{"schema_version", kDatabaseSchemaVersion},
                      {"database", to_json(changes.database)},
                      {"from", changes.from},
                      {"to", changes.to},
                      {"changes", std::move(sections)}});
}

}  // namespace abicheck
