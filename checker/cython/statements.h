// The text of a Cython source as statements of tokens: comments, strings, brackets and continued lines are dealt with
// here, and nothing else is. Any bytes are accepted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace abicheck {

struct CythonToken {
  enum class Kind { kName, kNumber, kString, kSign };
  Kind kind = Kind::kSign;
  std::string_view text;  // of the source; of a string without prefix and quotes
  unsigned line = 0;      // 1-based, as the column, which counts bytes
  unsigned column = 0;

  bool is(std::string_view sign) const { return kind != Kind::kString && text == sign; }
  bool is_name() const { return kind == Kind::kName; }
};

struct CythonStatement {
  unsigned indent = 0;  // columns before it; what stands behind the colon of a statement is deeper than that
  std::vector<CythonToken> tokens;
  bool opens_block = false;  // ends with ':', which is not among the tokens
};

struct CythonText {
  std::vector<CythonStatement> statements;
  unsigned unended_string = 0;  // the line where a string begins that does not end; 0 when all do
};

// The tokens point into `text`.
CythonText read_statements(std::string_view text);

}  // namespace abicheck
