#include "rules/machines.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace abicheck {

namespace {

// What a name promises: every file of `format` for one of the machines suits.
struct Promise {
  std::string_view format;
  std::vector<std::string_view> archs;  // as ModuleReport::arch; empty when the name does not tell
};

struct Platform {
  std::string_view word;
  std::string_view arch;
};

// What stands behind linux_, manylinux*_ and musllinux*_ (PEP 600, PEP 656; os.uname().machine), and in front of
// -linux- in CPython's and PyPy's SOABI (config.guess, Debian's multiarch tuples).
constexpr Platform kLinux[] = {
    {"x86_64", "x86_64"},       {"i686", "i686"},       {"i386", "i686"},
    {"aarch64", "aarch64"},     {"armv6l", "armv7l"},   {"armv7l", "armv7l"},
    {"armv8l", "armv7l"},       {"arm", "armv7l"},      {"ppc64le", "ppc64le"},
    {"powerpc64le", "ppc64le"}, {"s390x", "s390x"},     {"riscv64", "riscv64"},
    {"ppc64", "ppc64"},         {"powerpc64", "ppc64"}, {"loongarch64", "loongarch64"},
};
constexpr Platform kWindows[] = {{"win32", "i686"}, {"win_amd64", "x86_64"}, {"win_arm64", "aarch64"}};

std::string_view arch_of(std::string_view word, const Platform* begin, const Platform* end) {
  const auto found = std::find_if(begin, end, [&](const Platform& one) { return one.word == word; });
  return found == end ? std::string_view() : found->arch;
}

Promise of_linux(std::string_view word) {
  const std::string_view arch = arch_of(word, std::begin(kLinux), std::end(kLinux));
  return {"elf", arch.empty() ? std::vector<std::string_view>() : std::vector{arch}};
}

Promise of_windows(std::string_view word) {
  const std::string_view arch = arch_of(word, std::begin(kWindows), std::end(kWindows));
  return {"pe", arch.empty() ? std::vector<std::string_view>() : std::vector{arch}};
}

// "manylinux_2_17_x86_64", "win_amd64", "macosx_11_0_universal2"
Promise of_platform(std::string_view tag) {
  if (tag.starts_with("win")) return of_windows(tag);
  if (tag.starts_with("macosx_")) {
    if (tag.ends_with("_universal2")) return {"macho", {"x86_64", "arm64"}};
    if (tag.ends_with("_intel")) return {"macho", {"x86_64", "i686"}};
    if (tag.ends_with("_x86_64")) return {"macho", {"x86_64"}};
    if (tag.ends_with("_arm64")) return {"macho", {"arm64", "arm64e"}};
    return {};
  }
  if (!tag.starts_with("linux_") && !tag.starts_with("manylinux") && !tag.starts_with("musllinux")) return {};
  for (const Platform& one : kLinux) {
    const bool ends = tag.ends_with(one.word) && tag[tag.size() - one.word.size() - 1] == '_';
    if (ends) return {"elf", {one.arch}};
  }
  return {};
}

// What stands between the module's name and the last dot: "cpython-311-x86_64-linux-gnu", "cp311-win_amd64".
std::string_view soabi_of(std::string_view path) {
  const std::string_view base = base_name(path);
  const std::size_t first = base.find('.');
  const std::size_t last = base.rfind('.');
  return first == std::string_view::npos || last <= first ? std::string_view()
                                                          : base.substr(first + 1, last - first - 1);
}

// The x32 ABI ("gnux32") has the machine of x86-64 and pointers of 32 bits: it is not told apart here.
Promise of_soabi(std::string_view soabi) {
  if (const std::size_t linux = soabi.find("-linux-"); linux != std::string_view::npos) {
    const std::size_t dash = soabi.rfind('-', linux - 1);
    if (linux == 0 || dash == std::string_view::npos || soabi.ends_with("x32")) return {};
    return of_linux(soabi.substr(dash + 1, linux - dash - 1));
  }
  const std::size_t windows = soabi.rfind("-win");
  return windows == std::string_view::npos ? Promise{} : of_windows(soabi.substr(windows + 1));
}

bool suits(const Promise& promise, const ModuleReport& module) {
  if (promise.archs.empty()) return true;
  return module.format == promise.format &&
         std::find(promise.archs.begin(), promise.archs.end(), module.arch) != promise.archs.end();
}

// The platform tags of the wheel; empty when one of them does not tell a machine.
std::vector<std::string_view> platforms_of(const FileReport& file) {
  std::vector<std::string_view> platforms;
  for (const std::string& tag : file.tags) {
    const std::string_view platform = std::string_view(tag).substr(tag.rfind('-') + 1);
    if (of_platform(platform).archs.empty()) return {};
    platforms.push_back(platform);
  }
  return platforms;
}

bool suits_any(const std::vector<std::string_view>& platforms, const ModuleReport& module) {
  return std::any_of(platforms.begin(), platforms.end(),
                     [&](std::string_view platform) { return suits(of_platform(platform), module); });
}

std::string_view stem_of(std::string_view path) {
  const std::string_view base = base_name(path);
  return base.substr(0, base.find('.'));
}

std::string machine_of(const ModuleReport& module) {
  const std::string_view systems[][2] = {{"elf", "Linux"}, {"pe", "Windows"}, {"macho", "macOS"}};
  for (const auto& [format, system] : systems) {
    if (module.format == format) return std::string(system) + " on " + module.arch;
  }
  return module.arch;
}

}  // namespace

std::string machine_conflict(const FileReport& file, const ModuleReport& module) {
  if (!module.facts.python_module || module.facts.unreadable) return "";
  const std::string_view soabi = soabi_of(module.path);
  if (!suits(of_soabi(soabi), module)) {
    return "its file name says " + std::string(soabi) + ", and it was built for " + machine_of(module) +
           ": the Python that takes it for its own cannot load it";
  }
  const std::vector<std::string_view> platforms = platforms_of(file);
  if (platforms.empty() || suits_any(platforms, module)) return "";
  // A slice of the same file, or a file of the same name that is chosen when the program runs.
  const bool other = std::any_of(file.modules.begin(), file.modules.end(), [&](const ModuleReport& one) {
    return one.facts.python_module && stem_of(one.path) == stem_of(module.path) && suits_any(platforms, one);
  });
  if (other) return "";
  return "the wheel is for " + std::string(platforms.front()) + ", and this module was built for " +
         machine_of(module) + ": where the wheel is installed, Python cannot load it";
}

}  // namespace abicheck
