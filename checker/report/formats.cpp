#include "report/formats.h"

#include <algorithm>

#include "report/json.h"
#include "report/text.h"

namespace abicheck {

namespace {

constexpr Format kFormats[] = {
    {"text", write_text, "for a person at a terminal"},
    {"json", write_json, "one document, described by abicheck-report-1.schema.json"},
};

}  // namespace

std::span<const Format> formats() {
  return kFormats;
}

std::optional<Format> find_format(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [&](const Format& f) { return f.name == name; });
  if (found == std::end(kFormats)) return std::nullopt;
  return *found;
}

}  // namespace abicheck
