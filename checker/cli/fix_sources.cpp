#include "cli/fix_sources.h"

#include <fstream>
#include <map>
#include <ostream>

#include "cli/common.h"
#include "input/file.h"
#include "input/source_archive.h"
#include "report/unified_diff.h"
#include "sources/fixer.h"

namespace abicheck {

namespace {

std::vector<Finding> fixable_findings(const FileReport& file) {
  std::vector<Finding> findings;
  for (const SourceReport& source : file.sources) {
    for (const auto& [target, verdict] : source.verdicts) {
      for (const Finding& finding : verdict.findings) {
        if (!finding.fix.empty()) findings.push_back(finding);
      }
    }
  }
  return findings;
}

Result<std::map<std::string, std::string>> texts_for(const FileReport& file, const std::vector<Finding>& findings) {
  if (file.kind == "sdist") {
    Result<SourceTexts> archive = read_source_archive(file.path);
    if (!archive) return archive.error();
    return std::move(archive->texts);
  }
  std::map<std::string, std::string> texts;
  for (const Finding& finding : findings) {
    const std::string& path = finding.fix.front().begin.file;
    if (texts.count(path) != 0) continue;
    const Result<ByteBuffer> bytes = read_file(path, limits::kSourceBytes);
    if (!bytes) return bytes.error();
    texts[path] = as_text(bytes->view());
  }
  return texts;
}

Result<std::vector<FixedText>> fixes_for(const FileReport& file) {
  const std::vector<Finding> findings = fixable_findings(file);
  if (findings.empty()) return std::vector<FixedText>{};
  const Result<std::map<std::string, std::string>> texts = texts_for(file, findings);
  if (!texts) return texts.error();
  return fix_texts(findings, *texts);
}

}  // namespace

bool fix_sources(Report& report, std::ostream& err) {
  std::size_t findings = 0;
  std::size_t files = 0;
  for (const FileReport& file : report.files) {
    if (!is_of_sources(file)) continue;
    Result<std::vector<FixedText>> fixed = fixes_for(file);
    if (!fixed) {
      err << line_of(fixed.error());
      continue;
    }
    if (file.kind == "sdist") {
      if (!fixed->empty())
        err << "abicheck: " << file.path << ": archives are not changed; --diff shows what to change\n";
      continue;
    }
    for (const FixedText& text : *fixed) {
      std::ofstream out(text.path, std::ios::binary | std::ios::trunc);
      out << text.after << std::flush;
      if (!out) {
        err << "abicheck: " << text.path << ": it could not be written\n";
        continue;
      }
      findings += text.applied;
      ++files;
    }
  }
  if (files > 0)
    err << "fixed " << findings << (findings == 1 ? " finding" : " findings") << " in " << files
        << (files == 1 ? " file" : " files") << "\n";
  return files > 0;
}

ExitStatus show_fixes(const Report& report, const Options& options, std::ostream& out, std::ostream& err) {
  bool any = false;
  bool failed = false;
  for (const FileReport& file : report.files) {
    if (!is_of_sources(file)) continue;
    const Result<std::vector<FixedText>> fixed = fixes_for(file);
    if (!fixed) {
      err << line_of(fixed.error());
      failed = true;
      continue;
    }
    for (const FixedText& text : *fixed) {
      any = true;
      out << unified_diff(text.path, text.before, text.after);
    }
  }
  out << std::flush;
  if (!out) return err << "abicheck: the changes could not be written to standard output\n", ExitStatus::kUsage;
  if (any) return options.exit_zero ? ExitStatus::kCompatible : ExitStatus::kFindings;
  return failed ? ExitStatus::kUnknown : ExitStatus::kCompatible;
}

}  // namespace abicheck
