#include "facts/size_check_arguments.h"

#include <algorithm>
#include <array>

#include "base/words.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kSmallestObject = 8;  // sizeof(PyObject) where pointers have four bytes
constexpr std::uint64_t kLargestObject = 1 << 20;

bool is_identifier(std::string_view text, bool dotted) {
  if (text.empty() || text.size() > 200) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_of_word(c) || (dotted && c == '.'); });
}

bool is_strict_flag(CythonEra era) {
  return era == CythonEra::k023 || era == CythonEra::k024;
}

std::optional<SizeCheckMode> mode_from(CythonEra era, std::uint64_t value) {
  if (is_strict_flag(era)) {
    if (value > 1) return std::nullopt;
    return value == 1 ? SizeCheckMode::kError : SizeCheckMode::kWarn;
  }
  switch (value) {
    case 0:
      return SizeCheckMode::kError;
    case 1:
      return SizeCheckMode::kWarn;
    case 2:
      return SizeCheckMode::kIgnore;
    default:
      return std::nullopt;
  }
}

using ArgumentList = std::array<Value, kMostArguments>;

std::optional<TypeCheckArguments> read_list(const ModuleContext& context, const ArgumentList& list) {
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    if (!is_plausible_size(list[i + 1])) continue;
    const auto type = type_name(context, list[i], false);
    if (!type) continue;
    TypeCheckArguments arguments;
    arguments.type = *type;
    arguments.size = static_cast<std::uint32_t>(list[i + 1].value);
    if (i > 0) arguments.module = type_name(context, list[i - 1], true).value_or("");
    std::size_t next = i + 2;
    // Microsoft's compiler leaves the place of an argument empty that the callee does not use.
    const bool left_out =
        next + 1 < list.size() && context.image().format == "pe" && !list[next].known() && list[next + 1].is_number();
    if (left_out) ++next;
    for (; next < list.size() && list[next].is_number(); ++next) arguments.behind.push_back(list[next].value);
    return arguments;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> type_name(const ModuleContext& context, const Value& value, bool dotted) {
  if (!value.is_address()) return std::nullopt;
  const auto text = context.image().string_at(value.value);
  if (!text || !is_identifier(*text, dotted)) return std::nullopt;
  return std::string(*text);
}

bool is_plausible_size(const Value& value) {
  return value.is_number() && (value.value == 0 || value.value >= kSmallestObject) && value.value < kLargestObject;
}

CythonEra era_of(const ModuleContext& context) {
  bool exact_range = data_contains(context.image(), "got %zd-%zd from PyObject");
  if (exact_range) return CythonEra::k3;
  for (const MarkerText& text : context.texts) {
    if (text.marker == Marker::kWrongSize)
      return text.text.find("Expected") == std::string_view::npos ? CythonEra::k023 : CythonEra::k024;
    if (text.marker == Marker::kSizeChanged && text.text.find("from C header") != std::string_view::npos)
      return CythonEra::k029;
  }
  return CythonEra::k023;
}

std::optional<TypeCheckArguments> read_type_check(const ModuleContext& context, const Values& values) {
  ArgumentList list;
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = values.argument(i);
  return read_list(context, list);
}

std::optional<TypeCheckArguments> read_type_check(const ModuleContext& context, const Values& values,
                                                  const TypeParameters& parameters) {
  const auto handed_over = [&](const Value& parameter) {
    return parameter.kind == Value::Kind::kArgument ? values.passed(parameter) : parameter;
  };
  const auto type = type_name(context, handed_over(parameters.type), false);
  const Value size = handed_over(parameters.size);
  if (!type || !is_plausible_size(size)) return std::nullopt;
  TypeCheckArguments arguments;
  arguments.type = *type;
  arguments.size = static_cast<std::uint32_t>(size.value);
  arguments.module = type_name(context, handed_over(parameters.module), true).value_or("");
  const Value mode = handed_over(parameters.mode);
  if (mode.is_number()) arguments.behind.push_back(mode.value);
  arguments.mode_is_unknown = parameters.mode.known() && !mode.is_number();
  return arguments;
}

std::optional<SizeCheckMode> mode_in(CythonEra era, const TypeCheckArguments& arguments) {
  for (std::size_t i = 0; i < arguments.behind.size() && i < 2; ++i) {
    const std::uint64_t value = arguments.behind[i];
    if (!is_strict_flag(era) && i == 0 && value >= 4) continue;
    return mode_from(era, value);
  }
  return std::nullopt;
}

}  // namespace abicheck
