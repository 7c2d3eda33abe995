// What happens to a module that has been loaded when it uses NumPy's C-API, or that goes another way than through it.
#pragma once

#include <optional>

#include "rules/question.h"

namespace abicheck {

std::optional<Finding> later_import_rule(const Question& q);
std::optional<Finding> own_way_rule(const Question& q);
std::optional<Finding> empty_slot_rule(const Question& q);
std::optional<Finding> disabled_function_rule(const Question& q);
std::optional<Finding> unfilled_table_rule(const Question& q);
std::optional<Finding> filled_outside_rule(const Question& q);
std::optional<Finding> dtype_rule(const Question& q);

}  // namespace abicheck
