#include "explain/explanations.h"

#include <doctest/doctest.h>

#include <sstream>

#include "rules/rule_table.h"

namespace abicheck {

TEST_CASE("every rule has a page, every page a rule") {
  for (const std::string_view id : kRules) {
    CAPTURE(id);
    const Explanation* page = find_explanation(id);
    REQUIRE(page != nullptr);
    CHECK_FALSE(page->title.empty());
    CHECK_FALSE(page->what.empty());
    CHECK_FALSE(page->why.empty());
    CHECK_FALSE(page->fix.empty());
  }
  CHECK(explanations().size() == std::size(kRules));
  CHECK(find_explanation("NPY000") == nullptr);
}

TEST_CASE("pages are wrapped") {
  for (const Explanation& one : explanations()) {
    std::istringstream lines(explanation_text(one, 80));
    std::string line;
    std::getline(lines, line);  // the title stays one line, which can be searched for
    while (std::getline(lines, line)) CHECK(line.size() <= 80);
  }
  CHECK(explanation_text({"NPY1", "title", "one two three", "why", "fix"}, 9) ==
        "NPY1: title\n\nWhat happens\n  one two\n  three\n\nWhy\n  why\n\nHow to fix it\n  fix\n");
}

}  // namespace abicheck
