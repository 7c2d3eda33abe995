// The text of a build file without its comments, place by place the same as the file.
#pragma once

#include <string>
#include <string_view>

namespace abicheck {

enum class BuildLanguage { kPython, kMeson, kCmake, kToml, kIni };

BuildLanguage build_language(std::string_view path);

struct BuildText {
  std::string code;   // blanks in place of comments, and of strings that are statements: those of documentation
  std::string shape;  // what stands between quotes is blank as well: its parentheses are those of the language
};

BuildText read_build_text(std::string_view path, std::string_view text);

// Where the bracket closes that is open before `at`; the end of the shape if nothing does.
std::size_t end_of_bracket(std::string_view shape, std::size_t at);

}  // namespace abicheck
