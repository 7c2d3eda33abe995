// What becomes of a module because another one of the same wheel does not load: Python raises the other's exception
// where it is imported, and Cython lets it through.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

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
  // What is known of one module under one NumPy.
  struct Known {
    OwnLoading own;
    bool always_loads = false;  // with all that it imports, whatever was loaded before
  };
  Known& known(const ModuleReport& module, const NumpyRelease& numpy) const;
  bool meets_numpy(const ModuleReport& module, std::set<const ModuleReport*>& seen) const;

  ContextOf context_of_;
  std::map<std::string_view, std::vector<const ModuleReport*>> by_path_;
  // Many modules import the same one, and each way to it asks again.
  mutable std::map<std::pair<const ModuleReport*, const NumpyRelease*>, Known> known_;
  // Those that are loaded by now or being loaded, without those that always load, in this order: where imports go round
  // in a circle, Python hands out a module that is half done.
  mutable std::vector<const ModuleReport*> loading_;
  mutable std::size_t met_ = 0;  // the first of them that was met again
  mutable int depth_ = 0;
};

}  // namespace abicheck
