#include "sources/fixer.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "sources/merge_changes.h"
#include "sources/process.h"

namespace abicheck {

namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

struct FileChanges {
  std::vector<ChangeGroup> groups;
  unsigned needs_line = 0;  // the line in front of which what they need is put
};

std::map<std::string, FileChanges> by_file(const std::vector<Finding>& findings) {
  std::map<std::string, FileChanges> files;
  std::set<std::vector<SourceChange>> seen;  // one finding may be said for several targets and units
  for (const Finding& finding : findings) {
    if (finding.fix.empty() || !seen.insert(finding.fix).second) continue;
    FileChanges& file = files[finding.fix.front().front().begin.file];
    file.groups.push_back({finding.fix, finding.fix_needs});
    if (!finding.fix_needs.empty()) file.needs_line = std::max(file.needs_line, finding.fix_needs_at.line);
  }
  return files;
}

bool has_format(const std::string& path) {
  std::error_code ignored;
  for (fs::path folder = fs::absolute(path, ignored).parent_path();; folder = folder.parent_path()) {
    if (fs::exists(folder / ".clang-format", ignored) || fs::exists(folder / "_clang-format", ignored)) return true;
    if (folder == folder.parent_path()) return false;
  }
}

// For the scanner, which counts bytes as this does, in a text that may be in any encoding: what is not ASCII is one
// character that can be in any word.
std::string only_ascii(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = 'x';
  }
  return text;
}

std::string without_spaces(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }),
             text.end());
  return text;
}

// Where the answer cannot be had the edits stay as they are: what they do is the same.
std::vector<TextEdit> formatted(const std::string& path, const std::string& text, std::vector<TextEdit> edits) {
  if (path.empty() || !has_format(path)) return edits;
  Json file{{"path", path}, {"text", only_ascii(text)}, {"edits", Json::array()}};
  for (const TextEdit& edit : edits) file["edits"].push_back({edit.offset, edit.length, edit.text});
  Json job{{"files", Json::array()}};
  job["files"].push_back(std::move(file));
  const auto talk = ask_scanner({"--format"}, job.dump(-1, ' ', false, Json::error_handler_t::replace));
  const Json answer = talk ? Json::parse(talk->answer, nullptr, false) : Json();
  if (!answer.is_array()) return edits;
  std::vector<TextEdit> better;
  for (const Json& edit : answer) better.push_back({edit.at(0), edit.at(1), edit.at(2)});
  std::sort(better.begin(), better.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
  const bool same = without_spaces(with_edits(text, better)) == without_spaces(with_edits(text, edits));
  return same ? better : edits;
}

std::string changed(const std::string& path, const std::string& text, const MergedChanges& merged,
                    unsigned needs_line) {
  const std::vector<TextEdit> edits = formatted(path, text, merged.edits);
  const std::size_t before = offset_of_line(text, needs_line);
  std::size_t at = before;
  for (const TextEdit& edit : edits) {
    if (edit.offset + edit.length <= before) at += edit.text.size() - edit.length;
  }
  std::string after = with_edits(text, edits);
  return merged.needs.empty() ? after : with_lines_at(std::move(after), at, merged.needs);
}

}  // namespace

Result<std::vector<FixedText>> fix_texts(const std::vector<Finding>& findings,
                                         const std::map<std::string, std::string>& texts,
                                         const std::optional<std::string>& folder) {
  std::vector<FixedText> fixed;
  for (const auto& [path, file] : by_file(findings)) {
    const auto text = texts.find(path);
    if (text == texts.end()) continue;
    if (std::optional<Error> missing = scanner_problem()) return *missing;
    const std::string on_disk = !folder ? "" : folder->empty() ? path : *folder + "/" + path;
    const MergedChanges merged = merge_changes(text->second, file.groups);
    FixedText one{path, text->second, changed(on_disk, text->second, merged, file.needs_line), 0, 0};
    for (const bool applied : merged.applied) ++(applied ? one.applied : one.left_out);
    if (one.before != one.after) fixed.push_back(std::move(one));
  }
  return fixed;
}

}  // namespace abicheck
