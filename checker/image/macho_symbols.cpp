#include "image/macho_symbols.h"

#include <algorithm>
#include <unordered_set>

#include "image/leb128.h"
#include "image/name_length.h"

namespace abicheck {

namespace {

// nlist, nlist_64
constexpr std::uint64_t kEntrySize32 = 12;
constexpr std::uint64_t kEntrySize64 = 16;
// n_type
constexpr std::uint8_t kStab = 0xe0;
constexpr std::uint8_t kExternal = 0x01;
constexpr std::uint8_t kTypeMask = 0x0e;
constexpr std::uint8_t kUndefined = 0x00;
constexpr std::uint8_t kInSection = 0x0e;
// EXPORT_SYMBOL_FLAGS_*
constexpr std::uint64_t kReexport = 0x08;
constexpr std::size_t kMostTrieNodes = 1'000'000;

std::string_view without_underscore(std::string_view name) {
  return name.starts_with('_') ? name.substr(1) : name;
}

}  // namespace

MachoSymbols::MachoSymbols(const MachoFile& file, BinaryImage& image) : file_(file), image_(image) {}

std::uint32_t MachoSymbols::add(std::string_view raw, std::uint64_t address, bool defined) {
  const std::string name(without_underscore(raw));
  const auto [entry, fresh] = by_name_.try_emplace(name, static_cast<std::uint32_t>(image_.symbols.size()));
  const bool function = defined && std::any_of(image_.code.begin(), image_.code.end(), [&](const MappedRange& range) {
                          return address >= range.address && address - range.address < range.size;
                        });
  if (fresh) {
    image_.symbols.push_back({name, address, defined, function});
  } else if (defined && !image_.symbols[entry->second].defined) {
    image_.symbols[entry->second] = {name, address, true, function};
  }
  return entry->second;
}

std::uint32_t MachoSymbols::named(std::string_view name) {
  return add(name, 0, false);
}

std::optional<std::uint32_t> MachoSymbols::at(std::uint64_t table_index) const {
  const auto found = by_index_.find(table_index);
  return found == by_index_.end() ? std::nullopt : std::optional(found->second);
}

void MachoSymbols::read_entry(std::uint64_t index, ByteView entry, ByteView names) {
  const std::uint8_t type = entry[4];
  if ((type & kStab) != 0) return;
  const std::uint64_t value = image_.bits == 64 ? *read_le<std::uint64_t>(entry, 8) : *read_le<std::uint32_t>(entry, 8);
  const bool external = (type & kExternal) != 0;
  if ((type & kTypeMask) == kInSection) (external ? exported_places_ : local_places_).push_back(value);
  if (!external) return;
  const auto name = read_c_string(names, *read_le<std::uint32_t>(entry, 0), kLongestName);
  if (!name) return;
  const bool defined = (type & kTypeMask) != kUndefined;
  by_index_[index] = add(*name, defined ? value : 0, defined);
}

void MachoSymbols::read_symbol_table() {
  const std::uint64_t entry_size = image_.bits == 64 ? kEntrySize64 : kEntrySize32;
  const ByteView table = slice(file_.bytes, file_.symbols.offset, file_.symbols.size * entry_size);
  const ByteView names = file_.at(file_.strings);
  if (table.size() < file_.symbols.size * entry_size || names.size() < file_.strings.size)
    image_.defects.push_back("the symbol table is cut off");
  for (std::uint64_t i = 0; (i + 1) * entry_size <= table.size(); ++i)
    read_entry(i, slice(table, i * entry_size, entry_size), names);
}

// Flags and, but for names of other libraries, the distance from the header.
void MachoSymbols::add_export(const std::string& name, ByteView terminal) {
  std::uint64_t at = 0;
  const auto flags = read_uleb128(terminal, at);
  const auto value = flags ? read_uleb128(terminal, at) : std::nullopt;
  if (!value) {
    image_.defects.push_back("the export trie is damaged");
    return;
  }
  const bool defined = (*flags & kReexport) == 0;
  add(name, defined ? file_.base + *value : 0, defined);
}

// A node: the size of its terminal part, that part, the number of edges, and for each the text that it adds to the name
// and the place of the node it leads to.
void MachoSymbols::read_export_trie() {
  const ByteView trie = file_.at(file_.exports);
  if (trie.empty()) return;
  struct Node {
    std::uint64_t at;
    std::string name;
  };
  std::vector<Node> open{{0, ""}};
  std::unordered_set<std::uint64_t> seen{0};
  bool damaged = trie.size() < file_.exports.size;
  while (!open.empty() && seen.size() < kMostTrieNodes) {
    Node node = std::move(open.back());
    open.pop_back();
    const auto terminal_size = read_uleb128(trie, node.at);
    const auto edges_at = terminal_size ? checked_add(node.at, *terminal_size) : std::nullopt;
    if (!edges_at || *edges_at >= trie.size()) {
      damaged = true;
      continue;
    }
    if (*terminal_size != 0) add_export(node.name, slice(trie, node.at, *terminal_size));
    std::uint64_t at = *edges_at + 1;
    for (unsigned i = 0; i < trie[*edges_at]; ++i) {
      const auto text = read_c_string(trie, at, kLongestName);
      at += text ? text->size() + 1 : 0;
      const auto child = text ? read_uleb128(trie, at) : std::nullopt;
      damaged = damaged || !child || node.name.size() + text->size() > kLongestName;
      if (damaged) break;
      if (seen.insert(*child).second) open.push_back({*child, node.name + std::string(*text)});
    }
  }
  if (damaged || !open.empty()) image_.defects.push_back("the export trie is damaged");
}

}  // namespace abicheck
