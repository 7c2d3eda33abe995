#include "model/finding.h"

namespace abicheck {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCompatible:
      return "compatible";
    case Verdict::kIncompatible:
      return "incompatible";
    case Verdict::kUnknown:
      return "unknown";
    case Verdict::kNotApplicable:
      return "not_applicable";
  }
  return "unknown";
}

std::string_view when_name(When when) {
  switch (when) {
    case When::kNone:
      return "";
    case When::kImport:
      return "import";
    case When::kFirstUse:
      return "first_use";
    case When::kCrash:
      return "crash";
    case When::kBuild:
      return "build";
  }
  return "";
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

Verdict worse(Verdict a, Verdict b) {
  const auto rank = [](Verdict v) {
    switch (v) {
      case Verdict::kIncompatible:
        return 3;
      case Verdict::kUnknown:
        return 2;
      case Verdict::kCompatible:
        return 1;
      case Verdict::kNotApplicable:
        return 0;
    }
    return 2;
  };
  return rank(a) >= rank(b) ? a : b;
}

}  // namespace abicheck
