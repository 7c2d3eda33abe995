#include "abi/requirement.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "abi/marker.h"

namespace abicheck {
namespace {

const MarkerEnvironment kPython312 = marker_environment_for({3, 12}, "manylinux_2_17_x86_64");

// What numpy_requirement() says, with "none" and "error" for the other two outcomes.
std::string required(const std::vector<std::string>& lines, const MarkerEnvironment& environment = kPython312) {
  const auto result = numpy_requirement(lines, environment);
  if (!result) return "error";
  return result->value_or("none");
}

TEST_CASE("names are normalised as in PEP 503") {
  for (const char* text : {"foo-bar", "Foo.Bar", "FOO__bar", "foo-._bar"})
    CHECK_MESSAGE(normalized_name(text) == "foo-bar", text);
}

TEST_CASE("one line") {
  struct Case {
    const char* line;
    const char* required;
  };
  const std::vector<Case> cases = {
      {"numpy", ""},
      {"numpy>=1.21", ">=1.21"},
      {"NumPy >= 1.21, < 2", ">=1.21,<2"},
      {"numpy (>=1.7)", ">=1.7"},
      {"numpy(>=1.7,!=1.9.*)", ">=1.7,!=1.9.*"},
      {"numpy[all] ~=1.21 ", "~=1.21"},
      {"numpy ; python_version >= '3.8'", ""},
      {"numpy>=2;python_version<'3.8'", "none"},
      {"numpy @ https://example.org/numpy;v=1.whl ; python_version > '3'", ""},
      {"numpy>=1.21; extra == 'test'", "none"},
      {"numpy-stl>=2", "none"},
      {"numpydoc", "none"},
      {"scipy (>=", "none"},
      {"numpy >=1.x", "error"},
      {"numpy 1.21", "error"},
      {"numpy (>=1.7", "error"},
      {"numpy[a >=1", "error"},
      {"numpy>=1; python_version", "error"},
      {"numpy>=1; nonsense == '1'", "error"},
      {"numpy @ ; python_version > '3'", "error"},
  };
  for (const Case& each : cases) CHECK_MESSAGE(required({each.line}) == each.required, each.line);
}

TEST_CASE("several lines: those that hold for the wheel's Python, joined") {
  const std::vector<std::string> pandas = {
      "numpy>=1.22.4; python_version < \"3.11\"", "numpy>=1.23.2; python_version == \"3.11\"",
      "numpy>=1.26.0; python_version >= \"3.12\"", "python-dateutil>=2.8.2", "numpy>=9; extra == \"all\""};
  CHECK(required(pandas) == ">=1.26.0");
  CHECK(required(pandas, marker_environment_for({3, 11}, "win_amd64")) == ">=1.23.2");
  CHECK(required(pandas, marker_environment_for({3, 9}, "macosx_11_0_arm64")) == ">=1.22.4");
  CHECK(required({"numpy>=1.21", "numpy<2", "numpy>=1.21"}) == ">=1.21,<2");
  CHECK(required({}) == "none");
}

TEST_CASE("environment markers") {
  struct Case {
    const char* marker;
    bool holds;
  };
  const std::vector<Case> cases = {
      {"", true},
      {"python_version >= '3.9'", true},  // as versions: as texts "3.12" < "3.9"
      {"'3.9' <= python_version", true},
      {"python_version == '3.*'", true},
      {"python_version ~= '3.10'", true},
      {"python_version in '3.11 3.12'", true},
      {"python_version not in '3.11, 3.12'", false},
      {"python_version not  in '3.11'", true},
      {"python_full_version < '3.12.1'", true},
      {"sys_platform == 'linux'", true},
      {"sys_platform != 'win32'", true},
      {"sys.platform == \"linux\"", true},
      {"os_name == 'posix' and platform_system == 'Linux'", true},
      {"platform_machine == 'x86_64'", true},
      {"platform_machine != 'aarch64' or platform_machine != 'arm64'", true},
      {"platform_python_implementation == 'CPython'", true},
      {"python_implementation == 'PyPy'", false},
      {"implementation_name == 'cpython'", true},
      {"extra == 'test'", false},
      {"extra != 'test'", true},
      {"extra == 'test' or python_version > '3'", true},
      {"python_version < '3' and os_name == 'nt' or sys_platform == 'linux'", true},  // `and` binds tighter
      {"python_version < '3' and (os_name == 'nt' or sys_platform == 'linux')", false},
      {"(python_version >= '3.10')and(sys_platform=='linux')", true},
      {"((('a' == 'a')))", true},
      {"platform_machine < 'zzz'", false},  // texts have no order
      {"os_name >= 'posix'", true},
      {"platform_release >= '4'", false},  // unknown, hence empty and compared as a text
  };
  for (const Case& each : cases) {
    const auto holds = marker_holds(each.marker, kPython312);
    REQUIRE_MESSAGE(holds.ok(), each.marker);
    CHECK_MESSAGE(*holds == each.holds, each.marker);
  }
}

TEST_CASE("what is no marker is refused") {
  for (const char* text :
       {"python_version", "python_version >=", ">= '3'", "python_version >= 3", "python_version >= '3",
        "(os_name == 'nt'", "os_name == 'nt')", "os_name == 'nt' and", "os_name == 'nt' or or", "os_name = 'nt'",
        "os_name not 'nt'", "os_name == 'nt' xor os_name == 'nt'", "python_version > '3' orpython_version > '3'"}) {
    CHECK_MESSAGE(!marker_holds(text, kPython312).ok(), text);
  }
  const std::string deep(100'000, '(');
  CHECK_FALSE(marker_holds(deep + "'a' == 'a'", kPython312).ok());
}

TEST_CASE("the environment of a platform tag") {
  const MarkerEnvironment windows = marker_environment_for({3, 9}, "win_amd64");
  CHECK((windows.sys_platform == "win32" && windows.os_name == "nt" && windows.platform_machine == "AMD64"));
  const MarkerEnvironment mac = marker_environment_for({3, 10}, "macosx_11_0_arm64");
  CHECK((mac.sys_platform == "darwin" && mac.platform_system == "Darwin" && mac.platform_machine == "arm64"));
  const MarkerEnvironment musl = marker_environment_for({3, 10}, "musllinux_1_2_aarch64");
  CHECK((musl.sys_platform == "linux" && musl.platform_machine == "aarch64" && musl.python_version == "3.10"));
}

}  // namespace
}  // namespace abicheck
