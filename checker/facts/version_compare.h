// What _import_array() does behind PyCapsule_GetPointer(): it calls two functions of the table, compares what they
// return with numbers that were compiled in, and hands the same numbers to PyErr_Format.
//
// The code is followed along every way with what is known of its values, so that neither the order of its parts nor
// what a compiler merged, moved out of line or kept in registers matters.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "facts/context.h"

namespace abicheck {

// The compare of a result with a number and what the branch behind it makes of it, turned into the source's comparison.
struct VersionCompare {
  std::uint64_t site = 0;   // of the compare
  std::uint32_t value = 0;  // NPY_VERSION or NPY_FEATURE_VERSION
  AbiCompare kind = AbiCompare::kEqual;

  bool operator==(const VersionCompare&) const = default;
};

struct MessageArgument {
  std::uint64_t message = 0;  // address of the text
  std::uint64_t call = 0;     // of PyErr_Format
  std::uint32_t value = 0;    // its third argument

  bool operator==(const MessageArgument&) const = default;
};

// A variable that holds the pointer to a table: filled by the import, or bound by the loader to that of another library
// (PY_ARRAY_UNIQUE_SYMBOL across libraries), in which case `address` is the loader's slot.
struct TableVariable {
  CapsuleImport::Table table = CapsuleImport::Table::kArray;
  std::uint64_t address = 0;
  bool elsewhere = false;
  std::string shared_as;                     // the name by which other modules know it
  bool filled = true;                        // false: by no import in this module that can run
  std::vector<std::string> by_exports = {};  // exported functions, when only these fill it and nothing here calls them
  bool guessed = false;                      // nothing but its use tells that it may be one

  bool operator==(const TableVariable&) const = default;
};

// Slots of the table of arrays that imports themselves call, and where.
using OwnSlots = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

// One copy of the code.
struct TableCheck {
  std::vector<VersionCompare> api_compares;  // with what PyArray_GetNDArrayCFeatureVersion() returned
  std::vector<VersionCompare> abi_compares;  // with what PyArray_GetNDArrayCVersion() returned
  std::vector<MessageArgument> arguments;    // constant numbers handed to PyErr_Format
  std::vector<std::uint64_t> successes;  // where the code goes on when its last test, that of the byte order, passes
  std::vector<TableVariable> tables;     // where the pointers to the tables are stored
  std::uint64_t runtime_version = 0;     // PyArray_RUNTIME_VERSION (2.x headers); 0: none
  OwnSlots slots;
};

// `bodies` are the functions that make up the copy.
TableCheck read_table_check(const Code& code, const std::vector<FunctionRange>& bodies, const KnownAbi& known);

// The constant that goes to PyErr_Format with the message at `message`; unknown when there are none or several.
Known<std::uint32_t> message_argument(const TableCheck& check, std::uint64_t message);

}  // namespace abicheck
