#include "cli/explain_command.h"

#include <ostream>

#include "base/shorten.h"
#include "explain/explanations.h"

namespace abicheck {

ExitStatus run_explain_command(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  constexpr std::size_t kWidth = 80;
  std::string text = options.rules.empty() ? explanation_list() : "";
  for (const std::string& rule : options.rules) {
    const Explanation* page = find_explanation(rule);
    if (page == nullptr) {
      err << "abicheck: " << in_quotes(rule) << " is no rule; abicheck explain --list names them\n";
      return ExitStatus::kUsage;
    }
    text += (text.empty() ? "" : "\n") + explanation_text(*page, kWidth);
  }
  out << text << std::flush;
  if (!out) return err << "abicheck: the answer could not be written to standard output\n", ExitStatus::kUsage;
  return ExitStatus::kCompatible;
}

}  // namespace abicheck
