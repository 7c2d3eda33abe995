// PEP 508: what the Requires-Dist lines of a wheel ask of NumPy, for the environment that the wheel is made for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/target.h"

namespace abicheck {

// The variables of environment markers, as PEP 508 names them. The defaults are those of CPython on x86-64 Linux.
struct MarkerEnvironment {
  std::string python_version;       // "3.10"
  std::string python_full_version;  // "3.10.0"
  std::string implementation_name = "cpython";
  std::string implementation_version;
  std::string platform_python_implementation = "CPython";
  std::string os_name = "posix";
  std::string sys_platform = "linux";
  std::string platform_system = "Linux";
  std::string platform_machine = "x86_64";
  std::string platform_release;
  std::string platform_version;
  std::string extra;  // no extra is asked for
};

// The environment of a wheel for `python` with the platform tag `platform` (PEP 425: "manylinux_2_17_x86_64",
// "macosx_11_0_arm64", "win_amd64"; "any" and "" leave the defaults). The patch release of Python is taken as 0.
MarkerEnvironment marker_environment_for(PythonVersion python, std::string_view platform);

struct Requirement {
  std::string name;  // normalised (PEP 503): lower case, runs of -_. made one '-'
  std::vector<std::string> extras;
  std::string specifier;  // ">=1.21,<2", without spaces and parentheses; empty: any version
  std::string url;        // of "name @ url"
  std::string marker;     // as written; empty: always
};

Result<Requirement> parse_requirement(std::string_view line);

// Whether the marker `text` holds; the empty marker does.
Result<bool> marker_holds(std::string_view text, const MarkerEnvironment& environment);

// The specifiers of all lines for numpy whose markers hold, joined by commas; "" when any version will do, and an
// empty optional when numpy is not required. Lines for other projects are not looked at further than their name.
Result<std::optional<std::string>> numpy_requirement(const std::vector<std::string>& requires_dist,
                                                     const MarkerEnvironment& environment);

// Whether one of the lines asks for `project` (its normalised name) and its marker holds.
bool is_required(const std::vector<std::string>& lines, std::string_view project, const MarkerEnvironment& environment);

}  // namespace abicheck
