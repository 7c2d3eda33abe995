#include "sources/read_observations.h"

#include <nlohmann/json.hpp>

namespace abicheck {

namespace {

using Json = nlohmann::json;

SourcePlace place_of(const Json& json) {
  return {json.at("file"), json.at("line"), json.at("column")};
}

std::optional<SourcePlace> optional_place(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(place_of(json));
}

NameUse use_of(const Json& one) {
  return {place_of(one), one.at("name"), one.at("kind"), one.at("function"), one.at("how"), one.at("guarded")};
}

ArrayMade array_of(const Json& one) {
  ArrayMade made{place_of(one),
                 one.at("name"),
                 one.at("api"),
                 {},
                 one.at("type"),
                 one.at("variable"),
                 one.at("function"),
                 optional_place(one.at("trusted")),
                 one.at("trusted_by"),
                 one.at("read_as"),
                 optional_place(one.at("left"))};
  for (const Json& value : one.at("arguments"))
    made.arguments.push_back(value.is_null() ? std::nullopt : std::optional(value.get<std::int64_t>()));
  return made;
}

ConstantUse constant_of(const Json& one) {
  ConstantUse use{place_of(one), one.at("name"), one.at("role"), {}, one.at("function"), one.at("guarded")};
  for (const Json& argument : one.at("given")) use.given.push_back({argument.at("api"), argument.at("index")});
  return use;
}

SourceSpan span_of(const Json& json) {
  return {place_of(json.at("begin")), place_of(json.at("end"))};
}

Replaceable replaceable_of(const Json& one) {
  Replaceable found;
  found.place = place_of(one);
  found.name = one.at("name");
  found.problem = one.at("problem");
  if (!found.problem.empty()) return found;
  found.text = span_of(one.at("text"));
  found.in_macro = one.at("in_macro");
  found.aliases = one.at("aliases").get<std::vector<std::string>>();
  found.base = span_of(one.at("base"));
  found.arrow = one.at("arrow");
  found.base_const = one.at("base_const");
  found.base_comma = one.at("base_comma");
  found.base_text = one.at("base_text");
  found.how = one.at("how");
  found.operation = one.at("operation");
  found.value = span_of(one.at("value"));
  return found;
}

SourceStep step_of(const Json& one) {
  SourceStep step{static_cast<SourceStep::Kind>(one.at("kind").get<int>()), one.at("name"), one.at("statement")};
  if (step.kind == SourceStep::Kind::kSlot) {
    step.place = place_of(one.at("place"));
    step.slot = one.at("slot");
  }
  return step;
}

SourceNode node_of(const Json& one) {
  SourceNode node{one.at("name"), one.at("leads_to"), one.at("static"),
                  one.at("root"), one.at("at_load"),  one.at("looks_at_errors")};
  for (const Json& step : one.at("steps")) node.steps.push_back(step_of(step));
  return node;
}

std::optional<std::uint32_t> number_of(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional<std::uint32_t>(json.get<std::uint32_t>());
}

TableAccess::Kind kind_of(const Json& json) {
  return static_cast<TableAccess::Kind>(json.get<int>());
}

SourceObservations observations_of(const Json& json) {
  SourceObservations found;
  for (const Json& one : json.at("diagnostics"))
    found.diagnostics.push_back({place_of(one), one.at("level"), one.at("text"), one.at("quoted"), one.at("warning"),
                                 one.at("macro"), one.at("macro_header")});
  for (const Json& one : json.at("uses")) found.uses.push_back(use_of(one));
  for (const Json& one : json.at("initializers")) found.initializers.push_back(use_of(one));
  for (const Json& one : json.at("imports"))
    found.imports.push_back({place_of(one), one.at("name"), one.at("function"), one.at("returns"), one.at("ignored"),
                             one.at("symbol"), one.at("node"), one.at("macro_returns"), one.at("zero_is_success")});
  for (const Json& one : json.at("nodes")) found.nodes.push_back(node_of(one));
  for (const Json& one : json.at("defines"))
    found.defines.push_back(
        {place_of(one), one.at("name"), one.at("value"), number_of(one.at("number")), one.at("undefined")});
  for (const Json& one : json.at("absent_macros"))
    found.absent_macros.push_back({place_of(one), one.at("name"), one.at("end")});
  for (const Json& one : json.at("tables"))
    found.tables.push_back({one.at("symbol"), one.at("ufunc"), one.at("static"), one.at("defined")});
  for (const Json& one : json.at("accesses"))
    found.accesses.push_back({place_of(one), kind_of(one.at("kind")), one.at("symbol"), one.at("slot"),
                              one.at("through"), one.at("node"), one.at("guard"), one.at("asks_running"),
                              one.at("behind_return")});
  for (const Json& one : json.at("replaceable")) found.replaceable.push_back(replaceable_of(one));
  for (const Json& one : json.at("other_members")) found.other_members.push_back(place_of(one));
  for (const Json& one : json.at("below_numpy")) found.below_numpy.push_back(place_of(one));
  found.included_sources = json.at("included_sources");
  found.feature_version = number_of(json.at("feature_version"));
  for (const Json& one : json.at("arrays")) found.arrays.push_back(array_of(one));
  for (const Json& one : json.at("unlocked"))
    found.unlocked.push_back({place_of(one), one.at("name"), one.at("api"), one.at("table"), one.at("released_by"),
                              place_of(one.at("released")), one.at("function")});
  for (const Json& one : json.at("constants")) found.constants.push_back(constant_of(one));
  for (const Json& one : json.at("buffers"))
    found.buffers.push_back({place_of(one), one.at("variable"), one.at("length"), one.at("function")});
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
