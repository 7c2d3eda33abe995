// DT_RELA, DT_REL, DT_JMPREL and DT_RELR of every machine whose relocations are in the table below.
#include <algorithm>

#include "image/elf_dynamic.h"

namespace abicheck {

namespace {

// The numbers that the processor supplements of the System V ABI give to the four relocations that fill pointers.
// IRELATIVE, COPY, and those of thread-local storage fill none that is read here.
struct MachineRelocations {
  std::uint16_t machine;
  bool wide;
  std::uint32_t absolute;   // S + A
  std::uint32_t glob_dat;   // S; 0 where the machine uses the absolute one
  std::uint32_t jump_slot;  // S
  std::uint32_t relative;   // B + A
};

constexpr MachineRelocations kRelocationsOf[] = {
    {3, false, 1, 6, 7, 8},              // R_386_32, _GLOB_DAT, _JUMP_SLOT, _RELATIVE
    {20, false, 1, 20, 21, 22},          // R_PPC_ADDR32, ...
    {kEmPpc64, true, 38, 20, 21, 22},    // R_PPC64_ADDR64, ...
    {kEmS390, true, 22, 10, 11, 12},     // R_390_64, ...
    {kEmS390, false, 4, 10, 11, 12},     // R_390_32, ...
    {kEmArm, false, 2, 21, 22, 23},      // R_ARM_ABS32, ...
    {62, true, 1, 6, 7, 8},              // R_X86_64_64, ...
    {183, true, 257, 1025, 1026, 1027},  // R_AARCH64_ABS64, ...
    {243, true, 2, 0, 5, 3},             // R_RISCV_64, ...
    {243, false, 1, 0, 5, 3},            // R_RISCV_32, ...
    {258, true, 2, 0, 5, 3},             // R_LARCH_64, ...
};

const MachineRelocations* relocations_of(const ElfFile& file) {
  const auto* found =
      std::find_if(std::begin(kRelocationsOf), std::end(kRelocationsOf),
                   [&](const MachineRelocations& m) { return m.machine == file.machine() && m.wide == file.wide(); });
  return found == std::end(kRelocationsOf) ? nullptr : found;
}

struct Entry {
  std::uint64_t address = 0;
  std::uint64_t symbol = 0;
  std::uint32_t type = 0;
  std::optional<std::uint64_t> addend;  // of RELA; REL has it in place
};

// Calls `use` for each entry of the tables; false when one of them is not wholly in the file.
template <typename Use>
bool for_each_entry(const ElfFile& file, const DynamicTable& dynamic, const BinaryImage& image, Use use) {
  const auto value = [&](std::uint64_t tag) {
    const auto found = dynamic.find(tag);
    return found == dynamic.end() ? 0 : found->second;
  };
  const struct {
    std::uint64_t address, size;
    bool has_addend;
  } tables[] = {{value(dt::kRela), value(dt::kRelaSz), true},
                {value(dt::kRel), value(dt::kRelSz), false},
                {value(dt::kJmpRel), value(dt::kPltRelSz), value(dt::kPltRel) == dt::kRela}};
  bool whole = true;
  const std::uint64_t word = image.pointer_size();
  for (const auto& table : tables) {
    if (table.address == 0) continue;
    const ByteView bytes = image.bytes_at(table.address, table.size);
    whole = whole && bytes.size() == table.size;
    const auto number = [&](std::uint64_t at) -> std::uint64_t {
      return file.wide() ? *read_in_order<std::uint64_t>(bytes, at, file.big_endian())
                         : *read_in_order<std::uint32_t>(bytes, at, file.big_endian());
    };
    const std::uint64_t size = (table.has_addend ? 3 : 2) * word;
    for (std::uint64_t at = 0; at + size <= bytes.size(); at += size) {
      const std::uint64_t info = number(at + word);  // ELF32_R_SYM, ELF64_R_SYM
      Entry entry{number(at), file.wide() ? info >> 32 : info >> 8,
                  static_cast<std::uint32_t>(file.wide() ? info : info & 0xff), std::nullopt};
      if (table.has_addend) entry.addend = number(at + 2 * word);
      use(entry);
    }
  }
  return whole;
}

// The relocation in the image's own words; empty for one that fills no pointer.
std::optional<Relocation> convert(const Entry& entry, const MachineRelocations& machine, const BinaryImage& image) {
  Relocation ours{entry.address, 0, std::nullopt};
  const bool slot = entry.type == machine.jump_slot || (machine.glob_dat != 0 && entry.type == machine.glob_dat);
  const bool absolute = entry.type == machine.absolute;
  if (!slot && !absolute && entry.type != machine.relative) return std::nullopt;
  // GLOB_DAT and JUMP_SLOT are S alone; some linkers leave rubbish in the addend, and lazy binding the stub's address.
  if (!slot) {
    const auto addend = entry.addend ? entry.addend : image.read_pointer(entry.address);
    if (!addend) return std::nullopt;
    ours.addend = *addend;
  }
  if (slot || absolute) {
    if (entry.symbol >= image.symbols.size()) return std::nullopt;
    ours.symbol = static_cast<std::uint32_t>(entry.symbol);
  }
  return ours;
}

// DT_RELR (gABI, 2022): an address starts a run, a following odd word is a bitmap of the next words, one less than it
// has bits; the addend stands in place.
void read_packed_relocations(std::uint64_t address, std::uint64_t size, BinaryImage& image) {
  const std::uint64_t word_size = image.pointer_size();
  const std::uint64_t bits = 8 * word_size;
  const auto add = [&](std::uint64_t at) {
    if (const auto addend = image.read_pointer(at)) image.relocations.push_back({at, *addend, std::nullopt});
  };
  std::uint64_t next = 0;
  for (std::uint64_t at = 0; at + word_size <= size; at += word_size) {
    const auto word = image.read_pointer(address + at);
    if (!word) {
      image.defects.push_back("the packed relocations are cut off");
      return;
    }
    if ((*word & 1) == 0) {
      add(*word);
      next = *word + word_size;
      continue;
    }
    for (std::uint64_t bit = 1; bit < bits; ++bit) {
      if ((*word >> bit & 1) != 0) add(next + word_size * (bit - 1));
    }
    next += (bits - 1) * word_size;
  }
}

}  // namespace

void read_dynamic_relocations(const ElfFile& file, const DynamicTable& dynamic, BinaryImage& image) {
  const MachineRelocations* machine = relocations_of(file);
  if (machine == nullptr) {
    image.defects.push_back("the relocations of this machine are not known");
    return;
  }
  const bool whole = for_each_entry(file, dynamic, image, [&](const Entry& entry) {
    if (const auto ours = convert(entry, *machine, image)) image.relocations.push_back(*ours);
  });
  if (!whole) image.defects.push_back("the relocations are cut off");
  if (const auto relr = dynamic.find(dt::kRelr); relr != dynamic.end()) {
    const auto size = dynamic.find(dt::kRelrSz);
    read_packed_relocations(relr->second, size == dynamic.end() ? 0 : size->second, image);
  }
  std::stable_sort(image.relocations.begin(), image.relocations.end(),
                   [](const auto& a, const auto& b) { return a.address < b.address; });
}

std::uint64_t highest_symbol_of_relocations(const ElfFile& file, const DynamicTable& dynamic,
                                            const BinaryImage& image) {
  std::uint64_t highest = 0;
  for_each_entry(file, dynamic, image, [&](const Entry& entry) { highest = std::max(highest, entry.symbol); });
  return highest;
}

}  // namespace abicheck
