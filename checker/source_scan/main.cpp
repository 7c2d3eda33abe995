// abicheck-sources: what sources show when clang parses them against the headers of a NumPy. abicheck starts it, only
// when sources are given. One line of JSON answers each unit, in their order; a unit that kills the program is the one
// behind the last that was answered. With --format it formats edits of texts instead.
#include <sys/resource.h>
#include <sys/time.h>

#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringRef.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string_view>

#include "source_scan/format_edits.h"
#include "source_scan/job.h"
#include "source_scan/scan_unit.h"
#include "source_scan/write_observations.h"

namespace {

namespace scan = abicheck::source_scan;

// The largest sources, generated ones of 10 MB, take 2 GB.
constexpr rlim_t kMemory = rlim_t{4} << 30;

using Line = std::pair<std::string, unsigned>;

// One line of JSON for each file.
void format_files() {
  const std::string question{std::istreambuf_iterator<char>(std::cin), {}};
  for (const scan::FileEdits& file : scan::read_edits(question)) scan::write_edits(std::cout, scan::format_edits(file));
}

std::set<Line> lines_with_errors(const abicheck::SourceObservations& seen) {
  std::set<Line> lines;
  for (const auto& error : seen.diagnostics) lines.insert({error.place.file, error.place.line});
  return lines;
}

class Scan {
 public:
  explicit Scan(const scan::Job& job) : job_(job), scanner_(job) {}

  std::vector<scan::Parsed> unit(const scan::Unit& unit) {
    std::vector<scan::Parsed> all;
    for (const std::string& id : job_.targets) all.push_back({id, parse(unit, id)});
    for (const std::string& id : job_.references) {
      if (all.empty() || !is_another_worth_a_try(all)) break;
      if (std::find(job_.targets.begin(), job_.targets.end(), id) != job_.targets.end()) continue;
      all.push_back({id, parse(unit, id)});
    }
    return all;
  }

 private:
  // Whether a line is in error however it was parsed so far, and NumPy may be the reason: a name of its headers is in
  // the message. Other messages are worth a look at NumPy's other ABI, unless a header of somebody else is missing,
  // with whatever it declares.
  bool is_another_worth_a_try(const std::vector<scan::Parsed>& all) const {
    std::set<Line> open = lines_with_errors(all.front().observations);
    for (const scan::Parsed& parsed : all) {
      const std::set<Line> here = lines_with_errors(parsed.observations);
      std::erase_if(open, [&](const Line& line) { return here.count(line) == 0; });
    }
    const auto& errors = all.front().observations.diagnostics;
    const bool lacks_others = llvm::any_of(errors, [this](const auto& error) {
      return llvm::StringRef(error.text).ends_with("file not found") && !mentions_numpy(error);
    });
    const bool look_around = !lacks_others && all.size() <= job_.targets.size();
    return llvm::any_of(errors, [&](const auto& error) {
      return open.count({error.place.file, error.place.line}) != 0 && (look_around || mentions_numpy(error));
    });
  }

  // 'PyArray_Descr *' (aka 'struct _PyArray_Descr *'), 'numpy/oldnumeric.h'
  bool mentions_numpy(const abicheck::SourceDiagnostic& error) const {
    return llvm::any_of(error.quoted, [this](llvm::StringRef quoted) {
      if (job_.names.count(std::string_view(quoted)) != 0) return true;
      while (!quoted.empty()) {
        const llvm::StringRef word = quoted.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
        if (!word.empty() && job_.names.count(std::string_view(word.ltrim('_'))) != 0) return true;
        quoted = quoted.drop_front(std::max<std::size_t>(1, word.size()));
      }
      return false;
    });
  }

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
    if (argc > 1 && std::string_view(argv[1]) == "--format") return format_files(), 0;
    const scan::Job job = scan::read_job(std::cin, scan::map_texts());
    Scan scan(job);
    for (const scan::Unit& unit : job.units) scan::write_observations(std::cout, unit.path, scan.unit(unit));
  } catch (const std::exception& problem) {
    std::cerr << "abicheck-sources: " << problem.what() << '\n';
    return 2;
  }
}
