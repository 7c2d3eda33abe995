#include "report/json.h"

#include <nlohmann/json.hpp>

#include "report/facts_list.h"
#include "report/summary.h"

namespace abicheck {

namespace {

using Json = nlohmann::ordered_json;  // keys stay in the order of the documentation

constexpr int kSchemaVersion = 1;

Json or_null(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}
Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const PredictedError& error) {
  return Json{
      {"type", error.type}, {"message", error.message}, {"cause", error.cause ? to_json(*error.cause) : Json(nullptr)}};
}

Json to_json(const Finding& finding) {
  Json json{{"rule", finding.rule}, {"severity", severity_name(finding.severity)}};
  if (finding.when != When::kNone) json["when"] = when_name(finding.when);
  json["message"] = finding.message;
  json["remedy"] = finding.remedy;
  if (finding.predicted_error) json["predicted_error"] = to_json(*finding.predicted_error);
  if (!finding.through.empty()) json["through"] = finding.through;
  if (finding.place) {
    json["path"] = finding.place->file;
    json["line"] = finding.place->line;
    json["column"] = finding.place->column;
    json["symbol"] = or_null(finding.symbol);
    json["fixable"] = !finding.fix.empty();
    if (!finding.fix_problem.empty()) json["not_fixable_because"] = finding.fix_problem;
  }
  return json;
}

Json to_json(const std::vector<Finding>& findings) {
  Json json = Json::array();
  for (const Finding& finding : findings) json.push_back(to_json(finding));
  return json;
}

Json to_json(const FactItem& fact) {
  Json json{{"kind", fact.kind}};
  for (const auto& [name, value] : fact.values) {
    std::visit([&json, &name = name](const auto& held) { json[name] = held; }, value);
  }
  return json;
}

Json to_json(const ModuleVerdict& verdict) {
  return Json{{"verdict", verdict_name(verdict.verdict)}, {"findings", to_json(verdict.findings)}};
}

Json to_json(const ModuleReport& module, const WriteOptions& options) {
  Json facts = Json::array();
  for (const FactItem& fact : list_facts(module.facts, options.release_of_api)) facts.push_back(to_json(fact));
  Json verdicts = Json::object();
  for (const auto& [key, verdict] : module.verdicts) verdicts[key] = to_json(verdict);
  return Json{{"path", module.path},
              {"format", module.format},
              {"arch", module.arch},
              {"bits", module.bits},
              {"python_module", module.facts.python_module},
              {"uses_numpy", module.facts.uses_numpy},
              {"generator", module.facts.generator},
              {"generator_version", or_null(module.facts.generator_version)},
              {"facts", std::move(facts)},
              {"supported_numpy", or_null(module.supported_numpy)},
              {"verdicts", std::move(verdicts)}};
}

// Arguments name folders of this machine, which other reports must not.
Json to_json(const SourceReport& source, const WriteOptions& options) {
  Json facts = Json::array();
  for (const FactItem& fact : list_source_facts(source.facts)) facts.push_back(to_json(fact));
  Json verdicts = Json::object();
  for (const auto& [key, verdict] : source.verdicts) verdicts[key] = to_json(verdict);
  Json json{{"path", source.path},           {"uses_numpy", source.uses_numpy},
            {"generator", source.generator}, {"generator_version", or_null(source.generator_version)},
            {"facts", std::move(facts)},     {"verdicts", std::move(verdicts)}};
  if (options.verbose >= 2) json["arguments"] = source.arguments;
  return json;
}

Json source_file_to_json(const FileReport& file, const WriteOptions& options) {
  if (file.kind == "source" && file.sources.size() == 1) {
    Json json = to_json(file.sources.front(), options);
    json["path"] = file.path;
    json["kind"] = file.kind;
    json["findings"] = to_json(file.findings);
    return json;
  }
  Json verdicts = Json::object();
  for (const auto& [key, verdict] : file.verdicts) verdicts[key] = verdict_name(verdict);
  Json sources = Json::array();
  for (const SourceReport& source : file.sources) sources.push_back(to_json(source, options));
  return Json{{"path", file.path},
              {"kind", file.kind},
              {"sha256", or_null(file.sha256)},
              {"name", or_null(file.name)},
              {"version", or_null(file.version)},
              {"requires_numpy", or_null(file.requires_numpy)},
              {"supported_numpy", or_null(file.supported_numpy)},
              {"verdicts", std::move(verdicts)},
              {"sources", std::move(sources)},
              {"findings", to_json(file.findings)}};
}

Json to_json(const FileReport& file, const WriteOptions& options) {
  if (is_of_sources(file)) return source_file_to_json(file, options);
  Json verdicts = Json::object();
  for (const auto& [key, verdict] : file.verdicts) verdicts[key] = verdict_name(verdict);
  Json modules = Json::array();
  for (const ModuleReport& module : file.modules) modules.push_back(to_json(module, options));
  return Json{{"path", file.path},
              {"kind", file.kind},
              {"sha256", or_null(file.sha256)},
              {"name", or_null(file.name)},
              {"version", or_null(file.version)},
              {"tags", file.tags},
              {"requires_numpy", or_null(file.requires_numpy)},
              {"supported_numpy", or_null(file.supported_numpy)},
              {"verdicts", std::move(verdicts)},
              {"modules", std::move(modules)},
              {"findings", to_json(file.findings)}};
}

Json to_json(const Problem& problem) {
  return Json{{"path", problem.where}, {"code", error_code_name(problem.code)}, {"message", problem.message}};
}

Json to_json(const Summary& summary) {
  Json json{{"files", summary.files}, {"modules", summary.modules}};
  if (summary.sources > 0) json["sources"] = summary.sources;
  json["compatible"] = summary.compatible;
  json["incompatible"] = summary.incompatible;
  json["unknown"] = summary.unknown;
  json["not_applicable"] = summary.not_applicable;
  return json;
}

Json to_json(const Report& report, const WriteOptions& options) {
  Json json{{"schema_version", kSchemaVersion},
            {"tool", {{"name", "abicheck"}, {"version", options.version}}},
            {"database",
             {{"numpy_min", report.database_min},
              {"numpy_max", report.database_max},
              {"revision", report.database_revision}}},
            {"targets", Json::array()}};
  for (const Target& target : report.targets) json["targets"].push_back(target.key);
  if (!report.notes.empty()) json["notes"] = report.notes;
  json["files"] = Json::array();
  for (const FileReport& file : report.files) json["files"].push_back(to_json(file, options));
  json["problems"] = Json::array();
  for (const Problem& problem : report.problems) json["problems"].push_back(to_json(problem));
  json["summary"] = to_json(summarize(report));
  return json;
}

}  // namespace

// Names come from scanned files: bytes that are no UTF-8 become U+FFFD, and everything beyond ASCII is escaped, so
// that a control sequence in a name does not reach the terminal of someone who looks at the document.
std::string write_json(const Report& report, const WriteOptions& options) {
  constexpr int kIndent = 2;
  constexpr bool kOnlyAscii = true;
  return to_json(report, options).dump(kIndent, ' ', kOnlyAscii, Json::error_handler_t::replace) + "\n";
}

}  // namespace abicheck
