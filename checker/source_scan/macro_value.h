// What #if makes of a macro.
#pragma once

#include <clang/Lex/Preprocessor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace abicheck::source_scan {

struct MacroValue {
  std::optional<std::uint32_t> number;  // none for what is not a number, a name or one of these between parentheses
  std::vector<std::string> undefined;   // names that are no macros: they count as 0
};

MacroValue value_of_macro(const clang::Preprocessor& preprocessor, llvm::StringRef name);

// Of a text that stands in a condition: "0x0000000d", "NPY_1_20_API_VERSION".
MacroValue value_of_token(const clang::Preprocessor& preprocessor, llvm::StringRef text);

}  // namespace abicheck::source_scan
