#include "report/summary.h"

namespace abicheck {

Verdict worst_verdict(const FileReport& file) {
  if (file.verdicts.empty()) return Verdict::kUnknown;
  Verdict worst = Verdict::kNotApplicable;
  for (const auto& entry : file.verdicts) worst = worse(worst, entry.second);
  return worst;
}

Summary summarize(const Report& report) {
  Summary summary;
  summary.files = report.files.size();
  for (const FileReport& file : report.files) {
    summary.modules += file.modules.size();
    summary.sources += file.sources.size();
    switch (worst_verdict(file)) {
      case Verdict::kCompatible:
        ++summary.compatible;
        break;
      case Verdict::kIncompatible:
        ++summary.incompatible;
        break;
      case Verdict::kUnknown:
        ++summary.unknown;
        break;
      case Verdict::kNotApplicable:
        ++summary.not_applicable;
        break;
    }
  }
  return summary;
}

}  // namespace abicheck
