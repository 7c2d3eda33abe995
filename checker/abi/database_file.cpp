#include "abi/database_file.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "abi/text.h"
#include "abi/version.h"

namespace abicheck {
namespace {

using Json = nlohmann::json;

// Never leaves this file: read_database_file() turns it into an Error.
struct BadFile : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

// `object` has all keys of `required`, and none besides those and `optional`.
void check_keys(const Json& object, std::string_view what, std::initializer_list<std::string_view> required,
                std::initializer_list<std::string_view> optional = {}) {
  if (!object.is_object()) throw BadFile(in_quotes(what) + " is not an object");
  for (const std::string_view key : required) {
    if (!object.contains(key)) throw BadFile("the key " + in_quotes(key) + " is missing in " + in_quotes(what));
  }
  for (const auto& [key, value] : object.items()) {
    const bool known = std::find(required.begin(), required.end(), key) != required.end() ||
                       std::find(optional.begin(), optional.end(), key) != optional.end();
    if (!known) throw BadFile("unknown key " + in_quotes(key) + " in " + in_quotes(what));
  }
}

std::string read_text(const Json& value, std::string_view what) {
  if (!value.is_string()) throw BadFile(in_quotes(what) + " is not a text");
  return value.get<std::string>();
}

std::uint32_t read_hex(const std::string& text) {
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const bool prefixed = text.size() > 2 && text.compare(0, 2, "0x") == 0;
  if (!prefixed) throw BadFile(in_quotes(text) + " is not a hexadecimal number");
  const auto [stop, error] = std::from_chars(text.data() + 2, end, number, 16);
  if (error != std::errc() || stop != end) throw BadFile(in_quotes(text) + " is not a hexadecimal number of 32 bits");
  return number;
}

Version read_version(const std::string& text) {
  const auto version = Version::parse(text);
  if (!version || version->release.size() < 2) throw BadFile(in_quotes(text) + " is not a version");
  return *version;
}

PythonVersion read_python(const Json& value) {
  const Version version = read_version(read_text(value, "pythons"));
  return {static_cast<int>(version.release[0]), static_cast<int>(version.release[1])};
}

const Json& read_object(const Json& value, std::string_view what) {
  if (!value.is_object()) throw BadFile(in_quotes(what) + " is not an object");
  return value;
}

PathState read_state(const Json& value) {
  const std::string text = read_text(value, "import_paths");
  if (text == "absent") return PathState::kAbsent;
  if (text == "works") return PathState::kWorks;
  if (text == "refuses") return PathState::kRefuses;
  throw BadFile(in_quotes(text) + " is not one of absent, works, refuses");
}

// Each read_ function below also serves a release's overrides: it adds to what is already there.
void read_sizes(const Json& modules, NumpyRelease& facts) {
  for (const auto& [module, types] : read_object(modules, "sizes").items()) {
    for (const auto& [type, size] : read_object(types, module).items()) {
      if (!size.is_number_unsigned())
        throw BadFile("the size of " + in_quotes(module + "." + type) + " is not a number");
      facts.sizes[{module, type}] = size.get<std::uint32_t>();
    }
  }
}

void read_facts(const Json& object, NumpyRelease& facts) {
  if (object.contains("abi")) facts.abi = read_hex(read_text(object["abi"], "abi"));
  if (object.contains("api")) facts.api = read_hex(read_text(object["api"], "api"));
  if (object.contains("sizes")) read_sizes(object["sizes"], facts);
  if (!object.contains("import_paths")) return;
  for (const auto& [path, state] : read_object(object["import_paths"], "import_paths").items()) {
    facts.paths[path] = read_state(state);
  }
}

NumpyMinor::Release read_release(const Json& entry, NumpyRelease facts, const std::string& shim_text) {
  check_keys(entry, "releases", {"version", "pythons"}, {"abi", "api", "sizes", "import_paths"});
  facts.version = read_text(entry["version"], "version");
  if (read_version(facts.version).minor_text() != facts.minor)
    throw BadFile(in_quotes(facts.version) + " is not a NumPy " + facts.minor);
  read_facts(entry, facts);
  facts.shim_text = shim_text_for(shim_text, facts.version);

  NumpyMinor::Release release{std::move(facts), {}};
  if (!entry["pythons"].is_array()) throw BadFile("'pythons' is not a list");
  for (const Json& python : entry["pythons"]) release.pythons.push_back(read_python(python));
  std::sort(release.pythons.begin(), release.pythons.end());
  return release;
}

bool older(const NumpyMinor::Release& a, const NumpyMinor::Release& b) {
  return read_version(a.facts.version) < read_version(b.facts.version);
}

DatabaseFile read_file(const Json& json) {
  check_keys(
      json, "the file",
      {"minor", "abi", "api", "default_target", "api_first_release", "sizes", "import_paths", "shim_text", "releases"});
  DatabaseFile file;
  NumpyMinor& minor = file.minor;
  minor.minor = read_text(json["minor"], "minor");
  if (read_version(minor.minor).text() != minor.minor || split(minor.minor, '.').size() != 2)
    throw BadFile(in_quotes(minor.minor) + " is not a minor version");
  minor.default_target = read_hex(read_text(json["default_target"], "default_target"));
  minor.shim_text = read_text(json["shim_text"], "shim_text");
  for (const auto& [api, release] : read_object(json["api_first_release"], "api_first_release").items()) {
    file.api_names[read_hex(api)] = read_text(release, api);
  }

  NumpyRelease facts;
  facts.minor = minor.minor;
  read_facts(json, facts);
  if (!json["releases"].is_array() || json["releases"].empty()) throw BadFile("'releases' is not a list of releases");
  for (const Json& entry : json["releases"]) minor.releases.push_back(read_release(entry, facts, minor.shim_text));
  std::sort(minor.releases.begin(), minor.releases.end(), older);
  return file;
}

}  // namespace

Result<DatabaseFile> read_database_file(std::string_view text) {
  try {
    return read_file(Json::parse(text));
  } catch (const Json::exception& problem) {
    return Error{ErrorCode::kMalformed, std::string("it is not valid JSON: ") + problem.what(), ""};
  } catch (const BadFile& problem) {
    return Error{ErrorCode::kMalformed, problem.what(), ""};
  }
}

std::string shim_text_for(const std::string& text, const std::string& release) {
  std::string filled = text;
  const std::string_view mark = "{v}";
  for (auto at = filled.find(mark); at != std::string::npos; at = filled.find(mark, at + release.size())) {
    filled.replace(at, mark.size(), release);
  }
  return filled;
}

}  // namespace abicheck
