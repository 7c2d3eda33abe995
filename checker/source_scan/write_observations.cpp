#include "source_scan/write_observations.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace abicheck::source_scan {

namespace {

using Json = nlohmann::ordered_json;

Json at(const SourcePlace& place) {
  return {{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

Json or_null(const std::optional<std::uint32_t>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json with(Json json, Json more) {
  json.update(more);
  return json;
}

Json optional_place(const std::optional<SourcePlace>& place) {
  return place ? at(*place) : Json();
}

Json to_json(const NameUse& one) {
  return with(
      at(one.place),
      {{"name", one.name}, {"kind", one.kind}, {"function", one.function}, {"how", one.how}, {"guarded", one.guarded}});
}

Json to_json(const SourceStep& one) {
  Json json{{"kind", static_cast<int>(one.kind)}, {"name", one.name}, {"statement", one.statement}};
  if (one.kind == SourceStep::Kind::kSlot) json.update(Json{{"place", at(one.place)}, {"slot", one.slot}});
  return json;
}

Json to_json(const SourceNode& one) {
  Json steps = Json::array();
  for (const SourceStep& step : one.steps) steps.push_back(to_json(step));
  return {{"name", one.name},         {"leads_to", one.leads_to}, {"static", one.is_static},
          {"root", one.is_root},      {"at_load", one.at_load},   {"looks_at_errors", one.looks_at_errors},
          {"steps", std::move(steps)}};
}

Json to_json(const ArrayMade& one) {
  Json arguments = Json::array();
  for (const auto& value : one.arguments) arguments.push_back(value ? Json(*value) : Json());
  return with(at(one.place), {{"name", one.name},
                              {"api", one.api},
                              {"arguments", std::move(arguments)},
                              {"type", one.type},
                              {"variable", one.variable},
                              {"function", one.function},
                              {"trusted", optional_place(one.trusted)},
                              {"trusted_by", one.trusted_by},
                              {"read_as", one.read_as},
                              {"left", optional_place(one.left)}});
}

Json to_json(const ConstantUse& one) {
  Json given = Json::array();
  for (const ApiArgument& argument : one.given) given.push_back({{"api", argument.api}, {"index", argument.index}});
  return with(at(one.place), {{"name", one.name},
                              {"role", one.role},
                              {"given", std::move(given)},
                              {"function", one.function},
                              {"guarded", one.guarded}});
}

Json to_json(const SourceSpan& span) {
  return {{"begin", at(span.begin)}, {"end", at(span.end)}};
}

Json to_json(const Replaceable& one) {
  Json json = with(at(one.place), {{"name", one.name}, {"problem", one.problem}});
  if (!one.problem.empty()) return json;
  return with(std::move(json), {{"text", to_json(one.text)},
                                {"in_macro", one.in_macro},
                                {"aliases", one.aliases},
                                {"base", to_json(one.base)},
                                {"arrow", one.arrow},
                                {"base_const", one.base_const},
                                {"base_comma", one.base_comma},
                                {"base_text", one.base_text},
                                {"how", one.how},
                                {"operation", one.operation},
                                {"value", to_json(one.value)}});
}

Json to_json(const UnlockedCall& one) {
  return with(at(one.place), {{"name", one.name},
                              {"api", one.api},
                              {"table", one.table},
                              {"released_by", one.released_by},
                              {"released", at(one.released)},
                              {"function", one.function}});
}

Json to_json(const SourceObservations& found) {
  Json json = Json::object();
  for (const char* key :
       {"diagnostics", "uses", "imports", "nodes", "defines", "arrays", "unlocked", "constants", "buffers",
        "initializers", "tables", "accesses", "replaceable", "other_members", "below_numpy", "absent_macros"})
    json[key] = Json::array();
  for (const SourceDiagnostic& one : found.diagnostics)
    json["diagnostics"].push_back(with(at(one.place), {{"level", one.level},
                                                       {"text", one.text},
                                                       {"quoted", one.quoted},
                                                       {"warning", one.is_only_a_warning},
                                                       {"macro", one.macro},
                                                       {"macro_header", one.macro_header}}));
  for (const NameUse& one : found.uses) json["uses"].push_back(to_json(one));
  for (const NameUse& one : found.initializers) json["initializers"].push_back(to_json(one));
  for (const ImportCall& one : found.imports)
    json["imports"].push_back(with(at(one.place), {{"name", one.name},
                                                   {"function", one.function},
                                                   {"returns", one.returns},
                                                   {"ignored", one.ignored},
                                                   {"symbol", one.symbol},
                                                   {"node", one.node},
                                                   {"macro_returns", one.macro_returns},
                                                   {"zero_is_success", one.zero_is_success}}));
  for (const SourceNode& one : found.nodes) json["nodes"].push_back(to_json(one));
  for (const SwitchDefine& one : found.defines)
    json["defines"].push_back(with(
        at(one.place),
        {{"name", one.name}, {"value", one.value}, {"number", or_null(one.number)}, {"undefined", one.undefined}}));
  for (const AbsentMacro& one : found.absent_macros)
    json["absent_macros"].push_back(with(at(one.place), {{"name", one.name}, {"end", one.end}}));
  for (const ApiTable& one : found.tables)
    json["tables"].push_back(
        {{"symbol", one.symbol}, {"ufunc", one.ufunc}, {"static", one.is_static}, {"defined", one.is_defined}});
  for (const TableAccess& one : found.accesses)
    json["accesses"].push_back(with(at(one.place), {{"kind", static_cast<int>(one.kind)},
                                                    {"symbol", one.symbol},
                                                    {"slot", one.slot},
                                                    {"through", one.through},
                                                    {"node", one.node},
                                                    {"guard", one.guard},
                                                    {"asks_running", one.asks_running},
                                                    {"behind_return", one.is_behind_return}}));
  for (const Replaceable& one : found.replaceable) json["replaceable"].push_back(to_json(one));
  for (const SourcePlace& one : found.other_members) json["other_members"].push_back(at(one));
  for (const SourcePlace& one : found.below_numpy) json["below_numpy"].push_back(at(one));
  json["included_sources"] = found.included_sources;
  json["feature_version"] = or_null(found.feature_version);
  for (const ArrayMade& one : found.arrays) json["arrays"].push_back(to_json(one));
  for (const UnlockedCall& one : found.unlocked) json["unlocked"].push_back(to_json(one));
  for (const ConstantUse& one : found.constants) json["constants"].push_back(to_json(one));
  for (const DimensionBuffer& one : found.buffers)
    json["buffers"].push_back(
        with(at(one.place), {{"variable", one.variable}, {"length", one.length}, {"function", one.function}}));
  return json;
}

}  // namespace

void write_observations(std::ostream& out, const std::string& unit, const std::vector<Parsed>& parsed) {
  Json json{{"unit", unit}, {"parsed", Json::array()}};
  for (const Parsed& one : parsed)
    json["parsed"].push_back({{"headers", one.headers}, {"observations", to_json(one.observations)}});
  // Sources may be in any encoding; messages quote them.
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
}

void write_edits(std::ostream& out, const std::vector<TextEdit>& edits) {
  Json json = Json::array();
  for (const TextEdit& one : edits) json.push_back({one.offset, one.length, one.text});
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
}

}  // namespace abicheck::source_scan
