#include "rules/source_lines.h"

#include <algorithm>
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

}  // namespace

bool has_error(const SourceObservations& seen, const SourcePlace& line) {
  return std::any_of(seen.diagnostics.begin(), seen.diagnostics.end(),
                     [&](const SourceDiagnostic& error) { return same_line(error.place, line); });
}

bool is_asked_for(const std::string& headers, const SourceQuestion& question) {
  return std::find(question.asked.begin(), question.asked.end(), headers) != question.asked.end();
}

// The compiler complains at the name itself, or before it: at the dot in front of a member, at the first word that it
// does not understand.
const NameUse* use_behind(const SourceDiagnostic& error, const SourceQuestion& question) {
  const std::vector<const NameUse*> all = suspects(error, question);
  const NameUse* next = nullptr;
  for (const NameUse* use : all) {
    if (use->place.column < error.place.column) continue;
    if (next == nullptr || use->place.column < next->place.column) next = use;
  }
  return next != nullptr ? next : all.size() == 1 ? all.front() : nullptr;
}

}  // namespace abicheck
