#include "facts/null_uses.h"

#include <algorithm>
#include <map>
#include <set>

#include "facts/telling_slots.h"
#include "facts/use_behind.h"

namespace abicheck {

namespace {

struct NullAccess {
  std::uint64_t site = 0;
  std::uint64_t slot = 0;
  bool called = false;
};

// Whether every call of the function comes to `site`.
bool goes_straight_to(const Code& code, const FunctionRange& function, std::uint64_t site) {
  for (const Instruction& one : code.function_code(function)) {
    if (one.address == site) return true;
    if (one.operation == Operation::kBranch || one.ends_block()) return false;
  }
  return false;
}

// Whether some of the function's code, parts of which may stand elsewhere, reads at this distance from a pointer that
// is no constant.
bool reads_elsewhere_at(const ModuleContext& context, const FunctionRange& function, std::uint64_t distance,
                        const std::vector<NullAccess>& accesses) {
  std::vector<FunctionRange> parts = context.reachability.jumpers_into(function);
  parts.push_back(function);
  const auto reads = [&](const Operand& operand) {
    return operand.is_memory() && operand.reg != kNoRegister && static_cast<std::uint64_t>(operand.value) == distance;
  };
  return std::any_of(parts.begin(), parts.end(), [&](const FunctionRange& part) {
    const std::vector<Instruction>& code = context.code.function_code(part);
    return std::any_of(code.begin(), code.end(), [&](const Instruction& one) {
      const bool of_null = std::any_of(accesses.begin(), accesses.end(),
                                       [&](const NullAccess& access) { return access.site == one.address; });
      return !of_null && std::any_of(one.operands.begin(), one.operands.end(), reads);
    });
  });
}

// Whether the process dies behind the access as the compiler saw: registers may still be put aside between them.
bool is_trap(const Code& code, std::uint64_t site) {
  constexpr std::size_t kApart = 8;
  const std::vector<Instruction> straight = code.straight_from(site, kApart);
  if (straight.empty() || straight.front().operation != Operation::kMove) return false;
  return straight.back().operation == Operation::kTrap &&
         std::none_of(straight.begin(), straight.end(), [](const Instruction& one) {
           return one.operation == Operation::kCall || one.operation == Operation::kBranch;
         });
}

// A compiler leaves the call or, where it lets the process die at once, a read behind which nothing comes. The latter
// is also what remains of other pointers on the way that found them null: there the function reads the same member of
// one that is not.
bool is_of_table(const ModuleContext& context, const std::map<std::uint64_t, std::vector<NullAccess>>& by_function) {
  const Code& code = context.code;
  const std::uint64_t size = code.image().pointer_size();
  for (const auto& [begin, accesses] : by_function) {
    for (const NullAccess& access : accesses) {
      if (access.slot < kFirstFunction) continue;
      const FunctionRange function = code.function_around(access.site);
      if (access.called) return true;
      if (context.reachability.is_handed_out(function.begin) && goes_straight_to(code, function, access.site))
        return true;
      if (is_trap(code, access.site) && !reads_elsewhere_at(context, function, size * access.slot, accesses))
        return true;
    }
  }
  return false;
}

std::vector<ApiSlotUse> array_uses_of_null(const ModuleContext& context, const std::vector<Reference>& accesses) {
  const Code& code = context.code;
  const std::uint64_t size = code.image().pointer_size();
  const bool any_function = std::any_of(accesses.begin(), accesses.end(),
                                        [&](const Reference& r) { return r.target >= kFirstFunction * size; });
  if (!any_function) return {};
  std::map<std::uint64_t, std::vector<NullAccess>> by_function;
  for (const Reference& reference : code.real_null_accesses(accesses)) {
    by_function[code.function_around(reference.site).begin].push_back(
        {reference.site, reference.target / size, is_called(code, reference.site)});
  }
  std::erase_if(by_function, [&](const auto& function) {
    const auto& accesses = function.second;
    const bool any =
        std::any_of(accesses.begin(), accesses.end(), [](const NullAccess& a) { return a.slot >= kFirstFunction; });
    return !any || !context.reachability.can_run(code.function_around(accesses.front().site));
  });
  if (!is_of_table(context, by_function)) return {};
  std::map<std::uint64_t, ApiSlotUse> uses;
  for (const auto& [begin, accesses] : by_function) {
    for (const NullAccess& access : accesses) {
      ApiSlotUse& use = uses[access.slot];
      use.index = static_cast<std::uint32_t>(access.slot);
      use.unfilled = true;
      use.sites.push_back(access.site);
    }
  }
  std::vector<ApiSlotUse> all;
  all.reserve(uses.size());
  for (auto& [slot, use] : uses) {
    std::sort(use.sites.begin(), use.sites.end());
    all.push_back(std::move(use));
  }
  return all;
}

std::vector<ApiSlotUse> ufunc_uses_of_null(const ModuleContext& context, std::vector<Reference> accesses) {
  const std::uint64_t place = kMakesUfunc * context.image().pointer_size();
  ApiSlotUse use;
  use.table = CapsuleImport::Table::kUfunc;
  use.index = kMakesUfunc;
  use.unfilled = use.while_loading = true;
  // Ufuncs are made in few functions; following the callers of each takes long.
  constexpr std::size_t kMostMakers = 8;
  std::erase_if(accesses, [&](const Reference& access) { return access.target != place; });
  accesses = context.code.real_null_accesses(std::move(accesses));
  std::set<std::uint64_t> makers;
  for (const Reference& access : accesses) makers.insert(context.code.function_around(access.site).begin);
  if (makers.size() > kMostMakers) return {};
  std::set<std::uint64_t> sites;
  for (const Reference& access : accesses) sites.insert(access.site);
  if (!always_comes_to(context, sites)) return {};
  use.sites.assign(sites.begin(), sites.end());
  return {use};
}

}  // namespace

std::vector<ApiSlotUse> find_null_uses(const ModuleContext& context, bool arrays, bool ufuncs) {
  if (!arrays && !ufuncs) return {};
  const std::vector<Reference> accesses =
      context.code.null_accesses(kHighestSlot * context.code.image().pointer_size());
  std::vector<ApiSlotUse> uses;
  if (arrays) uses = array_uses_of_null(context, accesses);
  if (!ufuncs) return uses;
  for (ApiSlotUse& use : ufunc_uses_of_null(context, accesses)) uses.push_back(std::move(use));
  return uses;
}

}  // namespace abicheck
