// The headers of a PE file (PE specification, "File Headers", "Section Table"). LIEF reads them, out of a copy that
// ends with them: what it makes of the tables that they name is partial where a table is damaged, and costs without
// bound where one is hostile. Those tables are read here, by RVA.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace abicheck {

struct PeSection {
  std::uint64_t rva = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // bytes that come from the file
  bool executable = false;
  bool initialized = false;
};

struct PeDirectory {
  std::uint32_t rva = 0;
  std::uint32_t size = 0;
};

// Their places in the table of data directories.
enum class PeTable : std::size_t {
  kExports = 0,
  kImports = 1,
  kExceptions = 3,
  kBaseRelocations = 5,
  kDelayImports = 13
};

struct PeFile {
  ByteView bytes;
  std::uint16_t machine = 0;
  bool wide = false;  // PE32+
  std::uint64_t image_base = 0;
  std::array<PeDirectory, 16> directories{};
  std::vector<PeSection> sections;  // sorted by rva

  std::uint64_t pointer_size() const { return wide ? 8 : 4; }
  PeDirectory directory(PeTable table) const { return directories[static_cast<std::size_t>(table)]; }
  // What the file maps there, up to the end of the section.
  ByteView bytes_at(std::uint64_t rva, std::uint64_t length) const;
  std::optional<std::uint32_t> read_u32(std::uint64_t rva) const { return read_le<std::uint32_t>(bytes_at(rva, 4), 0); }
  std::optional<std::uint64_t> read_pointer(std::uint64_t rva) const;
  std::optional<std::string> string_at(std::uint64_t rva) const;
  bool is_code(std::uint64_t rva) const;
};

// kMalformed when the headers are damaged, or a section reaches beyond the end of the file.
Result<PeFile> read_pe_file(ByteView bytes);

}  // namespace abicheck
