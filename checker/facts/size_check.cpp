#include "facts/size_check.h"

#include <algorithm>
#include <set>

#include "facts/flow.h"
#include "facts/import_type.h"
#include "facts/running_order.h"
#include "facts/size_check_arguments.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kBeforeCall = 256;
constexpr std::size_t kBehindText = 24;

class CheckFinder {
 public:
  explicit CheckFinder(const ModuleContext& context) : context_(context), era_(era_of(context)) {}

  SizeChecks run() {
    std::set<std::uint64_t> seen;
    for (const MarkerReference& reference : context_.references) {
      if (reference.marker != Marker::kSizeChanged && reference.marker != Marker::kWrongSize) continue;
      found_.any = true;
      if (read_inlined(reference, false)) continue;
      if (!seen.insert(reference.function.begin).second) continue;
      // Constants that were set far from the call take the analysis of the whole function, which is usually an
      // initialiser of many kilobytes; so only where nobody hands them over.
      if (!read_callers(reference.function)) read_inlined_function(reference.function);
    }
    finish();
    return std::move(found_);
  }

 private:
  // PyErr_Format(exception, text, module, class, size, ...) or PyOS_snprintf(buffer, length, text, module, class, ...):
  // constant names mean that this copy of the check serves one type only.
  struct ErrorText {
    std::string module;
    std::string type;
    std::optional<std::uint32_t> size;
    bool warns = false;
  };

  // Empty where the names are not known. The checks of several types may share the text and name their type in front
  // of it: then there is one for each way there.
  std::vector<ErrorText> read_error_texts(const MarkerReference& reference, bool whole_function) const {
    if (!whole_function && !context_.image().counts_from_register()) {
      const std::vector<Instruction> code = block_before(reference);
      const auto text =
          read_error_text(reference, values_before(code, reference.site, context_.code.machine(), context_.image()));
      return text ? std::vector{*text} : std::vector<ErrorText>{};
    }
    if (const auto text = read_error_text(reference, context_.code.values_in_function(reference.site))) return {*text};
    std::vector<ErrorText> texts;
    for (const Values& values : context_.code.values_on_ways_to(reference.site)) {
      const auto text = read_error_text(reference, values);
      if (!text) return {};
      texts.push_back(*text);
    }
    return texts;
  }

  // The instructions in front of the text, from the last place on that a jump of the function leads to.
  std::vector<Instruction> block_before(const MarkerReference& reference) const {
    std::uint64_t label = 0;
    for (const Instruction& one : context_.code.function_code(reference.function)) {
      const bool jumps = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      if (jumps && one.target <= reference.site) label = std::max(label, one.target);
    }
    std::vector<Instruction> code = context_.code.around(reference.site, kBeforeCall, 0);
    std::erase_if(code, [&](const Instruction& one) { return one.address < label; });
    return code;
  }

  // With what is known at the text, and from there on: ways that share the call may hand it other things.
  std::optional<ErrorText> read_error_text(const MarkerReference& reference, Values values) const {
    const std::vector<Instruction> code = context_.code.straight_from(reference.site, kBehindText + 1);
    const auto call = std::find_if(code.begin(), code.end(), [&](const auto& one) {
      const bool calls = one.operation == Operation::kCall && (one.piece == nullptr || !one.piece->returns());
      return one.address > reference.site && (calls || one.ends_block());
    });
    if (call == code.end()) return std::nullopt;
    for (const Instruction& one : code) {
      if (one.address >= reference.site && one.address < call->address) values.apply(one);
    }
    const auto name = follow_to_call(*call, values);
    values = values.at_callee(*call);
    const std::size_t text_at = values.argument(1).is_address() ? 1 : 2;
    const auto behind_text = [&](std::size_t i) { return values.variadic_argument(text_at + i, text_at + 1); };
    const auto module = type_name(context_, behind_text(1), true);
    const auto type = type_name(context_, behind_text(2), false);
    if (!type || !module) return std::nullopt;
    ErrorText text{*module, *type, std::nullopt, values.argument(2) == Value::address(reference.address)};
    text.warns |= name == "PyOS_snprintf" || name == "PyErr_WarnFormat";
    const bool names_sizes = reference.text.find("xpected %zd") != std::string_view::npos;
    for (std::size_t i = 3; text_at + i < kMostArguments && names_sizes; ++i) {
      if (const Value size = behind_text(i); !text.size && is_plausible_size(size))
        text.size = static_cast<std::uint32_t>(size.value);
    }
    return text;
  }

  bool read_inlined(const MarkerReference& reference, bool whole_function) {
    const std::vector<ErrorText> texts = read_error_texts(reference, whole_function);
    for (const ErrorText& text : texts) {
      SizeCheck check = start(reference.site, text.module, text.type);
      check.evidence.how = "inlined check, argument of the error text";
      check.size.value = text.size;
      if (!check.size.value) check.size.unknown_because = "the compared size is no constant";
      const auto mode = mode_of_inlined(reference.function, text);
      add(std::move(check), mode);
    }
    return !texts.empty();
  }

  // One function may hold the checks of several types: a warning counts for the type that it names.
  std::optional<SizeCheckMode> mode_of_inlined(const FunctionRange& function, const ErrorText& text) const {
    bool all = true;
    for (const MarkerReference& reference : context_.references) {
      if (reference.function.begin != function.begin || reference.marker != Marker::kSizeChanged) continue;
      auto others = read_error_texts(reference, false);
      if (others.empty()) others = read_error_texts(reference, true);
      if (others.empty()) all = false;
      for (const ErrorText& other : others) {
        if (other.warns && other.module == text.module && other.type == text.type) return SizeCheckMode::kWarn;
      }
    }
    return all ? mode_by_compare(function, text.size) : mode_of_function(function, text.size);
  }

  // The call that `one` is or leads to through a tail that several calls share, with what is known in front of it.
  // Nothing is known of the way to a call that is not found.
  std::optional<std::string_view> follow_to_call(Instruction one, Values& values) const {
    const Values before = values;
    for (std::size_t steps = 0; steps < kBehindText; ++steps) {
      const auto name = context_.code.imported_name(one, values);
      if (name || one.operation == Operation::kCall) return name;
      if (one.ends_block() && one.target == 0) break;
      const bool jumps = one.operation == Operation::kJump;
      if (!jumps) values.apply(one);
      const auto next = context_.code.decode_one(jumps ? one.target : one.end());
      if (!next) break;
      one = *next;
    }
    values = before;
    return std::nullopt;
  }

  void read_inlined_function(const FunctionRange& function) {
    bool all = true;
    for (const MarkerReference& reference : context_.references) {
      const bool here = reference.function.begin == function.begin &&
                        (reference.marker == Marker::kSizeChanged || reference.marker == Marker::kWrongSize);
      if (here && !read_inlined(reference, true)) all = false;
    }
    if (!all && is_reached(function))
      found_.unknowns.push_back("the arguments of a type size check (__Pyx_ImportType) are no constants");
  }

  // Compilers keep functions that they have copied into their only caller.
  bool is_reached(const FunctionRange& function) const {
    return context_.reachability.way_to(function).reach != Reach::kNever;
  }

  // Whether some caller hands over constants.
  bool read_callers(const FunctionRange& function) {
    std::vector<FunctionRange> bodies = context_.reachability.jumpers_into(function);
    bodies.push_back(function);
    const bool imports_numpy = refers_to_numpy(bodies);
    parameters_ = context_.code.machine().argument_count == 0 ? find_type_parameters(context_, bodies) : std::nullopt;
    std::size_t read = 0;
    std::size_t unread = 0;
    for (const FunctionRange& body : bodies) {
      std::uint64_t boundary = 0;  // the end of the call before: the next one's arguments are set behind it
      for (const Reference& call : context_.code.references_to({body.begin})) {
        const bool leads_in =
            call.kind == Reference::Kind::kCall || (call.kind == Reference::Kind::kJump && !inside(bodies, call.site));
        if (!leads_in) continue;
        if (read_call(call.site, boundary, bodies, imports_numpy)) {
          ++read;
        } else if (is_reached(context_.code.function_around(call.site))) {
          ++unread;
        }
        if (const auto one = context_.code.decode_one(call.site)) boundary = one->end();
      }
    }
    if (read != 0 && unread != 0)
      found_.unknowns.push_back("the arguments of a __Pyx_ImportType call are no constants");
    return read != 0;
  }

  bool read_call(std::uint64_t site, std::uint64_t boundary, const std::vector<FunctionRange>& callee,
                 bool callee_imports_numpy) {
    std::vector<Instruction> before;
    if (boundary != 0 && site > boundary && site - boundary <= kBeforeCall)
      before = context_.code.from_boundary(boundary, site);
    if (before.empty()) before = context_.code.around(site, kBeforeCall, 0);
    const bool near = !context_.image().counts_from_register();
    const auto call = context_.code.decode_one(site);
    if (!call) return false;
    const auto handed_over = [&](const Values& values) { return arguments_at(values.at_callee(*call)); };
    auto arguments =
        near ? handed_over(values_before(before, site, context_.code.machine(), context_.image())) : std::nullopt;
    const bool complete =
        arguments && (!arguments->module.empty() || callee_imports_numpy) && mode_in(era_, *arguments);
    if (!complete) {
      if (auto better = handed_over(context_.code.values_in_function(site))) arguments = std::move(better);
    }
    if (!arguments) arguments = arguments_for_copy(*call, callee);
    if (!arguments) return false;
    if (arguments->module.empty() && callee_imports_numpy) arguments->module = "numpy";
    // A copy made for another module names it itself.
    if (arguments->module.empty() && !parameters_) parameters_ = find_type_parameters(context_, callee);
    if (arguments->module.empty() && parameters_)
      arguments->module = type_name(context_, parameters_->module, true).value_or("");
    if (arguments->module.empty()) return false;
    SizeCheck check = start(site, arguments->module, arguments->type);
    check.size.value = arguments->size;
    check.evidence.how = "argument of __Pyx_ImportType";
    std::optional<SizeCheckMode> mode = mode_in(era_, *arguments);
    for (std::size_t i = 0; i < callee.size() && !mode && !arguments->mode_is_unknown; ++i)
      mode = mode_of_function(callee[i], std::nullopt);
    add(std::move(check), mode);
    return true;
  }

  std::optional<TypeCheckArguments> arguments_at(const Values& values) const {
    if (context_.code.machine().argument_count != 0) return read_type_check(context_, values);
    return parameters_ ? read_type_check(context_, values, *parameters_) : std::nullopt;
  }

  // Where the callee is a copy made for one size: the structures of several types may have the same.
  std::optional<TypeCheckArguments> arguments_for_copy(const Instruction& call,
                                                       const std::vector<FunctionRange>& callee) {
    if (!parameters_) parameters_ = find_type_parameters(context_, callee);
    if (!parameters_ || !parameters_->size.is_number()) return std::nullopt;
    return read_type_check(context_, context_.code.values_in_function(call.address).at_callee(call), *parameters_);
  }

  SizeCheck start(std::uint64_t site, std::string module, std::string type) const {
    SizeCheck check;
    check.module = std::move(module);
    check.type = std::move(type);
    check.era = era_;
    check.evidence.where = site;
    check.size.evidence.where = site;
    return check;
  }

  void add(SizeCheck check, std::optional<SizeCheckMode> mode) {
    const bool of_numpy = check.module == "numpy" || check.module.rfind("numpy.", 0) == 0;
    if (!of_numpy || check.size.value == 0u) return;
    check.mode.value = mode;
    check.mode.evidence = check.evidence;
    if (!mode) check.mode.unknown_because = "the mode of the check is no constant";
    check.reach = context_.reachability.way_to(context_.code.function_around(check.evidence.where)).reach;
    found_.checks.push_back(std::move(check));
  }

  // A copy made for one mode: a warning is only written for `warn`, an exact compare only for `error`.
  std::optional<SizeCheckMode> mode_of_function(const FunctionRange& function,
                                                std::optional<std::uint32_t> size) const {
    for (const Instruction& one : context_.code.function_code(function)) {
      if (one.operation != Operation::kCall && one.operation != Operation::kJump) continue;
      const auto name = context_.code.imported_name(one);
      if (name && (*name == "PyErr_WarnEx" || *name == "PyErr_WarnFormat")) return SizeCheckMode::kWarn;
    }
    return mode_by_compare(function, size);
  }

  std::optional<SizeCheckMode> mode_by_compare(const FunctionRange& function, std::optional<std::uint32_t> size) const {
    const auto& code = context_.code.function_code(function);
    bool exact = false;
    bool ordered = false;
    for (std::size_t i = 0; i < code.size(); ++i) {
      const bool compares_and_branches = code[i].compares() && code[i].operation == Operation::kBranch;
      if (code[i].operation != Operation::kCompare && !compares_and_branches) continue;
      const auto& [left, right] = code[i].operands;
      const bool about_size = size ? compares_with(code[i], *size)
                                   : left.width == context_.image().pointer_size() &&
                                         (right.is_register() || right.is_memory() || left.is_memory()) &&
                                         !right.is_immediate();
      if (!about_size) continue;
      const Instruction* branch = compares_and_branches ? &code[i] : branch_behind(code, i);
      if (branch == nullptr || guards_stack(*branch)) continue;
      const Condition condition = branch->condition;
      exact |= condition == Condition::kEqual || condition == Condition::kNotEqual;
      ordered |= condition == Condition::kAbove || condition == Condition::kAboveEqual ||
                 condition == Condition::kBelow || condition == Condition::kBelowEqual;
    }
    if (exact) return SizeCheckMode::kError;
    if (ordered) return SizeCheckMode::kIgnore;
    return std::nullopt;
  }

  // Compilers write the compare with the size, a Py_ssize_t, or with one less.
  bool compares_with(const Instruction& compare, std::int64_t size) const {
    const auto is_size = [size](std::int64_t number) { return number == size || number + 1 == size; };
    const auto& [left, right] = compare.operands;
    if (right.is_immediate()) return left.width == context_.image().pointer_size() && is_size(right.value);
    // A branch that compares two registers (RISC-V) has the number in one of them.
    if (compare.operation != Operation::kBranch) return false;
    const Values values = context_.code.values_in_function(compare.address);
    for (const Value& value : {values.read(left), values.read(right)}) {
      if (value.is_number() && is_size(static_cast<std::int64_t>(value.value))) return true;
    }
    return false;
  }

  // The branch that the compare at `compare` decides; compilers put a few instructions between them.
  static const Instruction* branch_behind(const std::vector<Instruction>& code, std::size_t compare) {
    constexpr std::size_t kBetween = 3;
    for (std::size_t i = compare + 1; i < code.size() && i <= compare + 1 + kBetween; ++i) {
      const Instruction& one = code[i];
      if (one.compares() || one.operation == Operation::kTest || one.operation == Operation::kCall) return nullptr;
      if (one.operation == Operation::kBranch) return &one;
      if (one.ends_block() || one.operation == Operation::kAdd) return nullptr;
    }
    return nullptr;
  }

  // -fstack-protector compares two words too, before it returns.
  bool guards_stack(const Instruction& branch) const {
    for (std::uint64_t side : {branch.target, branch.end()}) {
      const auto one = context_.code.decode_one(side);
      if (one && one->operation == Operation::kCall && context_.code.imported_name(*one) == "__stack_chk_fail")
        return true;
    }
    return false;
  }

  bool refers_to_numpy(const std::vector<FunctionRange>& bodies) const {
    for (const FunctionRange& body : bodies) {
      for (const std::uint64_t address : context_.code.addresses_in(body)) {
        if (context_.image().string_at(address) == std::string_view("numpy")) return true;
      }
    }
    return false;
  }

  static bool inside(const std::vector<FunctionRange>& bodies, std::uint64_t address) {
    return std::any_of(bodies.begin(), bodies.end(), [&](const auto& f) { return f.holds(address); });
  }

  // Checks that stand far from the others in the same function: compilers put blocks aside that run before.
  void sort_apart(std::vector<SizeCheck>& checks) const {
    constexpr std::uint64_t kFar = 0x200;
    for (std::size_t i = 1; i < checks.size(); ++i) {
      if (checks[i].evidence.where - checks[i - 1].evidence.where < kFar) continue;
      const FunctionRange function = context_.code.function_around(checks[i].evidence.where);
      const auto begin = std::find_if(checks.begin(), checks.end(),
                                      [&](const SizeCheck& check) { return function.holds(check.evidence.where); });
      const auto end = std::find_if(begin, checks.end(),
                                    [&](const SizeCheck& check) { return !function.holds(check.evidence.where); });
      if (end - begin < 2) continue;
      std::map<std::uint64_t, std::size_t> order = running_order(context_.code, function);
      // Of a check that was copied into the function the text stands aside, which does not run.
      const auto is_call = [&](const SizeCheck& check) {
        const auto one = context_.code.decode_one(check.evidence.where);
        return one && one->operation == Operation::kCall && order.count(check.evidence.where) != 0;
      };
      if (!std::all_of(begin, end, is_call)) continue;
      std::stable_sort(begin, end, [&](const SizeCheck& a, const SizeCheck& b) {
        return order[a.evidence.where] < order[b.evidence.where];
      });
      i = static_cast<std::size_t>(end - checks.begin()) - 1;
    }
  }

  // In running order; the texts of one inlined check are one check, of which the strictest mode seen counts.
  void finish() {
    auto& checks = found_.checks;
    std::stable_sort(checks.begin(), checks.end(),
                     [](const auto& a, const auto& b) { return a.evidence.where < b.evidence.where; });
    sort_apart(checks);
    std::vector<SizeCheck> unique;
    for (SizeCheck& check : checks) {
      const auto twin = std::find_if(unique.begin(), unique.end(), [&](const auto& other) {
        const bool same_size = !other.size.value || !check.size.value || *other.size.value == *check.size.value;
        return other.module == check.module && other.type == check.type && same_size;
      });
      if (twin == unique.end()) {
        unique.push_back(std::move(check));
        continue;
      }
      if (!twin->size.value) twin->size = check.size;
      if (check.mode.value && (!twin->mode.value || *check.mode.value < *twin->mode.value)) twin->mode = check.mode;
      if (check.reach == Reach::kImport) twin->reach = Reach::kImport;
    }
    checks = std::move(unique);
  }

  const ModuleContext& context_;
  CythonEra era_;
  std::optional<TypeParameters> parameters_;  // of the function whose callers are read
  SizeChecks found_;
};

}  // namespace

SizeChecks find_size_checks(const ModuleContext& context) {
  return CheckFinder(context).run();
}

}  // namespace abicheck
