#include "facts/import_type.h"

#include <algorithm>

namespace abicheck {

namespace {

constexpr std::size_t kTypeArguments = 8;
constexpr int kBehindTypeText = 25;        // instructions from a text to the call that takes it
constexpr std::uint64_t kHighestMode = 2;  // of __Pyx_ImportType_CheckSize

bool is_argument(const Value& value) {
  return value.kind == Value::Kind::kArgument && value.loads == 0 && value.offset == 0;
}

// At the first call behind `site`, through jumps to a tail that others share.
std::optional<Values> values_at_next_call(const Code& code, std::uint64_t site) {
  Values values = code.values_in_function(site);
  std::uint64_t at = site;
  for (int steps = 0; steps < kBehindTypeText; ++steps) {
    const auto one = code.decode_one(at);
    if (!one || one->operation == Operation::kReturn) return std::nullopt;
    if (one->operation == Operation::kCall) return values;
    if (one->operation == Operation::kJump) {
      if (one->target == 0) return std::nullopt;
      at = one->target;
      continue;
    }
    values.apply(*one);
    at = one->end();
  }
  return std::nullopt;
}

// PyErr_Format(exception, text, module, type, size, basicsize), with the last two in either order or missing, or
// PyOS_snprintf(buffer, length, text, module, type, ...).
std::optional<TypeParameters> parameters_of_text(const Code& code, const MarkerReference& reference) {
  const auto values = values_at_next_call(code, reference.site);
  if (!values) return std::nullopt;
  const Value text = Value::address(reference.address);
  const std::size_t text_at = values->argument(1) == text ? 1 : 2;
  if (values->argument(text_at) != text) return std::nullopt;
  const auto behind_text = [&](std::size_t i) { return values->variadic_argument(text_at + i, text_at + 1); };
  TypeParameters found;
  found.module = behind_text(1);
  found.type = behind_text(2);
  for (std::size_t i = 3; i < 5 && !found.size.known(); ++i) {
    if (const Value value = behind_text(i); is_argument(value) || value.is_number()) found.size = value;
  }
  if (!is_argument(found.type)) return std::nullopt;
  return found;
}

// Calls visit(left, right) for all that the function compares; `sub eax,1; je` compares too.
template <typename Visit>
void for_each_compare(const Code& code, const std::vector<FunctionRange>& bodies, Visit visit) {
  for (const FunctionRange& body : bodies) {
    for (const Instruction& one : code.function_code(body)) {
      const bool counts = one.operation == Operation::kAdd && one.operands[0].is_register();
      if (!one.compares() && !counts) continue;
      const Values values = code.values_in_function(one.address);
      Value right = values.read(one.operands[1]);
      if (counts) right.value = -right.value;
      visit(values.read(one.operands[0]), right);
    }
  }
}

// The one value of those that are found; unknown where there are several.
class OnlyValue {
 public:
  void add(const Value& value) {
    several_ |= value_.known() && value_ != value;
    value_ = value;
  }
  Value value() const { return several_ ? Value{} : value_; }

 private:
  Value value_;
  bool several_ = false;
};

// What is compared with a member of the type that was found. `tp_basicsize` is the fifth word of a PyTypeObject.
Value find_size(const Code& code, const std::vector<FunctionRange>& bodies) {
  const int basicsize = 4 * code.machine().pointer_size;
  OnlyValue size;
  for_each_compare(code, bodies, [&](Value left, Value right) {
    if (is_argument(left)) std::swap(left, right);
    const bool found =
        left.kind == Value::Kind::kResult && left.loads == 1 && left.inner == basicsize && left.offset == 0;
    if (found && is_argument(right)) size.add(right);
  });
  return size.value();
}

// The mode is the only argument that is compared with small numbers.
Value find_mode(const Code& code, const std::vector<FunctionRange>& bodies, const TypeParameters& others) {
  OnlyValue mode;
  for_each_compare(code, bodies, [&](Value left, Value right) {
    if (left.is_number()) std::swap(left, right);
    if (!is_argument(left) || !right.is_number() || right.value > kHighestMode) return;
    if (left != others.module && left != others.type && left != others.size) mode.add(left);
  });
  return mode.value();
}

}  // namespace

std::optional<TypeParameters> find_type_parameters(const ModuleContext& context,
                                                   const std::vector<FunctionRange>& bodies) {
  std::optional<TypeParameters> best;
  for (const MarkerReference& reference : context.references) {
    const bool of_check = reference.marker == Marker::kSizeChanged || reference.marker == Marker::kWrongSize;
    if (!of_check || !holds(bodies, reference.site)) continue;
    auto found = parameters_of_text(context.code, reference);
    if (found && (!best || (found->size.known() && !best->size.known()))) best = found;
  }
  if (best && !best->size.known()) best->size = find_size(context.code, bodies);  // up to Cython 0.23 no text names it
  if (best) best->mode = find_mode(context.code, bodies, *best);
  return best;
}

}  // namespace abicheck
