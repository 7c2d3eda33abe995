// All that the database says of one NumPy, for people and scripts to read: `abicheck db show` prints it, `db diff`
// compares two. abi_db/README.md says what the words mean; an empty text is one that is not there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/numpy_release.h"

namespace abicheck {

struct ReleaseSummary {
  std::string version;
  std::string date;
  std::vector<std::string> pythons;
  std::map<std::string, std::vector<std::string>> wheels;  // "cp312" -> platform tags
  bool own_facts = false;                                  // other than those of its minor
};

struct MinorSummary {
  std::string minor;
  std::uint32_t abi = 0, api = 0, default_target = 0;
  std::string default_target_name;   // the first release with this API version
  std::vector<std::string> pythons;  // of any of its releases
  std::vector<ReleaseSummary> releases;
};

struct DatabaseSummary {
  std::string min, max;  // minors
  std::string revision;
};

struct DatabaseListing {
  DatabaseSummary database;
  std::vector<MinorSummary> minors;
};

struct TargetPolicy {
  bool honoured = false;
  std::optional<std::uint32_t> lowest;
  std::optional<std::string> below_lowest, above_api;
  std::uint32_t undefined_name = 0;
};

struct ImportTemplateTexts {
  std::vector<std::string> paths;
  std::vector<RaisedMessage> messages;
  std::string macro_message;
};

using SizesByModel = std::map<std::string, std::uint32_t>;  // "lp64" -> bytes
using SizesByTarget =
    std::map<std::string, std::map<std::uint32_t, std::uint32_t>>;  // "lp64" -> lowest target -> bytes

struct MemberPlace {
  std::uint32_t offset = 0, size = 0;
  bool operator==(const MemberPlace&) const = default;
};

struct MemberLayout {
  std::map<std::string, MemberPlace> places;  // by data model
  std::uint32_t min_target = 0;               // 0: every target
};

struct SlotDescription {
  std::uint32_t index = 0;
  std::string name, kind, signature;
  std::string since, changed, deprecated, disabled, removed;  // `deprecated`, `disabled` when the release is that new
  std::uint32_t min_target = 0;
  std::string replacement;
  std::string raises;  // once disabled: "ValueError: PyArray_SetStringFunction was removed"
};

struct SlotTable {
  std::uint32_t length = 0;            // highest slot + 1
  std::vector<SlotDescription> slots;  // by index, holes left out
  // Names that NumpyDescription::before had and this has not, and the reverse.
  std::vector<std::string> removed, added;
};

struct NameDescription {
  std::string kind, header;
  std::optional<std::int64_t> value;       // of an integer constant
  std::string since, deprecated, removed;  // as above
  std::string replacement;
  std::uint32_t min_target = 0, max_target = 0;
  bool no_deprecated_api = true;
  std::string type;  // unless it is the same in every release
};

// The numbers in names as numbers: NPY_1_7_API_VERSION is before NPY_1_25_API_VERSION.
struct VersionOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};
using NumbersByVersion = std::map<std::string, std::uint32_t, VersionOrder>;

struct NumpyDescription {
  DatabaseSummary database;
  std::string numpy;    // as asked: "2.0" or "2.0.2"
  std::string release;  // whose facts these are
  std::string before;   // the minor before; empty for the oldest
  std::vector<ReleaseSummary> releases;
  std::vector<std::string> pythons;
  std::uint32_t abi = 0, api = 0, default_target = 0;
  TargetPolicy target_policy;
  NumbersByVersion target_macros;
  std::map<std::uint32_t, std::string> api_names;     // what the headers call an API version
  std::map<std::uint32_t, std::string> api_releases;  // the first release of every API version
  std::map<std::string, std::string> import_paths;    // path and capsule -> absent, refuses, warns, works
  std::map<std::string, RaisedMessage> shims;         // refusal, missing, warning
  ImportTemplateTexts import_array, import_umath;
  std::map<std::string, SizesByModel> runtime_sizes;                           // by type
  std::map<std::string, std::map<std::string, SizesByTarget>> compiled_sizes;  // c, c++, no_deprecated_api; by type
  std::map<std::string, std::map<std::string, MemberLayout>> layouts;          // by struct and member
  std::map<std::string, SlotTable> tables;                                     // multiarray, ufunc
  std::map<std::string, NameDescription> names;
  std::optional<std::string> random_capsule;
  std::vector<std::string> random_pxd;
  std::map<std::string, std::int32_t> dtype_api;
};

}  // namespace abicheck
