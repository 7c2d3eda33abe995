#include "source_scan/apply_fixes.h"

#include <clang/Format/Format.h>
#include <clang/Tooling/Core/Replacement.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

namespace abicheck::source_scan {

namespace {

using clang::tooling::Replacement;
using clang::tooling::Replacements;

std::vector<std::size_t> line_starts(const std::string& text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    starts.push_back(at + 1);
  return starts;
}

std::optional<std::size_t> offset_of(const std::vector<std::size_t>& starts, std::size_t size, unsigned line,
                                     unsigned column) {
  if (line == 0 || column == 0 || line > starts.size()) return std::nullopt;
  const std::size_t offset = starts[line - 1] + column - 1;
  return offset <= size ? std::optional(offset) : std::nullopt;
}

bool add_group(const std::vector<Replacement>& group, Replacements& all) {
  Replacements tried = all;
  for (const Replacement& one : group) {
    if (llvm::Error conflict = tried.add(one)) {
      llvm::consumeError(std::move(conflict));
      return false;
    }
  }
  all = tried;
  return true;
}

std::string formatted(const FileFixes& file, const Replacements& fixes) {
  auto plain = clang::tooling::applyAllReplacements(file.text, fixes);
  if (!plain) {
    llvm::consumeError(plain.takeError());
    return file.text;
  }
  auto style = clang::format::getStyle("file", file.path, "none", file.text);
  if (!style) {
    llvm::consumeError(style.takeError());
    return *plain;
  }
  auto both = clang::format::formatReplacements(file.text, fixes, *style);
  if (!both) {
    llvm::consumeError(both.takeError());
    return *plain;
  }
  auto text = clang::tooling::applyAllReplacements(file.text, *both);
  if (text) return *text;
  llvm::consumeError(text.takeError());
  return *plain;
}

}  // namespace

std::vector<FileFixes> read_fixes(const std::string& json) {
  try {
    std::vector<FileFixes> files;
    const auto job = nlohmann::json::parse(json);
    for (const auto& file : job.at("fixes")) {
      FileFixes& read = files.emplace_back(FileFixes{file.at("path"), file.at("text"), file.at("needs_line"), {}});
      for (const auto& group : file.at("groups")) {
        FixGroup& fixes = read.groups.emplace_back();
        fixes.needs = group.at("needs").get<std::vector<std::string>>();
        for (const auto& fix : group.at("fixes"))
          fixes.fixes.push_back(
              {fix.at("begin").at(0), fix.at("begin").at(1), fix.at("end").at(0), fix.at("end").at(1), fix.at("text")});
      }
    }
    return files;
  } catch (const nlohmann::json::exception& problem) {
    throw std::runtime_error(problem.what());
  }
}

FixedFile apply_fixes(const FileFixes& file) {
  const std::vector<std::size_t> starts = line_starts(file.text);
  FixedFile fixed{file.path, "", {}};
  Replacements all;
  std::vector<std::string> needs;
  for (const FixGroup& group : file.groups) {
    std::vector<Replacement> replacements;
    for (const Fix& fix : group.fixes) {
      const auto begin = offset_of(starts, file.text.size(), fix.begin_line, fix.begin_column);
      const auto end = offset_of(starts, file.text.size(), fix.end_line, fix.end_column);
      if (!begin || !end || *end < *begin) break;
      replacements.emplace_back(file.path, static_cast<unsigned>(*begin), static_cast<unsigned>(*end - *begin),
                                fix.text);
    }
    fixed.applied.push_back(replacements.size() == group.fixes.size() && add_group(replacements, all));
  }
  for (std::size_t i = 0; i < file.groups.size(); ++i) {
    for (const std::string& line : file.groups[i].needs) {
      const bool there = file.text.find(line) != std::string::npos;
      if (fixed.applied[i] && !there && std::find(needs.begin(), needs.end(), line) == needs.end())
        needs.push_back(line);
    }
  }
  if (const auto at = offset_of(starts, file.text.size(), file.needs_line, 1); at && !needs.empty()) {
    std::string lines;
    for (const std::string& line : needs) lines += line + "\n";
    if (llvm::Error conflict = all.add(Replacement(file.path, static_cast<unsigned>(*at), 0, lines))) {
      llvm::consumeError(std::move(conflict));
      return {file.path, file.text, std::vector<bool>(file.groups.size(), false)};
    }
  }
  fixed.text = formatted(file, all);
  return fixed;
}

}  // namespace abicheck::source_scan
