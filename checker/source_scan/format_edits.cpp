#include "source_scan/format_edits.h"

#include <clang/Format/Format.h>
#include <clang/Tooling/Core/Replacement.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace abicheck::source_scan {

namespace {

using clang::tooling::Replacement;
using clang::tooling::Replacements;

template <typename Value>
bool failed(llvm::Expected<Value>& value) {
  if (value) return false;
  llvm::consumeError(value.takeError());
  return true;
}

// Whether the lines that change are as the style wants them before: otherwise more than the change would be formatted.
bool is_formatted(const FileEdits& file, const clang::format::FormatStyle& style) {
  std::vector<clang::tooling::Range> ranges;
  for (const TextEdit& edit : file.edits)
    ranges.emplace_back(static_cast<unsigned>(edit.offset), static_cast<unsigned>(edit.length));
  return clang::format::reformat(style, file.text, ranges, file.path).empty();
}

}  // namespace

std::vector<FileEdits> read_edits(const std::string& json) {
  try {
    std::vector<FileEdits> files;
    const auto job = nlohmann::json::parse(json);
    for (const auto& file : job.at("files")) {
      FileEdits& read = files.emplace_back(FileEdits{file.at("path"), file.at("text"), {}});
      for (const auto& edit : file.at("edits")) read.edits.push_back({edit.at(0), edit.at(1), edit.at(2)});
    }
    return files;
  } catch (const nlohmann::json::exception& problem) {
    throw std::runtime_error(problem.what());
  }
}

std::vector<TextEdit> format_edits(const FileEdits& file) {
  Replacements plain;
  for (const TextEdit& edit : file.edits) {
    llvm::Error problem = plain.add(
        Replacement(file.path, static_cast<unsigned>(edit.offset), static_cast<unsigned>(edit.length), edit.text));
    if (!problem) continue;
    llvm::consumeError(std::move(problem));
    return file.edits;
  }
  auto style = clang::format::getStyle("file", file.path, "none", file.text);
  if (failed(style) || !is_formatted(file, *style)) return file.edits;
  auto formatted = clang::format::formatReplacements(file.text, plain, *style);
  if (failed(formatted)) return file.edits;
  std::vector<TextEdit> edits;
  for (const Replacement& one : *formatted)
    edits.push_back({one.getOffset(), one.getLength(), one.getReplacementText().str()});
  return edits;
}

}  // namespace abicheck::source_scan
