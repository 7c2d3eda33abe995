#include "cli/fix_sources.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "cli/common.h"
#include "cli/propose_fixes.h"
#include "report/text_style.h"
#include "report/unified_diff.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

std::string on_disk(const Proposal& proposal, const std::string& path) {
  return proposal.root.empty() ? path : proposal.root + "/" + path;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return fsync(file) == 0;
}

// A new file takes the place of the old one, behind whatever links lead there: there is never half of it.
bool replace_file(const std::string& path, std::string_view text) {
  std::error_code error;
  const std::string real = fs::canonical(path, error).native();
  struct stat old {};
  if (error || access(real.c_str(), W_OK) != 0 || stat(real.c_str(), &old) != 0) return false;
  std::string fresh = real + ".abicheck-XXXXXX";
  const int file = mkstemp(fresh.data());
  if (file < 0) return false;
  bool done = write_all(file, text) && fchmod(file, old.st_mode & 07777) == 0;
  done = close(file) == 0 && done;
  if (done && rename(fresh.c_str(), real.c_str()) == 0) return true;
  unlink(fresh.c_str());
  return false;
}

void say_notes(const Proposal& proposal, std::ostream& err) {
  for (const std::string& note : proposal.notes) err << "abicheck: " << printable(note) << "\n";
}

// Where patch would be run: below the folder that one is in, otherwise in the root of the tree.
std::string path_in_diff(const Proposal& proposal, const std::string& path) {
  if (!proposal.on_disk) return path;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  const fs::path whole = fs::absolute(on_disk(proposal, path), error).lexically_normal();
  const fs::path relative = whole.lexically_relative(here.lexically_normal());
  return relative.empty() || relative.native().starts_with("..") ? path : relative.native();
}

}  // namespace

bool fix_sources(const std::vector<Input>& inputs, const SourceContext& context, std::ostream& err) {
  std::size_t findings = 0;
  std::size_t files = 0;
  bool written = true;
  for (const Input& input : inputs) {
    if (!is_of_sources(input.kind)) continue;
    if (input.kind == InputKind::kSdist) {
      err << "abicheck: " << printable(input.path) << ": archives are not changed; --diff shows what to change\n";
      continue;
    }
    const Proposal proposal = propose_fixes(input, context);
    say_notes(proposal, err);
    for (const FixedText& file : proposal.files) {
      const std::string path = on_disk(proposal, file.path);
      if (!replace_file(path, file.after)) {
        err << "abicheck: " << printable(path) << ": it could not be written\n";
        written = false;
        continue;
      }
      findings += file.applied;
      ++files;
    }
  }
  if (files > 0)
    err << "fixed " << findings << (findings == 1 ? " finding" : " findings") << " in " << files
        << (files == 1 ? " file" : " files") << "\n";
  return written;
}

ExitStatus show_fixes(const std::vector<Input>& inputs, const SourceContext& context, std::ostream& out,
                      std::ostream& err) {
  bool any = false;
  bool failed = false;
  for (const Input& input : inputs) {
    if (!is_of_sources(input.kind)) continue;
    const Proposal proposal = propose_fixes(input, context);
    say_notes(proposal, err);
    for (const Problem& problem : proposal.problems) err << line_of(problem);
    failed = failed || !proposal.problems.empty();
    for (const FixedText& file : proposal.files) {
      any = true;
      out << unified_diff(path_in_diff(proposal, file.path), file.before, file.after);
    }
  }
  out << std::flush;
  if (!out) return err << "abicheck: the changes could not be written to standard output\n", ExitStatus::kUsage;
  if (any) return context.options.exit_zero ? ExitStatus::kCompatible : ExitStatus::kFindings;
  return failed ? ExitStatus::kUnknown : ExitStatus::kCompatible;
}

}  // namespace abicheck
