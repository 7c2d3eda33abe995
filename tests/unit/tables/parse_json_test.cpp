#include "tables/parse_json.h"

#include <doctest/doctest.h>

#include "base/limits.h"

using namespace abicheck;

namespace {

std::string error_of_text(const std::string& text) {
  const auto value = parse_json(text);
  return value ? "" : value.error().message;
}

}  // namespace

TEST_CASE("every kind of value") {
  const auto value = parse_json(R"({"a": [null, true, -7, 18446744073709551615, 1.5, "x"], "b": {}})");
  REQUIRE(value);
  const PlainValue::List& list = *value->object()->at("a").list();
  CHECK(list[0].is_null());
  CHECK(list[1] == PlainValue(true));
  CHECK(*list[2].integer() == -7);
  CHECK(list[3].integer() == nullptr);  // beyond 64 bits with a sign
  CHECK(list[4] == PlainValue(1.5));
  CHECK(*list[5].text() == "x");
  CHECK(value->object()->at("b").object()->empty());
}

TEST_CASE("what is no JSON is told with its line and column") {
  CHECK(error_of_text("{\n  \"a\": ]\n}").find("it is not valid JSON: parse error at line 2, column 8") == 0);
  CHECK(error_of_text("").find("it is not valid JSON: parse error at line 1, column 1") == 0);
  CHECK(error_of_text("{} x").find("line 1, column 4") != std::string::npos);
  CHECK(error_of_text("\"\xff\"").find("ill-formed UTF-8") != std::string::npos);
  CHECK(error_of_text("[1e999]").find("it is not valid JSON: number overflow") == 0);
  CHECK(error_of_text(R"({"a": 1, "b": {"x": 1, "x": 2}})") == "b: the key 'x' stands twice");
}

TEST_CASE("what is said of a text is short, however long it is") {
  const std::string longest(3'000'000, 'x');
  const std::string cut = std::string(61, 'x') + "...";
  CHECK(error_of_text("{\"a\": \"" + longest) ==
        "it is not valid JSON: parse error at line 1, column 3000008: syntax error while parsing value - invalid "
        "string: missing closing quote");
  CHECK(error_of_text("[\"" + longest + "\" 1]").size() < 200);
  CHECK(error_of_text("[1" + std::string(1'000'000, '0') + "e999]") ==
        "it is not valid JSON: number overflow parsing '1" + std::string(60, '0') + "...'");
  CHECK(error_of_text("{\"" + longest + "\": 1, \"" + longest + "\": 2}") == "the key '" + cut + "' stands twice");
  CHECK(error_of_text("{\"" + longest + "\": {\"b\": 1, \"b\": 2}}") == cut + ": the key 'b' stands twice");
}

TEST_CASE("hostile texts cost little") {
  const std::string deep(1'000'000, '[');
  CHECK(error_of_text(deep).find("[0][0][0]") == 0);
  CHECK(error_of_text(deep).find(": lists and objects are nested deeper than 16 levels") != std::string::npos);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(error_of_text(objects).find("lists and objects are nested deeper than 16 levels") != std::string::npos);
  std::string many = "[0";
  for (std::size_t i = 0; i < limits::kJsonValues; ++i) many += ",0";
  CHECK(error_of_text(many + "]") == "[1999998]: it holds more than 2000000 values");
}

TEST_CASE("merge patches, with the examples of RFC 7396") {
  const struct {
    const char *target, *patch, *merged;
  } kCases[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", "\"bar\"", "\"bar\""},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.patch);
    CHECK(merge_patch(*parse_json(one.target), *parse_json(one.patch)) == *parse_json(one.merged));
  }
}
