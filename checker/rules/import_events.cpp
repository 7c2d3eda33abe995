#include "rules/import_events.h"

#include "base/hex.h"
#include "rules/rule_table.h"
#include "rules/wording.h"

namespace abicheck {

namespace {

// Fills the two numbers of a message that was read from the binary ("%x" or "0x%x", PyErr_Format).
std::string fill(const std::string& format, std::uint32_t compiled, std::uint32_t running) {
  std::string text;
  int number = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%' && i + 1 < format.size() && format[i + 1] == 'x') {
      text += hex(number++ == 0 ? compiled : running).substr(2);
      ++i;
    } else {
      text += format[i];
    }
  }
  return text;
}

std::string api_name(std::uint32_t api, const JudgeContext& context) {
  const auto [first, last] = context.releases_of_api(api);
  if (first.empty()) return "C-API " + hex(api);
  return "C-API " + hex(api) + " (NumPy " + first + (last.empty() || last == first ? "" : " to " + last) + ")";
}

PathState state_of(const NumpyRelease& numpy, const std::string& path, const std::string& attribute) {
  const auto found = numpy.paths.find(path + "." + attribute);
  return found == numpy.paths.end() ? PathState::kAbsent : found->second;
}

std::shared_ptr<const PredictedError> shared(PredictedError error) {
  return std::make_shared<const PredictedError>(std::move(error));
}

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

// Puts what they stand for in the place of the names in braces.
std::string filled(std::string text, std::initializer_list<std::pair<std::string_view, std::string>> names) {
  for (const auto& [name, value] : names) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
      text.replace(at, name.size(), value);
  }
  return text;
}

Failure refused(const CapsuleImport& import, const std::string& path, const NumpyRelease& numpy,
                const AbiHistory& history) {
  Failure failure;
  failure.rule = rule::kRefused;
  failure.reason = "it was compiled with " + old_series(history) + " headers, and NumPy " + numpy.version +
                   " does not hand its C-API to such modules";
  failure.remedy = rebuild_for_both(history);
  const std::string text =
      filled(numpy.refusal.text,
             {{"{release}", numpy.version}, {"{module}", last_name(path)}, {"{attribute}", import.attribute}});
  failure.error = import.replaces_missing_attribute
                      ? PredictedError{"AttributeError", import.attribute + " not found", nullptr}
                      : PredictedError{numpy.refusal.type, text, nullptr};
  return failure;
}

Failure path_missing(const CapsuleImport& import, const std::string& path, const NumpyRelease& numpy, bool python2) {
  Failure failure;
  failure.rule = rule::kPathMissing;
  failure.reason = "it takes NumPy's C-API from " + path + ", which NumPy " + numpy.version + " does not have";
  failure.remedy = "require a newer NumPy, or rebuild with the headers of the oldest NumPy to support";
  if (!import.import_failure_text.empty()) {
    failure.error = {"ImportError", import.import_failure_text, nullptr};
  } else if (python2) {
    failure.error = {"ImportError", "No module named " + last_name(path), nullptr};
  } else {
    failure.error = {"ModuleNotFoundError", "No module named '" + path + "'", nullptr};
  }
  return failure;
}

Failure undecided(std::string why) {
  Failure failure;
  failure.rule = rule::kVersionUnknown;
  failure.reason = std::move(why);
  failure.remedy = "check by importing the module under this NumPy";
  failure.undecided = true;
  return failure;
}

std::optional<Failure> abi_failure(const CapsuleImport& import, const NumpyRelease& numpy, const AbiHistory& history) {
  if (!import.abi_version.value) return undecided("its ABI version is unknown: " + import.abi_version.unknown_because);
  const std::uint32_t compiled = *import.abi_version.value;
  const bool fails = import.abi_compare == AbiCompare::kEqual ? compiled != numpy.abi : compiled < numpy.abi;
  if (!fails) return std::nullopt;
  Failure failure;
  failure.rule = rule::kRefused;
  failure.reason =
      "it was compiled for NumPy's ABI " + hex(compiled) + ", NumPy " + numpy.version + " has " + hex(numpy.abi);
  failure.remedy = rebuild_for_both(history);
  failure.error = {"RuntimeError", fill(import.abi_message, compiled, numpy.abi), nullptr};
  failure.has_table = true;
  return failure;
}

std::optional<Failure> api_failure(const CapsuleImport& import, const NumpyRelease& numpy,
                                   const JudgeContext& context) {
  if (!import.api_version.value) return undecided("its API version is unknown: " + import.api_version.unknown_because);
  const std::uint32_t compiled = *import.api_version.value;
  if (compiled <= numpy.api) return std::nullopt;
  Failure failure;
  failure.rule = rule::kApiTooNew;
  failure.reason = "it was compiled for " + api_name(compiled, context) + ", NumPy " + numpy.version + " has " +
                   api_name(numpy.api, context);
  const std::string release = context.releases_of_api(compiled).first;
  const std::string& headers = context.history.target_honoured_in;
  failure.remedy = release.empty() ? "require a newer NumPy" : "require numpy>=" + release;
  if (!headers.empty())
    failure.remedy +=
        ", or rebuild for an older C-API (NPY_TARGET_VERSION with NumPy " + headers + " or newer headers)";
  failure.error = {"RuntimeError", fill(import.api_message, compiled, numpy.api), nullptr};
  failure.has_table = true;
  return failure;
}

PredictedError size_error(const SizeCheck& check, std::uint32_t compiled, std::uint32_t running, bool too_large) {
  const std::string name = check.module + "." + check.type;
  const std::string changed = name + " size changed, may indicate binary incompatibility";
  const std::string wrong = name + " has the wrong size, try recompiling";
  const std::string old_numbers = ". Expected " + std::to_string(running) + ", got " + std::to_string(compiled);
  switch (check.era) {
    case CythonEra::k023:
      return {"ValueError", too_large ? wrong : changed, nullptr};
    case CythonEra::k024:
      return {"ValueError", (too_large ? wrong : changed) + old_numbers, nullptr};
    case CythonEra::k029:
    case CythonEra::k3:
      break;
  }
  std::string got = std::to_string(running);
  if (check.era == CythonEra::k3 && !too_large)
    got += "-" + std::to_string(running);  // tp_itemsize of NumPy's types is 0
  return {"ValueError",
          changed + ". Expected " + std::to_string(compiled) + " from C header, got " + got + " from PyObject",
          nullptr};
}

}  // namespace

std::optional<Failure> import_failure(const CapsuleImport& import, const NumpyRelease& numpy,
                                      const JudgeContext& context, bool python2) {
  const bool array = import.table == CapsuleImport::Table::kArray;
  if (import.module_paths.empty())
    return undecided("the module path from which it takes " + import.attribute + " was not recognised");
  for (const std::string& path : import.module_paths) {
    switch (state_of(numpy, path, import.attribute)) {
      case PathState::kAbsent:
        continue;
      case PathState::kRefuses:
        return refused(import, path, numpy, context.history);
      case PathState::kWarns:
      case PathState::kWorks:
        if (!array) return std::nullopt;
        if (auto failure = abi_failure(import, numpy, context.history)) return failure;
        return api_failure(import, numpy, context);
    }
  }
  return path_missing(import, import.module_paths.back(), numpy, python2);
}

Failure failure_under_pending(const CapsuleImport& import, const Failure& pending) {
  Failure failure = pending;
  failure.has_table = false;
  failure.error = {"ImportError", import.import_failure_text, nullptr};
  return failure;
}

std::optional<Failure> size_failure(const SizeCheck& check, const NumpyRelease& numpy, const AbiHistory& history) {
  const std::string name = check.module + "." + check.type;
  if (!check.size.value) {
    Failure failure = undecided("the size that it expects of " + name + " is unknown: " + check.size.unknown_because);
    failure.rule = rule::kSizeUnknown;
    return failure;
  }
  const auto known = numpy.sizes.find(name);
  if (known == numpy.sizes.end()) {
    Failure failure =
        undecided("it checks the size of " + name + ", which the database does not hold for NumPy " + numpy.version);
    failure.rule = rule::kSizeUnknown;
    return failure;
  }
  const std::uint32_t compiled = *check.size.value;
  const std::uint32_t running = known->second;
  if (compiled == running) return std::nullopt;
  const bool too_large = compiled > running;
  if (!too_large && check.mode.value && *check.mode.value != SizeCheckMode::kError) return std::nullopt;
  if (!too_large && !check.mode.value) {
    Failure failure =
        undecided("it was compiled for " + std::to_string(compiled) + " bytes of " + name + ", NumPy " + numpy.version +
                  " has " + std::to_string(running) + ", and how strict the check is could not be read");
    failure.rule = rule::kSizeUnknown;
    return failure;
  }
  Failure failure;
  failure.rule = too_large ? rule::kTypeTooLarge : rule::kTypeNotExact;
  failure.reason = "Cython's check of " + name + ": compiled for " + std::to_string(compiled) + " bytes, NumPy " +
                   numpy.version + " has " + std::to_string(running);
  failure.remedy = check.type == "dtype" && too_large ? rebuild_for_both(history) : rebuild_for_size(history);
  failure.error = size_error(check, compiled, running, too_large);
  return failure;
}

PredictedError as_seen(const CapsuleImport& import, const PredictedError& raised, const JudgeContext& context) {
  switch (import.wrapper) {
    case Wrapper::kRaw:
    case Wrapper::kDropped:
    case Wrapper::kCleared:
    case Wrapper::kDroppedDies:
      return raised;
    case Wrapper::kReplaced:
    case Wrapper::kAutoGenerated:
      return {"ImportError", import.wrapper_text, shared(raised)};
    case Wrapper::kUnreported:
      return {"SystemError", "execution of module " + context.module_name + " raised unreported exception",
              shared({"ImportError", import.wrapper_text, shared(raised)})};
    case Wrapper::kUnreportedByInit:
      return {"SystemError", "initialization of " + context.module_name + " raised unreported exception",
              shared({"ImportError", import.wrapper_text, shared(raised)})};
    case Wrapper::kInitFailed:
      return {
          "ImportError", "initialization failed",
          import.wrapper_text.empty() ? shared(raised) : shared({"ImportError", import.wrapper_text, shared(raised)})};
  }
  return raised;
}

}  // namespace abicheck
