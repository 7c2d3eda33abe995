#include "facts/list_reader.h"

#include <algorithm>
#include <map>
#include <optional>

namespace abicheck {

namespace {

bool runs_in_initializers(const ModuleContext& context, const FunctionRange& function) {
  const Way& way = context.reachability.way_to(function);
  return way.entry != nullptr && way.entry->kind == EntryPoint::Kind::kInitializer;
}

// For each of `functions` the initialisers that form its address; none where anything else does.
std::map<std::uint64_t, std::set<std::uint64_t>> initializers_that_know(const ModuleContext& context,
                                                                        const std::set<std::uint64_t>& functions) {
  const Code& code = context.code;
  std::map<std::uint64_t, std::set<std::uint64_t>> known;
  std::set<std::uint64_t> elsewhere;
  for (const Relocation& relocation : code.image().relocations) {
    if (!relocation.symbol && functions.count(relocation.addend) != 0) elsewhere.insert(relocation.addend);
  }
  for (const Reference& reference : code.references_to({functions.begin(), functions.end()})) {
    if (reference.kind != Reference::Kind::kLea) continue;
    const FunctionRange where = code.function_around(reference.site);
    if (runs_in_initializers(context, where)) {
      known[reference.target].insert(where.begin);
    } else {
      elsewhere.insert(reference.target);
    }
  }
  for (const std::uint64_t function : elsewhere) known.erase(function);
  return known;
}

bool calls_through_pointers(const Code& code, const FunctionRange& function) {
  const std::vector<Instruction>& all = code.function_code(function);
  return std::any_of(all.begin(), all.end(), [&](const Instruction& one) {
    return one.operation == Operation::kCall && code.own_target(one) == 0 && !code.imported_name(one);
  });
}

// The variables of the module that the function names and of which the file holds nothing.
std::set<std::uint64_t> variables_of(const Code& code, const FunctionRange& function) {
  const std::vector<std::uint64_t> formed = code.addresses_in(function);
  std::set<std::uint64_t> variables(formed.begin(), formed.end());
  for (const Instruction& one : code.function_code(function)) {
    for (const Operand& operand : one.operands) {
      if (operand.is_memory() && operand.absolute) variables.insert(static_cast<std::uint64_t>(operand.value));
    }
  }
  std::erase_if(variables, [&](std::uint64_t address) {
    return address % code.image().pointer_size() != 0 || code.image().offset_of(address);
  });
  return variables;
}

// The only function that uses the variable and does not run in static initialisers.
std::optional<FunctionRange> only_user(const ModuleContext& context, std::uint64_t variable) {
  std::optional<FunctionRange> user;
  for (const Reference& reference : context.code.references_to({variable})) {
    const FunctionRange function = context.code.function_around(reference.site);
    if (runs_in_initializers(context, function) || (user && user->begin == function.begin)) continue;
    if (user) return std::nullopt;
    user = function;
  }
  return user;
}

// Who goes through the list to which a call in the initialiser adds.
std::optional<std::uint64_t> reader_of(const ModuleContext& context, std::uint64_t initializer) {
  const Code& code = context.code;
  for (const Instruction& one : code.function_code(code.function_around(initializer))) {
    const std::uint64_t target = one.operation == Operation::kCall ? code.own_target(one) : 0;
    const FunctionRange* adds = target == 0 ? nullptr : code.function_at(target);
    if (adds == nullptr) continue;
    for (const std::uint64_t variable : variables_of(code, *adds)) {
      const auto user = only_user(context, variable);
      if (user && calls_through_pointers(code, *user)) return user->begin;
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<ListReader> find_list_readers(const ModuleContext& context, const std::set<std::uint64_t>& functions) {
  std::vector<ListReader> readers;
  for (const auto& [function, initializers] : initializers_that_know(context, functions)) {
    for (const std::uint64_t initializer : initializers) {
      if (const auto reader = reader_of(context, initializer)) readers.push_back({function, *reader});
    }
  }
  return readers;
}

}  // namespace abicheck
