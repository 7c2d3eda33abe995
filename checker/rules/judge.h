// Facts of one module x one NumPy release -> verdict and findings. Pure: nothing is read, nothing is remembered.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "model/facts.h"
#include "model/finding.h"
#include "model/numpy_release.h"

namespace abicheck {

struct JudgeContext {
  std::string module_name;  // dotted, as import wants it: "demo._core"
  // The oldest and the newest release with an API version: 0xd -> "1.16" and "1.19". Either may be empty.
  std::function<std::pair<std::string, std::string>(std::uint32_t)> releases_of_api;
  const AbiHistory& history;
  // The API version of the first release that is as new as this: "1.7.0" -> 0x7. Empty when none is.
  std::function<std::optional<std::uint32_t>(const std::string&)> api_from = {};
  // What a release has where a module uses a table; empty where it has nothing.
  std::function<std::optional<ApiSlot>(const ApiSlotUse&, const std::string&)> slot_of = {};
  // Why another module of the wheel does not load, or is not decided to; empty when it loads.
  std::function<std::optional<Finding>(const SiblingImport&, const NumpyRelease&)> sibling_failure = {};
};

ModuleVerdict judge_module(const ModuleFacts& facts, const NumpyRelease& numpy, const JudgeContext& context);

// What a module's own checks and imports of NumPy say while it is loaded.
struct OwnLoading {
  std::optional<Finding> finding;         // empty when all of them pass
  std::optional<std::size_t> size_check;  // which one does not, where it is a check of a size
};
OwnLoading judge_own_loading(const ModuleFacts& facts, const NumpyRelease& numpy, const JudgeContext& context);

// What is said of the first module of the wheel that this one imports in vain.
struct SiblingFailure {
  Finding finding;
  std::size_t size_checks_before = 0;
};
std::optional<SiblingFailure> first_sibling_failure(
    const ModuleFacts& facts, const std::function<std::optional<Finding>(const SiblingImport&)>& failure_of);

// Only whether it loads: the finding that says that it does not, or that this is not decided.
std::optional<Finding> judge_loading(const ModuleFacts& facts, const OwnLoading& own,
                                     std::optional<SiblingFailure> sibling);

// "demo/_core.cpython-310-x86_64-linux-gnu.so" -> "demo._core"
std::string module_name_of(std::string_view path);

}  // namespace abicheck
