#include "rules/wording.h"

namespace abicheck {

namespace {

std::string major_of(const std::string& minor) {
  return minor.substr(0, minor.find('.'));
}

}  // namespace

std::string short_release(std::string release) {
  for (int i = 0; i < 2 && release.size() > 2 && release.compare(release.size() - 2, 2, ".0") == 0; ++i)
    release.resize(release.size() - 2);
  return release;
}

std::string old_series(const AbiHistory& history) {
  return "NumPy " + major_of(history.last_before) + ".x";
}

std::string or_stay_below(const AbiHistory& history) {
  return history.changed_in.empty() ? "" : ", or require numpy<" + short_release(history.changed_in);
}

std::string rebuild_for_both(const AbiHistory& history) {
  if (history.changed_in.empty()) return "rebuild with the headers of the NumPy to support";
  return "rebuild with NumPy " + history.changed_in + " or newer headers (the result also runs on " +
         old_series(history) + ")" + or_stay_below(history);
}

std::string rebuild_for_size(const AbiHistory& history) {
  const std::string newer =
      history.changed_in.empty() ? "" : " (or NumPy " + major_of(history.changed_in) + " headers)";
  return "rebuild with the headers of the oldest NumPy to support" + newer + ", or require the NumPy it was built with";
}

}  // namespace abicheck
