// The names of a Mach-O file: the symbol table (mach-o/nlist.h) and the export trie (mach-o/loader.h,
// dyld_info_command).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "image/macho_file.h"
#include "model/binary_image.h"

namespace abicheck {

// image.symbols under construction: each name once, the defined one where both are there. The '_' that C puts in front
// of its names is removed.
class MachoSymbols {
 public:
  MachoSymbols(const MachoFile& file, BinaryImage& image);

  void read_symbol_table();
  // Adds what the symbol table does not have, as in a stripped file.
  void read_export_trie();

  // The symbol of that name as it stands in the file; an undefined one is added where there is none.
  std::uint32_t named(std::string_view name);
  // The addresses that the symbol table gives to names for this file alone, and to others.
  const std::vector<std::uint64_t>& local_places() const { return local_places_; }
  const std::vector<std::uint64_t>& exported_places() const { return exported_places_; }
  // The symbol of an entry of the symbol table; empty for a local one.
  std::optional<std::uint32_t> at(std::uint64_t table_index) const;

 private:
  std::uint32_t add(std::string_view name, std::uint64_t address, bool defined);
  void read_entry(std::uint64_t index, ByteView entry, ByteView names);
  void add_export(const std::string& name, ByteView terminal);

  const MachoFile& file_;
  BinaryImage& image_;
  std::unordered_map<std::string, std::uint32_t> by_name_;
  std::unordered_map<std::uint64_t, std::uint32_t> by_index_;
  std::vector<std::uint64_t> local_places_;
  std::vector<std::uint64_t> exported_places_;
};

}  // namespace abicheck
