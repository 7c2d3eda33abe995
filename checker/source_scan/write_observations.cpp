#include "source_scan/write_observations.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace abicheck::source_scan {

namespace {

using Json = nlohmann::ordered_json;

Json at(const SourcePlace& place) {
  return {{"file", place.file}, {"line", place.line}, {"column", place.column}};
}

Json with(Json json, Json more) {
  json.update(more);
  return json;
}

Json to_json(const SourceObservations& found) {
  Json json = Json::object();
  for (const char* key : {"diagnostics", "uses", "imports", "nodes", "defines"}) json[key] = Json::array();
  for (const SourceDiagnostic& one : found.diagnostics)
    json["diagnostics"].push_back(
        with(at(one.place),
             {{"level", one.level}, {"text", one.text}, {"quoted", one.quoted}, {"warning", one.is_only_a_warning}}));
  for (const NameUse& one : found.uses)
    json["uses"].push_back(with(at(one.place), {{"name", one.name}, {"kind", one.kind}, {"function", one.function}}));
  for (const ImportCall& one : found.imports)
    json["imports"].push_back(
        with(at(one.place),
             {{"name", one.name}, {"function", one.function}, {"returns", one.returns}, {"ignored", one.ignored}}));
  for (const SourceNode& one : found.nodes)
    json["nodes"].push_back({{"name", one.name}, {"leads_to", one.leads_to}, {"static", one.is_static}});
  for (const SwitchDefine& one : found.defines)
    json["defines"].push_back(with(at(one.place), {{"name", one.name}, {"value", one.value}}));
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

void write_fixed(std::ostream& out, const FixedFile& file) {
  const Json json{{"path", file.path}, {"text", file.text}, {"applied", file.applied}};
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
}

}  // namespace abicheck::source_scan
