// The table of report formats: what `--format` accepts and who writes it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck {

struct Format {
  std::string_view name;
  std::string (*write)(const Report&, const WriteOptions&);
  std::string_view summary;  // one phrase for --help
};

std::span<const Format> formats();
std::optional<Format> find_format(std::string_view name);

}  // namespace abicheck
