#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/facts_list.h"
#include "report/outcome.h"
#include "report/summary.h"
#include "report/text_findings.h"
#include "report/text_matrix.h"
#include "report/text_needs.h"
#include "report/text_sources.h"
#include "report/text_style.h"

namespace abicheck {

namespace {

class TextWriter {
 public:
  TextWriter(const Report& report, const WriteOptions& options) : report_(report), options_(options) {}

  std::string write() {
    if (several_targets()) write_table();
    for (const FileReport& file : report_.files) write_file(file);
    write_problems();
    if (!options_.quiet) {
      write_notes();
      write_summary();
    }
    return std::move(out_);
  }

 private:
  bool several_targets() const { return report_.targets.size() > 1; }
  std::string ink(Ink ink, std::string_view text) const { return paint(options_.color, ink, text); }

  // An empty line before whatever comes next, unless there is one or nothing was written yet.
  void start_paragraph() {
    if (!out_.empty() && !out_.ends_with("\n\n")) out_ += "\n";
  }

  bool is_hidden(const FileReport& file) const {
    const Verdict verdict = worst_verdict(file);
    return options_.quiet && verdict != Verdict::kIncompatible && verdict != Verdict::kUnknown;
  }

  void write_table();
  void write_file(const FileReport& file);
  std::string details(const FileReport& file) const;
  std::string headline(const FileReport& file) const;
  std::string state(const FileReport& file) const;
  std::string ok_state(const FileReport& file, const std::string& name) const;
  std::string share_of_modules(const FileReport& file, Verdict verdict, std::string_view one,
                               std::string_view many) const;
  std::string unread_members(const FileReport& file) const;
  std::string supported(const FileReport& file) const;
  std::string module_list(const FileReport& file) const;
  std::string facts_of(const ModuleReport& module) const;
  void write_problems();
  void write_notes();
  void write_summary();

  const Report& report_;
  const WriteOptions& options_;
  std::string out_;
};

void TextWriter::write_table() {
  std::vector<const FileReport*> files;
  for (const FileReport& file : report_.files) {
    if (!is_hidden(file)) files.push_back(&file);
  }
  out_ += write_matrix(files, report_.targets, options_);
}

// In a table every file has its row already, so only those with more to say follow.
void TextWriter::write_file(const FileReport& file) {
  if (is_hidden(file)) return;
  const std::string more = details(file);
  if (more.empty() && several_targets()) return;
  if (!more.empty()) start_paragraph();
  out_ += headline(file) + more + (more.empty() ? "" : "\n");
}

std::string TextWriter::headline(const FileReport& file) const {
  const std::string path = ink(Ink::kBold, printable(file.path));
  return several_targets() ? path + "\n" : path + ": " + state(file) + "\n";
}

std::string TextWriter::details(const FileReport& file) const {
  std::string out = write_sources(file, report_.targets, options_);
  for (const FindingGroup& group : group_findings(file, report_.targets)) {
    if (is_shown(group, options_)) out += write_group(group, file, report_.targets, options_);
  }
  if (!options_.quiet || !out.empty()) out += write_needs(file, options_);
  const Verdict verdict = worst_verdict(file);
  const bool bad = verdict == Verdict::kIncompatible || verdict == Verdict::kUnknown;
  if (options_.verbose > (several_targets() ? 1 : 0)) out += module_list(file);
  if (count_numpy_users(file) > 0 && (bad || !out.empty())) out += supported(file);
  if (out.empty() && bad && several_targets()) out += "  " + state(file) + "\n";
  return out;
}

// What the headline says after the path, for the one target or for all together.
std::string TextWriter::state(const FileReport& file) const {
  const std::string name = report_.targets.size() == 1 ? " for NumPy " + report_.targets.front().key : "";
  switch (worst_verdict(file)) {
    case Verdict::kCompatible:
      return ok_state(file, name);
    case Verdict::kIncompatible:
      return ink(Ink::kBad, "FAIL") + name + share_of_modules(file, Verdict::kIncompatible, "fails", "fail");
    case Verdict::kUnknown: {
      const std::string share =
          share_of_modules(file, Verdict::kUnknown, "could not be decided", "could not be decided");
      return ink(Ink::kDoubt, "UNKNOWN") + name + (share.empty() ? unread_members(file) : share);
    }
    case Verdict::kNotApplicable:
      return name.empty() ? "not applicable" : "not applicable" + name + " (no such NumPy for its Python or platform)";
  }
  return "";
}

std::string TextWriter::ok_state(const FileReport& file, const std::string& name) const {
  if (is_of_sources(file)) {
    const std::size_t users = count_numpy_sources(file);
    const std::string good = ink(Ink::kGood, "OK");
    if (users == 0) return good + ", does not use NumPy's C-API";
    return good + name + (file.kind == "source" ? "" : " (" + counted(users, "source") + ")");
  }
  const std::size_t all = file.modules.size();
  const std::size_t users = count_numpy_users(file);
  const std::string good = ink(Ink::kGood, "OK");
  if (users == 0) {
    const std::string read = all == 0 ? "no compiled modules" : counted(all, "module") + " read";
    return good + ", does not use NumPy's C-API" + (file.kind == "wheel" ? " (" + read + ")" : "");
  }
  if (file.kind != "wheel") return good + name;
  return good + name + fmt::format(" ({} of {} use{} NumPy)", users, counted(all, "module"), users == 1 ? "s" : "");
}

// " (24 of 30 modules that use NumPy fail)"; empty when the verdict does not come from the modules of a wheel.
std::string TextWriter::share_of_modules(const FileReport& file, Verdict verdict, std::string_view one,
                                         std::string_view many) const {
  std::size_t concerned = 0;
  bool all_use_numpy = true;
  for (const ModuleReport& module : file.modules) {
    const auto matches = [&](const auto& entry) { return entry.second.verdict == verdict; };
    if (std::none_of(module.verdicts.begin(), module.verdicts.end(), matches)) continue;
    ++concerned;
    all_use_numpy &= module.facts.uses_numpy;
  }
  if (concerned == 0 || file.kind != "wheel") return "";
  const std::size_t among = all_use_numpy ? count_numpy_users(file) : file.modules.size();
  const std::string_view using_numpy = !all_use_numpy ? "" : among == 1 ? " that uses NumPy" : " that use NumPy";
  return fmt::format(" ({} of {}{} {})", concerned, counted(among, "module"), using_numpy, concerned == 1 ? one : many);
}

// For a file that is unknown because parts of it could not be read at all.
std::string TextWriter::unread_members(const FileReport& file) const {
  const auto inside = [&](const Problem& problem) { return problem.where.starts_with(file.path + "!"); };
  const auto unread = std::count_if(report_.problems.begin(), report_.problems.end(), inside);
  return unread == 0 ? "" : " (" + counted(unread, "member") + " could not be read)";
}

std::string TextWriter::supported(const FileReport& file) const {
  std::string line = "  supported: " + (file.supported_numpy ? "numpy " + printable(*file.supported_numpy) : "unknown");
  if (file.kind == "wheel") {
    const std::string promise = !file.requires_numpy           ? "nothing about numpy"
                                : file.requires_numpy->empty() ? "any numpy"
                                                               : printable(*file.requires_numpy);
    line += "  (metadata promises: " + promise + ")";
  }
  return line + "\n";
}

// For -v: the modules that use NumPy and were not named above; with their facts for -vv, then all of them.
std::string TextWriter::module_list(const FileReport& file) const {
  const bool with_facts = options_.verbose > 1;
  const bool with_symbol = report_.targets.size() == 1;  // several are in the table
  std::string out;
  for (const ModuleReport& module : file.modules) {
    const Outcome outcome = with_symbol ? outcome_of(module, report_.targets.front().key) : Outcome::kNotJudged;
    const bool named_above = outcome >= Outcome::kUnknown;
    if (!module.facts.uses_numpy || (named_above && !with_facts)) continue;
    const OutcomeLook look = look_of(outcome);
    const std::string symbol = with_symbol ? ink(look.ink, fmt::format("{:<5} ", look.symbol)) : "";
    const std::string& version = module.facts.generator_version;
    const std::string generator = module.facts.generator + (version.empty() ? "" : " " + version);
    out += fmt::format("  {}{}  ({}; numpy {})\n", symbol, printable(module.path), printable(generator),
                       printable(module.supported_numpy.value_or("range unknown")));
    if (with_facts) out += facts_of(module);
  }
  return out;
}

std::string fact_text(std::nullptr_t) {
  return "";
}
std::string fact_text(std::uint64_t number) {
  return std::to_string(number);
}
std::string fact_text(const std::string& text) {
  return printable(text);
}
std::string fact_text(const std::vector<std::string>& texts) {
  return printable(join(texts, ", "));
}

// "abi_version: 0x01000009; compare equal; where 0x12d52"; what is null is left out, its reason is there.
std::string TextWriter::facts_of(const ModuleReport& module) const {
  std::string out;
  for (const FactItem& fact : list_facts(module.facts, options_.release_of_api)) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : fact.values) {
      const std::string text = std::visit([](const auto& held) { return fact_text(held); }, value);
      const std::string label = name == "value" ? "" : name == "unknown" ? "unknown because " : name + " ";
      if (!text.empty()) parts.push_back(label + text);
    }
    out += "        " + fact.kind + ": " + join(parts, "; ") + "\n";
  }
  return out;
}

void TextWriter::write_problems() {
  if (!report_.problems.empty()) start_paragraph();
  for (const Problem& problem : report_.problems) {
    const std::string where = problem.where.empty() ? "" : printable(problem.where) + ": ";
    out_ += ink(Ink::kDoubt, "problem") + ": " + where + printable(problem.message) + "\n";
  }
}

void TextWriter::write_notes() {
  if (!report_.notes.empty()) start_paragraph();
  constexpr std::string_view kLabel = "note: ";
  for (const std::string& note : report_.notes) {
    const std::string text =
        wrap(printable(note), options_.width > 0 ? options_.width : 0, kLabel.size(), kLabel.size());
    out_ += ink(Ink::kBold, "note") + ": " + text + "\n";
  }
}

void TextWriter::write_summary() {
  const Summary summary = summarize(report_);
  const auto is_kind = [&](std::string_view kind) {
    return std::all_of(report_.files.begin(), report_.files.end(), [&](const FileReport& f) { return f.kind == kind; });
  };
  std::vector<std::string> parts;
  const auto add = [&](std::size_t count, Ink colour, std::string_view word) {
    if (count > 0) parts.push_back(ink(colour, fmt::format("{} {}", count, word)));
  };
  add(summary.compatible, Ink::kGood, "compatible");
  add(summary.incompatible, Ink::kBad, "incompatible");
  add(summary.unknown, Ink::kDoubt, "unknown");
  add(summary.not_applicable, Ink::kPlain, "not applicable");

  start_paragraph();
  if (summary.files == 0) {
    out_ += "nothing was checked";
  } else if (is_kind("module") || is_kind("source")) {
    out_ += counted(summary.files, is_kind("module") ? "module" : "source") + ": ";
  } else {
    out_ += counted(summary.files, is_kind("wheel")   ? "wheel"
                                   : is_kind("sdist") ? "source distribution"
                                   : is_kind("tree")  ? "source tree"
                                                      : "file");
    const bool only_sources = std::all_of(report_.files.begin(), report_.files.end(), is_of_sources);
    if (!only_sources) out_ += ", " + counted(summary.modules, "module");
    if (only_sources || summary.sources != 0) out_ += ", " + counted(summary.sources, "source");
    out_ += ": ";
  }
  out_ += join(parts, ", ");
  if (!report_.problems.empty()) out_ += "; " + ink(Ink::kDoubt, counted(report_.problems.size(), "problem"));
  out_ += "\n";
}

}  // namespace

std::string write_text(const Report& report, const WriteOptions& options) {
  return TextWriter(report, options).write();
}

}  // namespace abicheck
