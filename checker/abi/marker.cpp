#include "abi/marker.h"

#include <algorithm>
#include <array>

#include "abi/version.h"
#include "base/text.h"

namespace abicheck {
namespace {

// Parentheses deeper than this are no marker that a build tool has written; the bound keeps the reader's stack small.
constexpr int kDepth = 64;

struct Variable {
  std::string_view name;
  std::string MarkerEnvironment::*value;
};

// The second block holds the spellings of PEP 345, which old metadata still has.
constexpr std::array<Variable, 18> kVariables = {{
    {"python_version", &MarkerEnvironment::python_version},
    {"python_full_version", &MarkerEnvironment::python_full_version},
    {"implementation_name", &MarkerEnvironment::implementation_name},
    {"implementation_version", &MarkerEnvironment::implementation_version},
    {"platform_python_implementation", &MarkerEnvironment::platform_python_implementation},
    {"os_name", &MarkerEnvironment::os_name},
    {"sys_platform", &MarkerEnvironment::sys_platform},
    {"platform_system", &MarkerEnvironment::platform_system},
    {"platform_machine", &MarkerEnvironment::platform_machine},
    {"platform_release", &MarkerEnvironment::platform_release},
    {"platform_version", &MarkerEnvironment::platform_version},
    {"extra", &MarkerEnvironment::extra},

    {"os.name", &MarkerEnvironment::os_name},
    {"sys.platform", &MarkerEnvironment::sys_platform},
    {"platform.machine", &MarkerEnvironment::platform_machine},
    {"platform.version", &MarkerEnvironment::platform_version},
    {"platform.python_implementation", &MarkerEnvironment::platform_python_implementation},
    {"python_implementation", &MarkerEnvironment::platform_python_implementation},
}};

struct Operand {
  std::string value;
  std::string MarkerEnvironment::*variable = nullptr;  // null for a text in quotes
};

Error no_marker(std::string_view text) {
  return Error{ErrorCode::kMalformed, "'" + std::string(text) + "' is not an environment marker (PEP 508)", ""};
}

// The variables whose values are versions. The others are texts, even where a text looks like a version.
bool is_version(const Operand& operand) {
  const auto variable = operand.variable;
  return variable == &MarkerEnvironment::python_version || variable == &MarkerEnvironment::python_full_version ||
         variable == &MarkerEnvironment::implementation_version || variable == &MarkerEnvironment::platform_release;
}

// Texts have no order: pip takes "<=" and ">=" for "==" and never lets "<" and ">" hold.
bool compare_texts(const std::string& left, std::string_view op, const std::string& right) {
  if (op == "!=") return left != right;
  return left == right && (op == "==" || op == "===" || op == "<=" || op == ">=");
}

bool compare(const Operand& left, std::string_view op, const Operand& right) {
  if ((is_version(left) || is_version(right)) && op != "in" && op != "not in") {
    const auto specifier = Specifier::parse(std::string(op) + right.value);
    const auto version = Version::parse(left.value);
    if (specifier && version) return specifier->holds_for(*version);
  }
  const bool extra = left.variable == &MarkerEnvironment::extra || right.variable == &MarkerEnvironment::extra;
  const std::string left_text = extra ? normalized_name(left.value) : left.value;
  const std::string right_text = extra ? normalized_name(right.value) : right.value;
  if (op == "in") return right_text.find(left_text) != std::string::npos;
  if (op == "not in") return right_text.find(left_text) == std::string::npos;
  return compare_texts(left_text, op, right_text);
}

// One function for each level of the grammar; an empty optional is a syntax error.
class MarkerReader {
 public:
  MarkerReader(std::string_view text, const MarkerEnvironment& environment)
      : rest_(strip(text)), environment_(environment) {}

  std::optional<bool> read() {
    const auto value = read_or(0);
    return rest_.empty() ? value : std::nullopt;
  }

 private:
  bool take(std::string_view symbol) {
    if (rest_.substr(0, symbol.size()) != symbol) return false;
    rest_ = strip(rest_.substr(symbol.size()));
    return true;
  }

  // A word ends where no letter follows: "or" is not the front of "order".
  bool take_word(std::string_view word) {
    const bool longer = rest_.size() > word.size() && (is_letter(rest_[word.size()]) || rest_[word.size()] == '_');
    return !longer && take(word);
  }

  std::optional<bool> read_or(int depth) {
    auto value = read_and(depth);
    while (value && take_word("or")) {
      const auto right = read_and(depth);
      if (!right) return std::nullopt;
      value = *value || *right;
    }
    return value;
  }

  std::optional<bool> read_and(int depth) {
    auto value = read_term(depth);
    while (value && take_word("and")) {
      const auto right = read_term(depth);
      if (!right) return std::nullopt;
      value = *value && *right;
    }
    return value;
  }

  std::optional<bool> read_term(int depth) {
    if (take("(")) {
      if (depth == kDepth) return std::nullopt;
      const auto value = read_or(depth + 1);
      return take(")") ? value : std::nullopt;
    }
    const auto left = read_operand();
    const std::string_view op = left ? read_operator() : "";
    if (op.empty()) return std::nullopt;
    const auto right = read_operand();
    if (!right) return std::nullopt;
    return compare(*left, op, *right);
  }

  std::optional<Operand> read_operand() {
    if (!rest_.empty() && (rest_.front() == '"' || rest_.front() == '\'')) {
      const std::size_t end = rest_.find(rest_.front(), 1);
      if (end == std::string_view::npos) return std::nullopt;
      Operand literal{std::string(rest_.substr(1, end - 1))};
      rest_ = strip(rest_.substr(end + 1));
      return literal;
    }
    const auto in_name = [](char c) { return is_letter(c) || c == '_' || c == '.'; };
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), in_name);
    const std::string_view name = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    const auto* known =
        std::find_if(kVariables.begin(), kVariables.end(), [&](const Variable& v) { return v.name == name; });
    if (known == kVariables.end()) return std::nullopt;
    rest_ = strip(rest_.substr(name.size()));
    return Operand{environment_.*known->value, known->value};
  }

  std::string_view read_operator() {
    for (const std::string_view op : {"===", "==", "~=", "!=", "<=", ">=", "<", ">"}) {
      if (take(op)) return op;
    }
    if (take_word("in")) return "in";
    return take_word("not") && take_word("in") ? "not in" : "";
  }

  std::string_view rest_;
  const MarkerEnvironment& environment_;
};

}  // namespace

std::string normalized_name(std::string_view name) {
  std::string result;
  for (const char c : to_lower(name)) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (!separator) result += c;
    if (separator && (result.empty() || result.back() != '-')) result += '-';
  }
  return result;
}

Result<bool> marker_holds(std::string_view text, const MarkerEnvironment& environment) {
  if (strip(text).empty()) return true;
  if (const auto value = MarkerReader(text, environment).read()) return *value;
  return no_marker(text);
}

}  // namespace abicheck
