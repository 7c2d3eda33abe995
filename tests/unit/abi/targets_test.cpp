#include "abi/targets.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "unit/tables/small_database.h"

namespace abicheck {
namespace {

// A database that does not change when NumPy makes a release.
const AbiDatabase& database() {
  static const AbiDatabase small = [] {
    testing::SmallDatabase files;
    files["numpy-1.10.json"] = testing::small_minor("1.10", {"1.10.0.post2", "1.10.1"});
    files["numpy-1.26.json"] = testing::small_minor("1.26", {"1.26.0", "1.26.1"});
    files["numpy-2.1.json"] = files["numpy-2.0.json"];
    files["numpy-2.1.json"]["minor"] = "2.1";
    files["numpy-2.1.json"]["releases"] = testing::small_minor("2.1", {"2.1.0"})["releases"];
    files["names.json"] = testing::Json::object();
    for (auto& table : files["slots.json"]) {
      for (auto& slot : table) {
        if (slot["since"] == "1.26.0") slot["since"] = "1.10.0.post2";
      }
    }
    return *AbiDatabase::from_files(files.files());
  }();
  return small;
}

// "KEY", and "KEY~MINOR" when it is judged as another NumPy, with a '!' when it is newer than the database.
std::string keys(const std::vector<std::string>& specs) {
  const auto list = parse_targets(specs, database());
  if (!list) return "error: " + list.error().message;
  std::string text;
  for (const Target& target : list->targets) {
    text += (text.empty() ? "" : " ") + target.key;
    if (target.key.find(target.judged_as) != 0) text += "~" + target.judged_as;
    if (target.newer_than_known) text += "!";
  }
  return text;
}

TEST_CASE("the forms of --numpy") {
  struct Case {
    std::vector<std::string> specs;
    std::string keys;
  };
  const std::vector<Case> cases = {
      {{}, ""},
      {{"2.0"}, "2.0"},
      {{"2.0.2"}, "2.0.2"},
      {{"1.26,2.0"}, "1.26 2.0"},
      {{"2.0", "1.26"}, "2.0 1.26"},
      {{" 2.0 , 1.26.1 "}, "2.0 1.26.1"},
      {{"2.0,2.0", "2.0"}, "2.0"},
      {{"2.0.0", ">=2"}, "2.0.0 2.0.2 2.1.0"},
      {{">=1.26,<2.1"}, "1.26.0 1.26.1 2.0.0 2.0.2"},
      {{"==2.0.*"}, "2.0.0 2.0.2"},
      {{"~=1.10.1"}, "1.10.1"},
      {{"<1.26"}, "1.10.0.post2 1.10.1"},
      {{"latest"}, "2.1.0"},
      {{"all"}, "1.10 1.26 2.0 2.1"},
      {{"all", "2.0.2", "latest"}, "1.10 1.26 2.0 2.1 2.0.2 2.1.0"},
      {{"2"}, "2.0 2.1"},
      {{"1"}, "1.10 1.26"},
      {{"v2.0.2"}, "2.0.2"},
      {{"2.0.2.0"}, "2.0.2"},
      {{"2.0.2+local"}, "2.0.2"},
      {{"1.10.0.post2"}, "1.10.0.post2"},
      {{"2.0.9"}, "2.0.9"},
      {{"2.0.0rc1"}, "2.0.0rc1"},
      {{"2.1rc1"}, "2.1rc1"},
      {{"2.2"}, "2.2~2.1!"},
      {{"2.2.1"}, "2.2.1~2.1!"},
      {{"2.2.0rc1"}, "2.2.0rc1~2.1!"},
      {{"3.0"}, "3.0~2.1!"},
  };
  for (const Case& each : cases) CHECK(keys(each.specs) == each.keys);
}

TEST_CASE("what makes no sense is a usage error that quotes it") {
  const std::string forms =
      "; give a version (2.0, 2.0.2), versions (1.26,2.0), a range ('>=1.10,<3'), latest, all or installed";
  struct Case {
    const char* spec;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"1.x.y", "'1.x.y' is not a NumPy version" + forms},
      {"newest", "'newest' is not a NumPy version" + forms},
      {"2.0.*", "'2.0.*' is not a NumPy version" + forms},
      {"1!2.0", "'1!2.0' is not a NumPy version" + forms},
      {"", "'' has an empty part" + forms},
      {"2.0,", "'2.0,' has an empty part" + forms},
      {">=1.26,2.0", "'>=1.26,2.0' mixes versions and ranges; give them in separate --numpy options"},
      {">=1.x", "'>=1.x' is not a version specifier (PEP 440)"},
      {">9", "no known NumPy release is in '>9'; the database has 1.10.0.post2 to 2.1.0"},
      {"1.5", "NumPy 1.5 is too old; the database begins with 1.10"},
      {"1.5.2", "NumPy 1.5.2 is too old; the database begins with 1.10"},
      {"1.27", "there is no NumPy 1.27"},
      {"3", "no NumPy 3.x is known; the database has 1.10 to 2.1"},
      {"installed", "'installed' needs a NumPy beside the paths that are checked"},
  };
  for (const Case& each : cases) {
    const auto list = parse_targets({each.spec}, database());
    REQUIRE_MESSAGE(!list.ok(), each.spec);
    CHECK(list.error().message == each.message);
    CHECK(list.error().code == ErrorCode::kUsage);
  }
}

TEST_CASE("a target stands for full releases") {
  CHECK(parse_targets({"2.0"}, database())->targets[0].releases == std::vector<std::string>{"2.0.0", "2.0.2"});
  CHECK(parse_targets({"2.0.2"}, database())->targets[0].releases == std::vector<std::string>{"2.0.2"});
  CHECK(parse_targets({"2.0.9"}, database())->targets[0].releases == std::vector<std::string>{"2.0.9"});
  CHECK(parse_targets({"2.2"}, database())->targets[0].releases == std::vector<std::string>{"2.2.0"});
}

TEST_CASE("what the database does not know is noted") {
  using Notes = std::vector<std::string>;
  CHECK(parse_targets({"2.0.2"}, database())->notes.empty());
  CHECK(parse_targets({"2.0.9", "2.0.9"}, database())->notes ==
        Notes{"NumPy 2.0.9 is not in the database; it is judged as NumPy 2.0"});
  CHECK(parse_targets({"2.2"}, database())->notes ==
        Notes{"NumPy 2.2 is newer than the database, which ends with 2.1; it is judged as NumPy 2.1"});
}

}  // namespace
}  // namespace abicheck
