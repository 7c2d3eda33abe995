// abicheck-sources: what sources show when clang parses them against the headers of a NumPy. abicheck starts it, only
// when sources are given. One line of JSON answers each unit, in their order; a unit that kills the program is the one
// behind the last that was answered. With --fix it puts replacements into texts instead.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "source_scan/apply_fixes.h"
#include "source_scan/job.h"
#include "source_scan/scan_unit.h"
#include "source_scan/write_observations.h"

namespace {

namespace scan = abicheck::source_scan;

// Sources of a thousand includes take some seconds; what takes longer than this, or more memory, will not end.
constexpr unsigned kSecondsForUnit = 120;
constexpr rlim_t kMemory = rlim_t{6} << 30;

bool has_errors(const scan::Parsed& parsed) {
  return !parsed.observations.diagnostics.empty();
}

std::vector<scan::Parsed> scan_one(const scan::Job& job, const scan::Unit& unit) {
  std::vector<scan::Parsed> all;
  for (const std::string& id : job.targets) all.push_back({id, scan::scan_unit(unit, job.headers.at(id), job.files)});
  if (std::none_of(all.begin(), all.end(), has_errors)) return all;
  bool clean = std::any_of(all.begin(), all.end(), [](const scan::Parsed& parsed) { return !has_errors(parsed); });
  for (const std::string& id : job.references) {
    if (clean) break;
    if (std::find(job.targets.begin(), job.targets.end(), id) != job.targets.end()) continue;
    all.push_back({id, scan::scan_unit(unit, job.headers.at(id), job.files)});
    clean = !has_errors(all.back());
  }
  return all;
}

// One line of JSON for each file.
void fix_files() {
  const std::string question{std::istreambuf_iterator<char>(std::cin), {}};
  for (const scan::FileFixes& file : scan::read_fixes(question)) scan::write_fixed(std::cout, scan::apply_fixes(file));
}

}  // namespace

int main(int argc, char** argv) {
  const rlimit memory{kMemory, kMemory};
  setrlimit(RLIMIT_AS, &memory);
  try {
    if (argc > 1 && std::string_view(argv[1]) == "--fix") return fix_files(), 0;
    const scan::Job job = scan::read_job(std::cin);
    for (const scan::Unit& unit : job.units) {
      alarm(kSecondsForUnit);
      const std::vector<scan::Parsed> parsed = scan_one(job, unit);
      alarm(0);
      scan::write_observations(std::cout, unit.path, parsed);
    }
  } catch (const std::exception& problem) {
    std::cerr << "abicheck-sources: " << problem.what() << '\n';
    return 2;
  }
}
