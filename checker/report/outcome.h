// What a verdict means to a reader: one of a few outcomes, with the symbol that stands for it in a table.
#pragma once

#include <cstddef>
#include <string_view>

#include "model/report.h"
#include "report/text_style.h"

namespace abicheck {

enum class Outcome { kNotJudged, kNotApplicable, kOk, kUnknown, kFirstUse, kImport, kCrash };

struct OutcomeLook {
  std::string_view symbol;
  Ink ink;
  std::string_view legend;  // empty when the symbol speaks for itself
};

OutcomeLook look_of(Outcome outcome);

// The outcome of a module, or of a file as the worst of its modules, for the target named `key`.
Outcome outcome_of(const ModuleReport& module, std::string_view key);
Outcome outcome_of(const FileReport& file, std::string_view key);

// How many modules of the file use NumPy's C-API.
std::size_t count_numpy_sources(const FileReport& file);
std::size_t count_numpy_users(const FileReport& file);

}  // namespace abicheck
