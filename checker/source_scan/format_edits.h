// Edits as clang-format would have the lines that they change, where the project has a .clang-format and keeps to it.
#pragma once

#include <string>
#include <vector>

#include "model/text_edit.h"

namespace abicheck::source_scan {

struct FileEdits {
  std::string path;  // its folder, and those above, are asked for a .clang-format
  std::string text;
  std::vector<TextEdit> edits;  // ascending, and none meets another
};

// {"files": [{"path": "/src/_core.c", "text": "...", "edits": [[17, 4, "..."]]}]}
// Throws std::runtime_error on anything else.
std::vector<FileEdits> read_edits(const std::string& json);

std::vector<TextEdit> format_edits(const FileEdits& file);

}  // namespace abicheck::source_scan
