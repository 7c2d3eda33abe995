#include "sources/read_observations.h"

#include <nlohmann/json.hpp>

namespace abicheck {

namespace {

using Json = nlohmann::json;

SourcePlace place_of(const Json& json) {
  return {json.at("file"), json.at("line"), json.at("column")};
}

SourceObservations observations_of(const Json& json) {
  SourceObservations found;
  for (const Json& one : json.at("diagnostics"))
    found.diagnostics.push_back({place_of(one), one.at("level"), one.at("text"), one.at("quoted"), one.at("warning")});
  for (const Json& one : json.at("uses"))
    found.uses.push_back({place_of(one), one.at("name"), one.at("kind"), one.at("function")});
  for (const Json& one : json.at("imports"))
    found.imports.push_back({place_of(one), one.at("name"), one.at("function"), one.at("returns"), one.at("ignored")});
  for (const Json& one : json.at("nodes"))
    found.nodes.push_back({one.at("name"), one.at("leads_to"), one.at("static")});
  for (const Json& one : json.at("defines")) found.defines.push_back({place_of(one), one.at("name"), one.at("value")});
  return found;
}

}  // namespace

std::optional<ScannedUnit> read_observations(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    ScannedUnit unit{json.at("unit"), {}, ""};
    for (const Json& one : json.at("parsed"))
      unit.parsed.emplace_back(one.at("headers"), observations_of(one.at("observations")));
    return unit;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace abicheck
