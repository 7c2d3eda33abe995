#include "source_scan/job.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace abicheck::source_scan {

Job read_job(std::istream& in) {
  using Texts = std::map<std::string, std::string>;
  try {
    const auto json = nlohmann::json::parse(in);
    Job job;
    for (const auto& set : json.at("headers")) {
      HeaderSet headers{set.at("id"), {}, set.value("folder", "")};
      if (set.contains("files")) headers.files = set.at("files").get<Texts>();
      job.headers[headers.id] = std::move(headers);
    }
    job.targets = json.at("targets").get<std::vector<std::string>>();
    job.references = json.at("references").get<std::vector<std::string>>();
    job.files = json.at("files").get<Texts>();
    for (const auto& unit : json.at("units")) job.units.push_back({unit.at("path"), unit.at("arguments")});
    return job;
  } catch (const nlohmann::json::exception& problem) {
    throw std::runtime_error(problem.what());
  }
}

}  // namespace abicheck::source_scan
