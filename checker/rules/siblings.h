// What becomes of a module because another one of the same wheel does not load: Python raises the other's exception
// where it is imported, and Cython lets it through.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/report.h"
#include "rules/judge.h"

namespace abicheck {

class Siblings {
 public:
  // `context_of` gives what a module is judged with; `file` and each NumpyRelease outlive this.
  using ContextOf = std::function<JudgeContext(const ModuleReport&)>;
  Siblings(const FileReport& file, ContextOf context_of);

  // Why loading `importer` fails where it imports `sibling`, or that this is not decided: what is said of the module
  // where the chain ends, with the chain in `through`. Empty when it loads. Not for several threads at once.
  std::optional<Finding> failure_of(const SiblingImport& sibling, const ModuleReport& importer,
                                    const NumpyRelease& numpy) const;

  // Whether loading the module loads one that uses NumPy.
  bool meets_numpy(const ModuleReport& module) const;

 private:
  const ModuleReport* find(const SiblingImport& sibling, const ModuleReport& importer) const;
  const OwnLoading& own_loading(const ModuleReport& module, const NumpyRelease& numpy) const;
  bool meets_numpy(const ModuleReport& module, std::set<const ModuleReport*>& seen) const;

  const FileReport& file_;
  ContextOf context_of_;
  // Those that are loaded by now or being loaded: where imports go round in a circle, Python hands out a module that is
  // half done.
  mutable std::set<const ModuleReport*> loading_;
  mutable int depth_ = 0;
  // Many modules import the same one, and each way to it asks again.
  mutable std::map<std::pair<const ModuleReport*, const NumpyRelease*>, OwnLoading> own_;
};

}  // namespace abicheck
