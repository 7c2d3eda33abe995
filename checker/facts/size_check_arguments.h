// What Cython's __Pyx_ImportType is handed: the class and its module, the size, what follows from a difference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "facts/context.h"
#include "facts/import_type.h"
#include "facts/values.h"

namespace abicheck {

inline constexpr std::size_t kMostArguments = 8;

// The arguments around a class name: ..., module name, class name, size, [alignment,] mode. Clones drop some of them,
// so the places are relative to the class name.
struct TypeCheckArguments {
  std::string module;  // empty when dropped
  std::string type;
  std::uint32_t size = 0;
  std::vector<std::uint64_t> behind;  // the numbers behind the size
  bool mode_is_unknown = false;       // it is handed over, and is no constant
};

std::optional<TypeCheckArguments> read_type_check(const ModuleContext& context, const Values& values);
// The same where the callee says what it takes for what.
std::optional<TypeCheckArguments> read_type_check(const ModuleContext& context, const Values& values,
                                                  const TypeParameters& parameters);

// A name of the module's data, of a class or, with dots, of a module.
std::optional<std::string> type_name(const ModuleContext& context, const Value& value, bool dotted);
// 0 stands for "do not check" (opaque types, Cython 3.1).
bool is_plausible_size(const Value& value);

// Which form of the check the texts of the module are from.
CythonEra era_of(const ModuleContext& context);
// Cython 3 puts the alignment, a power of two from 4 up, before the mode; both may have been dropped.
std::optional<SizeCheckMode> mode_in(CythonEra era, const TypeCheckArguments& arguments);

}  // namespace abicheck
