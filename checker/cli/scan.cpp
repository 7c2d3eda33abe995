#include "cli/scan.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cli/siblings.h"
#include "disasm/disassembler.h"
#include "facts/markers.h"
#include "facts/recover.h"
#include "facts/shared_tables.h"
#include "facts/sibling_import.h"
#include "image/library_name.h"
#include "image/read_image.h"
#include "input/file.h"
#include "input/file_kind.h"
#include "input/wheel.h"
#include "input/wheel_name.h"

namespace abicheck {

namespace {

// Capstone's handle is costly to open and serves one thread.
Disassembler& thread_disassembler() {
  thread_local Disassembler disassembler;
  return disassembler;
}

void add_defects(const BinaryImage& image, ModuleFacts& facts) {
  for (const std::string& defect : image.defects) facts.unknowns.push_back("the file is damaged: " + defect);
}

// A module whose bytes cannot be looked at stays in the report: nothing is known of it, which is not "compatible".
ScannedModule unread_module(std::string path, std::string why) {
  ScannedModule module;
  module.path = std::move(path);
  module.format = module.arch = "unknown";
  module.facts.unknowns.push_back(std::move(why));
  module.facts.unreadable = true;
  return module;
}

void add_names(const BinaryImage& image, ScannedModule& module) {
  module.soname = image.soname;
  module.needed = image.needed;
}

Result<ScannedModule> scan_slice(const std::string& path, const ImageSlice& slice, const KnownAbi& abi,
                                 const std::set<std::string>& siblings) {
  if (slice.problem) return *slice.problem;
  ScannedModule module;
  module.path = path;
  const bool imports_siblings = !siblings.empty() && mentions_module_imports(slice.bytes);
  if (!mentions_numpy_api(slice.bytes) && !imports_siblings) {
    module.facts = facts_without_numpy(slice.bytes, path);
    if (!may_use_untold_table(module.facts)) return module;
    const Result<BinaryImage> image = read_image(slice.bytes);
    if (image && architecture_of(*image) != nullptr)
      add_untold_uses(*image, path, abi, thread_disassembler(), module.facts);
    if (image) add_names(*image, module);
    return module;
  }
  Result<BinaryImage> image = read_image(slice.bytes);
  if (!image) return image.error();
  if (architecture_of(*image) == nullptr)
    return Error{ErrorCode::kUnsupported, "machine code of " + image->arch + " is not read by this build", ""};
  module.facts = recover_facts(*image, path, abi, siblings, thread_disassembler());
  add_defects(*image, module.facts);
  add_names(*image, module);
  return module;
}

struct Outcome {
  ScannedModule module;
  std::optional<Error> problem;
};

// One module for each processor that the file holds code for; one that cannot be read does not lose the others.
std::vector<Outcome> scan_bytes(const std::string& path, ByteView bytes, const KnownAbi& abi,
                                const std::set<std::string>& siblings) {
  const Result<std::vector<ImageSlice>> slices = read_slices(bytes);
  if (!slices) return {{unread_module(path, slices.error().message), within(path, slices.error())}};
  std::vector<Outcome> outcomes;
  for (const ImageSlice& slice : *slices) {
    Result<ScannedModule> scanned = scan_slice(path, slice, abi, siblings);
    Outcome outcome = scanned ? Outcome{std::move(*scanned), std::nullopt}
                              : Outcome{unread_module(path, scanned.error().message), within(path, scanned.error())};
    outcome.module.format = slice.header.format;
    outcome.module.arch = slice.header.arch;
    outcome.module.bits = slice.header.bits;
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::vector<Outcome> scan_member(const WheelFile& wheel, const WheelMember& member, const KnownAbi& abi,
                                 std::set<std::string> siblings) {
  siblings.erase(import_name_of(member.path));
  const Result<ByteBuffer> bytes = wheel.read(member);
  if (!bytes) return {{unread_module(member.path, bytes.error().message), bytes.error()}};
  std::vector<Outcome> outcomes = scan_bytes(member.path, bytes->view(), abi, siblings);
  for (Outcome& outcome : outcomes) {
    if (outcome.problem) outcome.problem = within(wheel.path(), *outcome.problem);
  }
  return outcomes;
}

void add_outcomes(std::vector<Outcome> outcomes, ScannedFile& file) {
  for (Outcome& outcome : outcomes) {
    if (outcome.problem) file.problems.push_back(std::move(*outcome.problem));
    file.modules.push_back(std::move(outcome.module));
  }
}

// An import that a bundled library carries, and the exported functions that lead to it.
struct LibraryDoor {
  std::string library;
  std::string arch;             // a slice of a universal file calls the slice of its own processor
  std::set<std::string> names;  // by which modules need it: its soname and its file name
  const ModuleFacts* facts = nullptr;
};

std::vector<LibraryDoor> library_doors(const std::vector<ScannedModule>& modules) {
  std::vector<LibraryDoor> doors;
  for (const ScannedModule& module : modules) {
    const bool exported = std::any_of(module.facts.imports.begin(), module.facts.imports.end(),
                                      [](const CapsuleImport& import) { return !import.reached_by_exports.empty(); });
    if (!exported) continue;
    doors.push_back({module.path, module.arch, {}, &module.facts});
    for (const std::string_view name : {std::string_view(module.soname), base_name(module.path)}) {
      if (!name.empty()) doors.back().names.insert(library_name(module.format, name));
    }
  }
  return doors;
}

Result<BinaryImage> read_slice_of(const std::string& arch, ByteView bytes) {
  const Result<std::vector<ImageSlice>> slices = read_slices(bytes);
  if (!slices) return slices.error();
  for (const ImageSlice& slice : *slices) {
    if (slice.header.arch == arch && !slice.problem) return read_image(slice.bytes);
  }
  return Error{ErrorCode::kMissing, "no slice for " + arch, ""};
}

// Reads a module once more to ask whether loading it calls into a library that imports NumPy. Rare: one wheel in a
// hundred has such a library.
void follow_library(const WheelFile& wheel, const WheelMember& member, const LibraryDoor& door, ScannedModule& module) {
  const Result<ByteBuffer> bytes = wheel.read(member);
  if (!bytes) return;
  const Result<BinaryImage> image = read_slice_of(module.arch, bytes->view());
  if (!image) return;
  const bool needs = std::any_of(image->needed.begin(), image->needed.end(),
                                 [&](const auto& n) { return door.names.count(library_name(image->format, n)) != 0; });
  if (!needs) return;
  for (const CapsuleImport& import : door.facts->imports) {
    for (const std::string& function : import.reached_by_exports) {
      std::string how;
      if (!calls_export_at_import(*image, module.path, function, thread_disassembler(), how)) continue;
      module.facts.library_imports.push_back({door.library, function, import});
      module.facts.uses_numpy = true;
      break;
    }
  }
}

// Exported functions that are all that fills a table of the module.
std::vector<std::string> filling_exports(const ScannedModule& module) {
  std::vector<std::string> names;
  for (const ApiSlotUse& use : module.facts.api_slots) {
    for (const std::string& name : use.filled_by) names.push_back(name);
  }
  return names;
}

bool wants_one_of(const BinaryImage& image, const std::vector<std::string>& names) {
  return std::any_of(image.symbols.begin(), image.symbols.end(), [&](const DynamicSymbol& symbol) {
    return !symbol.defined && std::find(names.begin(), names.end(), symbol.name) != names.end();
  });
}

// Another file of the wheel may call the function that fills a module's table: it then asks for it by name.
void settle_filling_exports(const WheelFile& wheel, const std::map<std::string, const WheelMember*>& by_path,
                            std::vector<ScannedModule>& modules) {
  for (ScannedModule& module : modules) {
    const std::vector<std::string> names = filling_exports(module);
    const bool called = !names.empty() && std::any_of(modules.begin(), modules.end(), [&](const ScannedModule& other) {
      if (other.path == module.path || other.arch != module.arch) return false;
      const Result<ByteBuffer> bytes = wheel.read(*by_path.at(other.path));
      const Result<BinaryImage> image =
          bytes ? read_slice_of(other.arch, bytes->view()) : Result<BinaryImage>(bytes.error());
      return image && wants_one_of(*image, names);
    });
    if (!called) continue;
    for (ApiSlotUse& use : module.facts.api_slots) use.filled_by.clear();
  }
}

void scan_wheel(const Input& input, const KnownAbi& abi, ScannedFile& file) {
  Result<WheelFile> wheel = WheelFile::open(input.path);
  if (!wheel) {
    file.problems.push_back(wheel.error());
    return;
  }
  file.opened = true;
  file.problems = wheel->problems();
  if (Result<WheelName> name = parse_wheel_name(input.path)) {
    file.name = std::move(*name);
  } else {
    file.problems.push_back(within(input.path, name.error()));
  }
  if (Result<WheelMetadata> metadata = wheel->metadata()) {
    file.metadata = std::move(*metadata);
  } else {
    file.problems.push_back(metadata.error());
  }
  const std::vector<WheelMember>& members = wheel->native_members();
  std::set<std::string> names;
  for (const WheelMember& member : members) names.insert(import_name_of(member.path));
  names.erase("");
  if (names.size() < 2) names.clear();
  std::vector<std::vector<Outcome>> outcomes(members.size());
  tbb::parallel_for(std::size_t{0}, members.size(),
                    [&](std::size_t i) { outcomes[i] = scan_member(*wheel, members[i], abi, names); });
  std::map<std::string, const WheelMember*> by_path;
  for (std::size_t i = 0; i < members.size(); ++i) {
    by_path[members[i].path] = &members[i];
    add_outcomes(std::move(outcomes[i]), file);
  }
  for (const LibraryDoor& door : library_doors(file.modules)) {
    for (ScannedModule& module : file.modules) {
      const bool other = module.path != door.library && module.arch == door.arch;
      if (other && !module.facts.unreadable) follow_library(*wheel, *by_path.at(module.path), door, module);
    }
  }
  settle_filling_exports(*wheel, by_path, file.modules);
  find_siblings(file.modules, wheel->package_code());
  std::stable_sort(file.modules.begin(), file.modules.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
}

void scan_module_file(const Input& input, const KnownAbi& abi, ScannedFile& file) {
  const Result<ByteBuffer> bytes = read_file(input.path);
  if (!bytes) {
    file.problems.push_back(bytes.error());
    return;
  }
  file.opened = true;
  add_outcomes(scan_bytes(input.path, bytes->view(), abi, {}), file);
}

}  // namespace

ScannedFile scan_file(const Input& input, const ScanOptions& options) {
  ScannedFile file;
  file.input = input;
  if (is_of_sources(input.kind)) return file;  // scan_sources.h
  if (input.kind == InputKind::kWheel) {
    scan_wheel(input, options.abi, file);
  } else {
    scan_module_file(input, options.abi, file);
  }
  std::map<std::string, std::vector<FileFacts>> by_arch;
  for (ScannedModule& module : file.modules) {
    by_arch[module.arch].push_back({module.path,
                                    &module.facts,
                                    module.format == "elf",
                                    {module.soname, std::string(base_name(module.path))},
                                    module.needed});
  }
  for (const auto& [arch, modules] : by_arch) settle_shared_tables(modules, input.kind == InputKind::kWheel);
  if (options.with_sha256 && file.opened) {
    if (Result<std::string> digest = sha256_of_file(input.path)) file.sha256 = std::move(*digest);
  }
  return file;
}

}  // namespace abicheck
