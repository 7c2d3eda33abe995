// tests/schema/validate.py checks the json files of tests/golden/ against the schema.
#include "report/json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "report/formats.h"
#include "unit/report/golden.h"
#include "unit/report/sample_reports.h"

namespace abicheck {
namespace {

nlohmann::json parsed(const Report& report) {
  return nlohmann::json::parse(write_json(report, sample::options()));
}

TEST_CASE("json: one situation a golden file") {
  golden::check("json_every_fact.json", write_json(sample::every_fact(), sample::options()));
  golden::check("json_other_outcomes.json", write_json(sample::other_outcomes(), sample::options()));
  golden::check("json_through_another.json", write_json(sample::through_another(), sample::options()));
  golden::check("json_three_targets.json", write_json(sample::three_targets(), sample::options()));
  golden::check("json_only_problems.json", write_json(sample::only_problems(), sample::options()));
  golden::check("json_hostile.json", write_json(sample::hostile(), sample::options()));
}

TEST_CASE("json: the keys stand in the documented order") {
  const auto document = nlohmann::ordered_json::parse(write_json(sample::other_outcomes(), sample::options()));
  std::vector<std::string> keys;
  for (const auto& item : document.items()) keys.push_back(item.key());
  CHECK(keys == std::vector<std::string>{"schema_version", "tool", "database", "targets", "notes", "files", "problems",
                                         "summary"});
}

TEST_CASE("json: notes are absent when there are none, findings have no empty keys") {
  CHECK_FALSE(parsed(sample::all_fine()).contains("notes"));
  const auto document = parsed(sample::other_outcomes());
  const auto& silent = document["files"][0]["modules"][0]["verdicts"]["2.0"]["findings"][0];
  CHECK(silent["when"] == "first_use");
  CHECK_FALSE(silent.contains("predicted_error"));
  const auto& undecided = document["files"][2]["modules"][0]["verdicts"]["2.0"]["findings"][0];
  CHECK_FALSE(undecided.contains("when"));
}

TEST_CASE("json: what is not known is null") {
  const auto document = parsed(sample::all_fine());
  const auto& plain = document["files"][1];
  CHECK(plain["requires_numpy"].is_null());
  CHECK(plain["supported_numpy"].is_null());
  const auto& bare = document["files"][3];
  CHECK(bare["name"].is_null());
  CHECK(bare["sha256"].is_null());
}

TEST_CASE("json: the summary counts files by their worst verdict") {
  const nlohmann::json expected = {{"files", 7},        {"modules", 7}, {"compatible", 1},
                                   {"incompatible", 3}, {"unknown", 2}, {"not_applicable", 1}};
  CHECK(parsed(sample::other_outcomes())["summary"] == expected);
}

TEST_CASE("json: an API number without a database still has the release that the binary itself names") {
  WriteOptions options = sample::options();
  options.release_of_api = nullptr;
  const auto facts =
      nlohmann::json::parse(write_json(sample::every_fact(), options))["files"][0]["modules"][0]["facts"];
  CHECK(facts[1]["numpy"].is_null());
  CHECK(facts[7]["numpy"] == "1.20");
}

TEST_CASE("json: only ASCII, whatever the names are") {
  const std::string text = write_json(sample::hostile(), sample::options());
  for (const char c : text) CHECK_MESSAGE((c == '\n' || (c >= 0x20 && c < 0x7f)), static_cast<int>(c));
}

TEST_CASE("formats: found by name") {
  REQUIRE(find_format("json"));
  CHECK((find_format("json")->write == write_json));
  CHECK(find_format("text"));
  CHECK_FALSE(find_format("JSON"));
  CHECK_FALSE(find_format(""));
  CHECK(formats().front().name == "text");
}

}  // namespace
}  // namespace abicheck
