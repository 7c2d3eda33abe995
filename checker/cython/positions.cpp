#include "cython/positions.h"

namespace abicheck {

namespace {

bool opens(const CythonToken& token) {
  return token.is("(") || token.is("[") || token.is("{");
}
bool closes(const CythonToken& token) {
  return token.is(")") || token.is("]") || token.is("}");
}

// The end of a cast that begins with the '<' at `at`; 0 when it is a comparison.
std::size_t end_of_cast(const CythonTokens& tokens, std::size_t at) {
  if (at > 0) {
    const CythonToken& before = tokens[at - 1];
    const bool operand = before.kind == CythonToken::Kind::kNumber || before.kind == CythonToken::Kind::kString ||
                         closes(before) ||
                         (before.is_name() && !before.is("return") && !before.is("in") && !before.is("and") &&
                          !before.is("or") && !before.is("not") && !before.is("if") && !before.is("else") &&
                          !before.is("yield") && !before.is("is") && !before.is("elif") && !before.is("while"));
    if (operand) return 0;
  }
  for (std::size_t i = at + 1; i < tokens.size(); ++i) {
    if (tokens[i].is(">")) return i;
    if (tokens[i].is("[")) {
      i = behind_bracket(tokens, i) - 1;
    } else if (!tokens[i].is_name() && !tokens[i].is(".") && !tokens[i].is("*") && !tokens[i].is("**") &&
               !tokens[i].is("?") && !tokens[i].is("&")) {
      return 0;
    }
  }
  return 0;
}

// Behind '=' stands a value, up to the next comma of the same brackets.
void mark_declared(const CythonTokens& tokens, bool definition, std::vector<bool>& is_type) {
  struct Bracket {
    bool value;     // what begins in it
    bool now;       // here
    bool function;  // the parameters of a definition
  };
  std::vector<Bracket> open{{definition, definition, false}};
  bool parameters_seen = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const CythonToken& token = tokens[i];
    if (opens(token)) {
      const bool parameters = definition && !parameters_seen && token.is("(") && open.size() == 1;
      parameters_seen = parameters_seen || parameters;
      const bool value = !parameters && open.back().now;
      open.push_back({value, value, parameters});
    } else if (closes(token)) {
      if (open.size() > 1) open.pop_back();
    } else if (token.is(",")) {
      open.back().now = open.back().value;
    } else if (token.is("=") || (token.is(":") && open.back().function) || token.is("->")) {
      open.back().now = true;
    } else if (!open.back().now) {
      is_type[i] = true;
    }
  }
}

}  // namespace

std::size_t behind_bracket(const CythonTokens& tokens, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (opens(tokens[i])) ++depth;
    if (closes(tokens[i]) && --depth == 0) return i + 1;
  }
  return tokens.size();
}

std::size_t behind_dotted(const CythonTokens& tokens, std::size_t at) {
  if (at >= tokens.size() || !tokens[at].is_name()) return at;
  ++at;
  while (at + 1 < tokens.size() && tokens[at].is(".") && tokens[at + 1].is_name()) at += 2;
  return at;
}

std::vector<bool> type_positions(const CythonTokens& tokens, bool declaration, bool definition) {
  std::vector<bool> is_type(tokens.size(), false);
  if (declaration || definition) mark_declared(tokens, definition && !declaration, is_type);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is("<")) {
      for (std::size_t end = end_of_cast(tokens, i), at = i + 1; at < end; ++at) is_type[at] = true;
    }
    if (tokens[i].is("sizeof") && i + 1 < tokens.size() && tokens[i + 1].is("(")) {
      for (std::size_t end = behind_bracket(tokens, i + 1), at = i + 2; at + 1 < end; ++at) is_type[at] = true;
    }
  }
  return is_type;
}

}  // namespace abicheck
