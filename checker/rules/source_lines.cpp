#include "rules/source_lines.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "rules/source_names.h"

namespace abicheck {

namespace {

bool same_line(const SourcePlace& a, const SourcePlace& b) {
  return a.line == b.line && a.file == b.file;
}

// What the line uses that this NumPy does not declare, or only for other targets or settings.
std::vector<const NameUse*> suspects(const SourceDiagnostic& error, const SourceQuestion& question) {
  std::vector<const NameUse*> found;
  for (const auto& [headers, seen] : question.unit.parsed) {
    if (has_error(seen, error.place)) continue;
    for (const NameUse& use : seen.uses) {
      if (!same_line(use.place, error.place)) continue;
      const auto name = question.database.c_name(use.name);
      if (name && (!is_declared(*name, question.release, question.database) || !name->no_deprecated_api))
        found.push_back(&use);
    }
    if (!found.empty()) break;
  }
  return found;
}

bool quotes(const SourceDiagnostic& error, std::string_view name) {
  return std::find(error.quoted.begin(), error.quoted.end(), name) != error.quoted.end();
}

// Whether the message is about the very name at its place, as the parses show that know it.
bool quotes_what_stands_there(const SourceDiagnostic& error, const SourceQuestion& question) {
  return std::any_of(question.unit.parsed.begin(), question.unit.parsed.end(), [&](const auto& parsed) {
    const auto& uses = parsed.second.uses;
    return std::any_of(uses.begin(), uses.end(), [&](const NameUse& use) {
      return use.place == error.place && use.kind != "type" && quotes(error, use.name);
    });
  });
}

}  // namespace

bool has_error(const SourceObservations& seen, const SourcePlace& line) {
  return std::any_of(seen.diagnostics.begin(), seen.diagnostics.end(),
                     [&](const SourceDiagnostic& error) { return same_line(error.place, line); });
}

bool is_asked_for(const std::string& headers, const SourceQuestion& question) {
  return std::find(question.asked.begin(), question.asked.end(), headers) != question.asked.end();
}

// The compiler complains at the name itself, or before it: at the dot in front of a member, at the first word that it
// does not understand. Where it quotes the name that stands there, no other one is meant.
const NameUse* use_behind(const SourceDiagnostic& error, const SourceQuestion& question) {
  std::vector<const NameUse*> all = suspects(error, question);
  if (quotes_what_stands_there(error, question))
    all.erase(std::remove_if(all.begin(), all.end(), [&](const NameUse* use) { return !quotes(error, use->name); }),
              all.end());
  const NameUse* next = nullptr;
  for (const NameUse* use : all) {
    if (use->place.column < error.place.column) continue;
    if (next == nullptr || use->place.column < next->place.column) next = use;
  }
  return next != nullptr ? next : all.size() == 1 ? all.front() : nullptr;
}

}  // namespace abicheck
