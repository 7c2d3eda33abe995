#include "report/text_findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/text_style.h"

namespace abicheck {

namespace {

constexpr std::string_view kIndent = "    ";
constexpr std::size_t kMostNames = 3;

struct Phrase {
  std::string text;  // follows the subject
  Ink ink;
};

// "fails at import" of one, "fail at import" of several; "may fail" where the verdict does not say so.
Phrase predicate(const FindingGroup& group) {
  const bool sure = group.verdict == Verdict::kIncompatible;
  const std::string s = sure && group.modules.size() <= 1 ? "s" : "";
  const std::string may = sure ? "" : "may ";
  const Ink bad = sure ? Ink::kBad : Ink::kDoubt;
  switch (group.finding.when) {
    case When::kImport:
      return {may + "fail" + s + " at import", bad};
    case When::kFirstUse:
      return {sure ? "import" + s + ", but fail" + s + " at first use" : "may fail at first use", Ink::kDoubt};
    case When::kCrash:
      return {may + (s.empty() ? "crash" : "crashes") + " Python", bad};
    case When::kBuild:
      return {may + "fail" + s + " to compile", bad};
    case When::kNone:
      break;
  }
  if (group.verdict == Verdict::kUnknown) return {"could not be decided", Ink::kDoubt};
  if (sure && group.finding.severity == Severity::kError) return {"fail" + s, bad};
  return {"", Ink::kPlain};
}

Ink severity_ink(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return Ink::kDim;
    case Severity::kWarning:
      return Ink::kDoubt;
    case Severity::kError:
      return Ink::kBad;
  }
  return Ink::kBad;
}

// Said where the rest of the line does not say it.
std::string severity_prefix(const FindingGroup& group, bool color) {
  const Severity severity = group.finding.severity;
  const bool undecided = group.verdict == Verdict::kUnknown && group.finding.when == When::kNone;
  const bool failure = group.verdict == Verdict::kIncompatible && severity == Severity::kError;
  if (undecided || failure) return "";
  return paint(color, severity_ink(severity), severity_name(severity)) + ": ";
}

// A bare module is named by the line above.
std::string subject(const FindingGroup& group, const FileReport& file) {
  if (group.modules.size() > 1) return counted(group.modules.size(), "module");
  return file.kind == "wheel" ? printable(group.modules.front()) : "";
}

std::string rule_tag(const Finding& finding, bool color) {
  return finding.rule.empty() ? "" : " " + paint(color, Ink::kDim, "[" + printable(finding.rule) + "]");
}

// Whether the first line can only be the message itself.
bool headed_by_message(const FindingGroup& group) {
  return group.modules.empty() || predicate(group).text.empty();
}

std::string head(const FindingGroup& group, const FileReport& file, const std::vector<Target>& targets, bool color) {
  std::string line = "  ";
  if (targets.size() > 1 && !group.targets.empty()) line += "NumPy " + name_targets(group.targets, targets) + ": ";
  line += severity_prefix(group, color);
  if (headed_by_message(group)) {
    const bool name_it = group.modules.size() == 1 && file.kind == "wheel";
    if (name_it) line += printable(group.modules.front()) + ": ";
    line += printable(group.finding.message);
  } else {
    const std::string who = subject(group, file);
    const Phrase phrase = predicate(group);
    line += (who.empty() ? "" : who + " ") + paint(color, phrase.ink, phrase.text);
  }
  line += rule_tag(group.finding, color);
  if (group.numbers_differ) line += fmt::format(" (numbers as for {})", targets[group.targets.front()].key);
  return line + "\n";
}

// The first names, as many as go on one line, and how many there are beside them; with -v all, one a line.
std::string names(const std::vector<std::string>& modules, const WriteOptions& options) {
  std::string out(kIndent);
  if (options.verbose > 0) {
    for (const std::string& module : modules) out += printable(module) + "\n" + std::string(kIndent);
    return out.substr(0, out.size() - kIndent.size());
  }
  constexpr std::size_t kRoomForRest = 14;  // " and 1234 more"
  const std::size_t most = modules.size() == kMostNames + 1 ? kMostNames + 1 : kMostNames;
  std::size_t shown = 0;
  while (shown < std::min(most, modules.size())) {
    const std::string name = (shown > 0 ? ", " : "") + printable(modules[shown]);
    const std::size_t needed = display_width(out) + display_width(name) + kRoomForRest;
    if (shown > 0 && options.width > 0 && needed > static_cast<std::size_t>(options.width)) break;
    out += name;
    ++shown;
  }
  if (shown < modules.size()) out += fmt::format(" and {} more", modules.size() - shown);
  return out + "\n";
}

// The modules that fail with them.
std::string through(const FindingGroup& group, const WriteOptions& options) {
  const std::string them = group.modules.size() > 1 ? "them" : "it";
  return fmt::format("{}and {} through {}:\n", kIndent, counted(group.through.size(), "other module"), them) +
         names(group.through, options);
}

std::string exception_line(const PredictedError& error, std::string_view message) {
  return message.empty() ? printable(error.type) : printable(error.type) + ": " + printable(message);
}

// As Python prints it, so that it can be searched for: a message of several lines keeps them.
std::string exception(const PredictedError& error, bool color) {
  const std::vector<std::string_view> lines = split_lines(error.message);
  const std::string first = exception_line(error, lines.empty() ? "" : lines.front());
  std::string out = std::string(kIndent) + paint(color, Ink::kBold, first) + "\n";
  for (std::size_t i = 1; i < lines.size(); ++i) out += std::string(kIndent) + printable(lines[i]) + "\n";
  return out;
}

std::string cause(const PredictedError& error, bool whole) {
  std::vector<std::string_view> lines = split_lines(error.message);
  std::erase_if(lines, [](std::string_view line) { return line.find_first_not_of(" \r\t") == std::string_view::npos; });
  std::string out = std::string(kIndent) + "caused by: " + exception_line(error, lines.empty() ? "" : lines.front());
  if (!whole && lines.size() > 1) out += " …";
  out += "\n";
  for (std::size_t i = 1; whole && i < lines.size(); ++i)
    out += std::string(kIndent) + "  " + printable(lines[i]) + "\n";
  return out;
}

std::string predicted(const PredictedError& error, const WriteOptions& options) {
  std::string out = exception(error, options.color);
  for (const PredictedError* c = error.cause.get(); c != nullptr; c = c->cause.get())
    out += cause(*c, options.verbose > 0);
  return out;
}

std::string labelled(std::string_view label, std::string_view text, const WriteOptions& options) {
  if (text.empty()) return "";
  const std::size_t indent = kIndent.size() + label.size() + 2;
  const std::string body = wrap(printable(text), options.width > 0 ? options.width : 0, indent, indent);
  return fmt::format("{}{}: {}\n", kIndent, paint(options.color, Ink::kBold, label), body);
}

}  // namespace

std::string write_group(const FindingGroup& group, const FileReport& file, const std::vector<Target>& targets,
                        const WriteOptions& options) {
  std::string out = head(group, file, targets, options.color);
  if (group.modules.size() > 1) out += names(group.modules, options);
  if (!group.through.empty()) out += through(group, options);
  if (group.finding.predicted_error) out += predicted(*group.finding.predicted_error, options);
  if (!headed_by_message(group)) out += labelled("why", group.finding.message, options);
  return out + labelled("fix", group.finding.remedy, options);
}

bool is_shown(const FindingGroup& group, const WriteOptions& options) {
  return options.verbose > 0 || group.finding.severity != Severity::kNote || group.verdict == Verdict::kUnknown;
}

}  // namespace abicheck
