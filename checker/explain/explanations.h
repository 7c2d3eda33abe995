// A page for each rule: what happens when Python meets it, why, and what to change. Figures and texts are NumPy's own
// (release notes, numpy_2_0_migration_guide.rst, the headers' messages).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace abicheck {

struct Explanation {
  std::string_view rule;
  std::string_view title;
  std::string_view what;
  std::string_view why;
  std::string_view fix;
};

std::span<const Explanation> explanations();  // by id
const Explanation* find_explanation(std::string_view rule);

// As terminals show them; lines are at most `width` wide.
std::string explanation_text(const Explanation& explanation, std::size_t width);
std::string explanation_list();

}  // namespace abicheck
