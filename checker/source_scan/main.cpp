// abicheck-sources: what sources show when clang parses them against the headers of a NumPy. abicheck starts it, only
// when sources are given. One line of JSON answers each unit, in their order; a unit that kills the program is the one
// behind the last that was answered. With --fix it puts replacements into texts instead.
#include <sys/resource.h>
#include <sys/time.h>

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringRef.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string_view>

#include "source_scan/apply_fixes.h"
#include "source_scan/job.h"
#include "source_scan/scan_unit.h"
#include "source_scan/write_observations.h"

namespace {

namespace scan = abicheck::source_scan;

// The largest sources, generated ones of 10 MB, take 2 GB.
constexpr rlim_t kMemory = rlim_t{4} << 30;

using Line = std::pair<std::string, unsigned>;

bool is_missing_header(const abicheck::SourceDiagnostic& error) {
  return error.text.ends_with("file not found") && !error.quoted.empty();
}

// All that NumPy's headers declare has one of these in its name.
bool mentions_numpy(llvm::StringRef text) {
  constexpr llvm::StringLiteral kWords[] = {"npy", "numpy", "pyarray", "ufunc", "pydata", "import_"};
  return llvm::any_of(kWords, [&](llvm::StringRef word) { return text.contains_insensitive(word); });
}

// The lines where another NumPy might make a difference. A header of others that is missing is missing with any, and so
// is what it declares.
std::set<Line> lines_with_errors(const abicheck::SourceObservations& seen) {
  const bool lacks_others = llvm::any_of(seen.diagnostics, [](const abicheck::SourceDiagnostic& error) {
    return is_missing_header(error) && !mentions_numpy(error.quoted[0]);
  });
  std::set<Line> lines;
  for (const auto& error : seen.diagnostics) {
    if (!lacks_others || mentions_numpy(error.text)) lines.insert({error.place.file, error.place.line});
  }
  return lines;
}

// One line of JSON for each file.
void fix_files() {
  const std::string question{std::istreambuf_iterator<char>(std::cin), {}};
  for (const scan::FileFixes& file : scan::read_fixes(question)) scan::write_fixed(std::cout, scan::apply_fixes(file));
}

// The lines that are in error however they were parsed so far.
std::set<Line> never_right(const std::vector<scan::Parsed>& all) {
  std::set<Line> lines = lines_with_errors(all.front().observations);
  for (const scan::Parsed& parsed : all) {
    const std::set<Line> here = lines_with_errors(parsed.observations);
    std::erase_if(lines, [&](const Line& line) { return here.count(line) == 0; });
  }
  return lines;
}

class Scan {
 public:
  explicit Scan(const scan::Job& job) : job_(job), scanner_(job) {}

  std::vector<scan::Parsed> unit(const scan::Unit& unit) {
    std::vector<scan::Parsed> all;
    for (const std::string& id : job_.targets) all.push_back({id, parse(unit, id)});
    for (const std::string& id : job_.references) {
      if (all.empty() || never_right(all).empty()) break;
      if (std::find(job_.targets.begin(), job_.targets.end(), id) != job_.targets.end()) continue;
      all.push_back({id, parse(unit, id)});
    }
    return all;
  }

 private:
  // Past its time the program is ended by a signal.
  abicheck::SourceObservations parse(const scan::Unit& unit, const std::string& headers) {
    limit_time(job_.seconds);
    abicheck::SourceObservations seen = scanner_.scan(unit, headers);
    limit_time(0);
    return seen;
  }

  static void limit_time(unsigned seconds) {
    const itimerval time{{0, 0}, {static_cast<time_t>(seconds), 0}};
    setitimer(ITIMER_PROF, &time, nullptr);
  }

  const scan::Job& job_;
  scan::UnitScanner scanner_;
};

}  // namespace

int main(int argc, char** argv) {
  const rlimit memory{kMemory, kMemory};
  setrlimit(RLIMIT_AS, &memory);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  try {
    if (argc > 1 && std::string_view(argv[1]) == "--fix") return fix_files(), 0;
    const scan::Job job = scan::read_job(std::cin, scan::map_texts());
    Scan scan(job);
    for (const scan::Unit& unit : job.units) scan::write_observations(std::cout, unit.path, scan.unit(unit));
  } catch (const std::exception& problem) {
    std::cerr << "abicheck-sources: " << problem.what() << '\n';
    return 2;
  }
}
