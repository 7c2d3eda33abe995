// Bytes of one native member -> ModuleFacts: the list of extractors.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "disasm/disassembler.h"
#include "model/binary_image.h"
#include "model/facts.h"
#include "model/numpy_release.h"

namespace abicheck {

// Facts that need no parsing, for a binary without a trace of NumPy's C-API.
ModuleFacts facts_without_numpy(ByteView bytes, std::string_view path);

// Whether such a file may still use a table that nothing fills: compilers drop _import_array() with all its texts where
// nothing calls it. Other generators than compilers leave texts of their own.
bool may_use_untold_table(const ModuleFacts& facts);

// Adds the slots of such tables.
void add_untold_uses(const BinaryImage& image, std::string_view path, const KnownAbi& abi, Disassembler& disassembler,
                     ModuleFacts& facts);

// `path` gives the name of the init function that CPython would look up; `abi` what to look for in NumPy's own code;
// `siblings` are the dotted names of all modules of the same wheel.
ModuleFacts recover_facts(const BinaryImage& image, std::string_view path, const KnownAbi& abi,
                          const std::set<std::string>& siblings, Disassembler& disassembler);

// Whether loading this module calls the exported function `name` of a library it needs; fills `how`.
bool calls_export_at_import(const BinaryImage& image, std::string_view path, const std::string& name,
                            Disassembler& disassembler, std::string& how);

}  // namespace abicheck
