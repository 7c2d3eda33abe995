#include "facts/dtype_spec.h"

#include <algorithm>

namespace abicheck {

namespace {

constexpr std::uint32_t kHighestPlain = 15;  // NPY_DT_setitem and the others that never changed

class SpecFinder {
 public:
  explicit SpecFinder(const ModuleContext& context) : context_(context) {}

  DtypeSpec run(const ApiSlotUse& use) {
    DtypeSpec spec;
    spec.evidence = {use.sites.empty() ? 0 : use.sites.front(), "call of PyArrayInitDTypeMeta_FromSpec"};
    spec.reach = Reach::kLater;
    for (const std::uint64_t site : use.sites) {
      const FunctionRange function = context_.code.function_around(site);
      if (context_.reachability.way_to(function).reach == Reach::kImport) spec.reach = Reach::kImport;
      read_code(function, spec);
    }
    read_data(spec);
    if (!listed_ && spec.functions.empty()) spec.unknown_because = "its list of functions was not found";
    return spec;
  }

 private:
  bool has_changed(std::uint32_t number) const {
    const auto& known = context_.abi.dtype_functions;
    return std::binary_search(known.begin(), known.end(), number);
  }

  void add(std::uint32_t number, DtypeSpec& spec) const {
    if (std::find(spec.functions.begin(), spec.functions.end(), number) == spec.functions.end())
      spec.functions.push_back(number);
  }

  // The number of the PyType_Slot whose function pointer the loader puts at `pointer`.
  std::optional<std::uint32_t> number_before(std::uint64_t pointer) const {
    const BinaryImage& image = context_.image();
    const std::uint64_t size = image.pointer_size();
    const auto to = image.pointer_at(pointer);
    const auto number = image.read_u32(pointer - size);
    if (!to || !image.holds_code(*to) || !number || *number == 0) return std::nullopt;
    constexpr std::uint64_t kInt = sizeof(std::uint32_t);
    if (size > kInt && image.read_u32(pointer - size + kInt) != 0u) return std::nullopt;
    return *number <= kHighestPlain || has_changed(*number) ? number : std::nullopt;
  }

  // Static arrays: two entries that follow each other make a list.
  void read_data(DtypeSpec& spec) {
    const std::uint64_t step = 2 * context_.image().pointer_size();
    for (const Relocation& relocation : context_.image().relocations) {
      const auto number = number_before(relocation.address);
      if (!number) continue;
      const bool in_list = number_before(relocation.address + step) || number_before(relocation.address - step);
      listed_ |= in_list;
      if (in_list && has_changed(*number)) add(*number, spec);
    }
  }

  // Arrays that are filled where they are used.
  void read_code(const FunctionRange& function, DtypeSpec& spec) {
    for (const Instruction& one : context_.code.function_code(function)) {
      const bool stores =
          one.operation == Operation::kMove && one.operands[0].is_memory() && one.operands[1].is_immediate();
      const auto number = static_cast<std::uint32_t>(one.operands[1].value);
      if (stores && has_changed(number)) add(number, spec);
    }
  }

  const ModuleContext& context_;
  bool listed_ = false;
};

}  // namespace

std::optional<DtypeSpec> find_dtype_spec(const ModuleContext& context, const std::vector<ApiSlotUse>& uses) {
  const auto use = std::find_if(uses.begin(), uses.end(), [&](const ApiSlotUse& one) {
    return one.table == CapsuleImport::Table::kArray && context.abi.dtype_spec_slot == one.index;
  });
  if (use == uses.end()) return std::nullopt;
  return SpecFinder(context).run(*use);
}

}  // namespace abicheck
