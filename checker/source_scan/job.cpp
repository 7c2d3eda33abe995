#include "source_scan/job.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "model/source_scan.h"

namespace abicheck::source_scan {

namespace {

Texts texts_of(const nlohmann::json& json, std::string_view all) {
  Texts texts;
  for (const auto& [path, place] : json.items()) {
    const std::size_t offset = place.at(0);
    const std::size_t size = place.at(1);
    if (offset > all.size() || size >= all.size() - offset) throw std::runtime_error("a text lies beyond the texts");
    texts[path] = all.substr(offset, size);
  }
  return texts;
}

}  // namespace

Job read_job(std::istream& in, std::string_view texts) {
  try {
    const auto json = nlohmann::json::parse(in);
    Job job;
    for (const auto& set : json.at("headers")) {
      HeaderSet headers{set.at("id"), {}, set.value("folder", "")};
      if (set.contains("files")) headers.files = texts_of(set.at("files"), texts);
      job.headers[headers.id] = std::move(headers);
    }
    job.targets = json.at("targets").get<std::vector<std::string>>();
    job.references = json.at("references").get<std::vector<std::string>>();
    job.names = json.at("names").get<std::set<std::string, std::less<>>>();
    job.names_with_line_above = json.at("names_with_line_above").get<std::set<std::string, std::less<>>>();
    job.files = texts_of(json.at("files"), texts);
    job.archive = json.at("archive");
    job.seconds = json.at("seconds");
    for (const auto& unit : json.at("units")) job.units.push_back({unit.at("path"), unit.at("arguments")});
    return job;
  } catch (const nlohmann::json::exception& problem) {
    throw std::runtime_error(problem.what());
  }
}

std::string_view map_texts() {
  struct stat status {};
  if (fstat(kTextsDescriptor, &status) != 0 || status.st_size <= 0) return {};
  const auto size = static_cast<std::size_t>(status.st_size);
  void* begin = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, kTextsDescriptor, 0);
  return begin == MAP_FAILED ? std::string_view() : std::string_view(static_cast<const char*>(begin), size);
}

}  // namespace abicheck::source_scan
