// Sizes of C types on the platforms that NumPy runs on. A final "t" is free-threaded CPython, whose object header is
// larger.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace abicheck {

enum class DataModel {
  kIlp32,             // i386 System V and Darwin: 64-bit integers on multiples of 4
  kIlp32Aligned,      // Windows x86, 32-bit Arm: on multiples of 8
  kIlp32Aligned315,   // the same from CPython 3.15 on
  kIlp32Aligned315T,  // free-threaded
  kIlp32AlignedT,
  kIlp32T,
  kLlp64,  // Windows, 64 bits
  kLlp64T,
  kLp64,  // Linux and macOS, 64 bits
  kLp64T,
};

// As abi_db/ spells them, in the order of the enumerators.
inline constexpr std::string_view kDataModelNames[] = {
    "ilp32", "ilp32_aligned", "ilp32_aligned_315", "ilp32_aligned_315t", "ilp32_alignedt", "ilp32t", "llp64", "llp64t",
    "lp64",  "lp64t"};

constexpr std::string_view data_model_name(DataModel model) {
  return kDataModelNames[static_cast<std::size_t>(model)];
}

constexpr std::optional<DataModel> find_data_model(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kDataModelNames); ++i) {
    if (kDataModelNames[i] == name) return static_cast<DataModel>(i);
  }
  return std::nullopt;
}

// That of a module: 32-bit x86 Linux and macOS align 64-bit integers to 4 bytes, 32-bit Arm and Windows to 8; `long`
// has 4 bytes on Windows. CPython 3.15 aligns objects to 8 bytes where 64-bit integers are.
constexpr DataModel data_model_of(std::string_view format, std::string_view arch, int bits, bool free_threaded,
                                  bool at_least_315) {
  if (bits == 64 && format == "pe") return free_threaded ? DataModel::kLlp64T : DataModel::kLlp64;
  if (bits == 64) return free_threaded ? DataModel::kLp64T : DataModel::kLp64;
  if (format != "pe" && arch == "i686") return free_threaded ? DataModel::kIlp32T : DataModel::kIlp32;
  if (at_least_315) return free_threaded ? DataModel::kIlp32Aligned315T : DataModel::kIlp32Aligned315;
  return free_threaded ? DataModel::kIlp32AlignedT : DataModel::kIlp32Aligned;
}

}  // namespace abicheck
