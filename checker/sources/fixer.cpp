#include "sources/fixer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "sources/process.h"

namespace abicheck {

namespace {

using Json = nlohmann::json;

Json place(const SourcePlace& at) {
  return Json::array({at.line, at.column});
}

// One finding may be said for several targets; it is fixed once.
auto identity(const Finding& finding) {
  const SourceEdit& first = finding.fix.front();
  return std::tuple(first.begin, first.end, first.text, finding.fix.size());
}

bool is_utf8(const std::string& text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

}  // namespace

Result<std::vector<FixedText>> fix_texts(const std::vector<Finding>& findings,
                                         const std::map<std::string, std::string>& texts) {
  std::map<std::string, Json> groups;
  std::map<std::string, unsigned> needs_lines;
  std::set<decltype(identity(findings.front()))> seen;
  for (const Finding& finding : findings) {
    if (finding.fix.empty() || !seen.insert(identity(finding)).second) continue;
    const std::string& path = finding.fix.front().begin.file;
    const auto text = texts.find(path);
    if (text == texts.end() || !is_utf8(text->second)) continue;
    Json group{{"fixes", Json::array()}, {"needs", finding.fix_needs}};
    for (const SourceEdit& edit : finding.fix)
      group["fixes"].push_back({{"begin", place(edit.begin)}, {"end", place(edit.end)}, {"text", edit.text}});
    groups.try_emplace(path, Json::array()).first->second.push_back(std::move(group));
    needs_lines[path] = std::max(needs_lines[path], finding.fix_needs_at.line);
  }
  if (groups.empty()) return std::vector<FixedText>{};
  if (std::optional<Error> missing = scanner_problem()) return *missing;
  Json job{{"fixes", Json::array()}};
  for (auto& [path, list] : groups)
    job["fixes"].push_back(
        {{"path", path}, {"text", texts.at(path)}, {"needs_line", needs_lines[path]}, {"groups", list}});
  const std::optional<Conversation> talk = ask_scanner({"--fix"}, job.dump());
  std::vector<FixedText> fixed;
  std::size_t at = 0;
  for (const auto& [path, list] : groups) {
    const std::size_t end = talk ? talk->answer.find('\n', at) : std::string::npos;
    if (end == std::string::npos)
      return Error{ErrorCode::kUnreadable, "its findings could not be fixed: " + (talk ? talk->end : "no scanner"),
                   path};
    const Json answer = Json::parse(talk->answer.begin() + static_cast<std::ptrdiff_t>(at),
                                    talk->answer.begin() + static_cast<std::ptrdiff_t>(end));
    at = end + 1;
    FixedText one{path, texts.at(path), answer.at("text"), 0, 0};
    for (const bool applied : answer.at("applied")) ++(applied ? one.applied : one.left_out);
    if (one.before != one.after) fixed.push_back(std::move(one));
  }
  return fixed;
}

}  // namespace abicheck
