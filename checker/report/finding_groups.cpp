#include "report/finding_groups.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "report/summary.h"
#include "report/text_style.h"

namespace abicheck {

namespace {

using Key = std::vector<std::string>;

void add_error(Key& key, const PredictedError& error) {
  key.push_back(error.type);
  key.push_back(error.message);
  if (error.cause) add_error(key, *error.cause);
}

// Everything that is printed of a finding.
Key key_of(const Finding& finding, Verdict verdict) {
  Key key{finding.rule,
          std::string(severity_name(finding.severity)),
          std::string(when_name(finding.when)),
          std::string(verdict_name(verdict)),
          finding.message,
          finding.remedy};
  if (finding.predicted_error) add_error(key, *finding.predicted_error);
  return key;
}

// The text with its numbers ("0xd", "1.19", "2.0.2") made equal: messages quote the numbers of the NumPy they meet.
std::string without_numbers(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) {
      out += text[i++];
      continue;
    }
    const auto in_number = [](unsigned char c) { return std::isxdigit(c) || c == 'x' || c == '.'; };
    while (i < text.size() && in_number(static_cast<unsigned char>(text[i]))) ++i;
    out += '#';
  }
  return out;
}

Finding explain_unknown(const ModuleReport& module) {
  Finding finding;
  finding.message = module.facts.unknowns.empty() ? "the reason was not recorded" : join(module.facts.unknowns, "; ");
  return finding;
}

// The group that says why the module fails at which a chain of imports ends; null when it is said of none.
FindingGroup* group_of_root(std::vector<FindingGroup>& groups, const Finding& finding) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const FindingGroup& group) {
    const auto& modules = group.modules;
    return group.finding.when == finding.when && group.finding.through.empty() &&
           std::find(modules.begin(), modules.end(), finding.through.back()) != modules.end();
  });
  return found == groups.end() ? nullptr : &*found;
}

// The groups of one target: modules for which the very same finding holds.
std::vector<FindingGroup> group_one_target(const FileReport& file, const Target& target, std::size_t index) {
  std::vector<FindingGroup> groups;
  std::map<Key, std::size_t> known;
  const auto add = [&](const ModuleReport& module, const Finding& finding, Verdict verdict) {
    const auto [place, fresh] = known.try_emplace(key_of(finding, verdict), groups.size());
    if (fresh) groups.push_back({finding, verdict, {}, {}, {index}});
    std::vector<std::string>& modules = groups[place->second].modules;
    if (modules.empty() || modules.back() != module.path) modules.push_back(module.path);
  };
  for (const ModuleReport& module : file.modules) {
    const ModuleVerdict* verdict = find_verdict(module.verdicts, target.key);
    if (verdict == nullptr) continue;
    for (const Finding& finding : verdict->findings) {
      if (finding.through.empty()) add(module, finding, verdict->verdict);
    }
    const bool silent = verdict->verdict == Verdict::kUnknown && verdict->findings.empty();
    if (silent) add(module, explain_unknown(module), verdict->verdict);
  }
  for (const ModuleReport& module : file.modules) {
    const ModuleVerdict* verdict = find_verdict(module.verdicts, target.key);
    if (verdict == nullptr) continue;
    for (const Finding& finding : verdict->findings) {
      if (finding.through.empty()) continue;
      FindingGroup* root = group_of_root(groups, finding);
      if (root != nullptr) {
        root->through.push_back(module.path);
      } else {
        add(module, finding, verdict->verdict);
      }
    }
  }
  return groups;
}

Key loose_key_of(const FindingGroup& group) {
  Key key = key_of(group.finding, group.verdict);
  const std::string rule = key.front();  // "NPY101" keeps its number
  for (std::string& text : key) text = without_numbers(text);
  key.front() = rule;
  key.insert(key.end(), group.modules.begin(), group.modules.end());
  key.insert(key.end(), group.through.begin(), group.through.end());
  return key;
}

// Groups that say the same about the same modules become one with several targets; two groups of one target never do.
std::vector<FindingGroup> merge_targets(const std::vector<FindingGroup>& groups) {
  std::vector<FindingGroup> merged;
  std::map<Key, std::size_t> known;
  for (const FindingGroup& group : groups) {
    const auto [place, fresh] = known.try_emplace(loose_key_of(group), merged.size());
    const bool same_target = !fresh && merged[place->second].targets.back() == group.targets.front();
    if (fresh || same_target) {
      place->second = merged.size();
      merged.push_back(group);
      continue;
    }
    FindingGroup& into = merged[place->second];
    into.targets.push_back(group.targets.front());
    into.numbers_differ |= key_of(into.finding, into.verdict) != key_of(group.finding, group.verdict);
  }
  return merged;
}

int rank(const FindingGroup& group) {
  const int severity = static_cast<int>(group.finding.severity) * 10;
  return group.verdict == Verdict::kIncompatible ? severity + 2
         : group.verdict == Verdict::kUnknown    ? severity + 1
                                                 : severity;
}

}  // namespace

std::vector<FindingGroup> group_findings(const FileReport& file, const std::vector<Target>& targets) {
  std::vector<FindingGroup> groups;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    for (FindingGroup& group : group_one_target(file, targets[i], i)) groups.push_back(std::move(group));
  }
  groups = merge_targets(groups);
  for (const Finding& finding : file.findings) groups.push_back({finding, Verdict::kCompatible, {}, {}, {}});
  std::stable_sort(groups.begin(), groups.end(), [](const FindingGroup& a, const FindingGroup& b) {
    return rank(a) != rank(b) ? rank(a) > rank(b) : a.modules.size() > b.modules.size();
  });
  return groups;
}

std::string name_targets(const std::vector<std::size_t>& indices, const std::vector<Target>& targets) {
  constexpr std::size_t kListed = 6;
  constexpr std::size_t kShortestRun = 3;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < indices.size();) {
    std::size_t end = i + 1;
    while (end < indices.size() && indices[end] == indices[end - 1] + 1) ++end;
    if (indices.size() > kListed && end - i >= kShortestRun) {
      parts.push_back(targets[indices[i]].key + " – " + targets[indices[end - 1]].key);
      i = end;
    } else {
      parts.push_back(targets[indices[i++]].key);
    }
  }
  return join(parts, ", ");
}

}  // namespace abicheck
