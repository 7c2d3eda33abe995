// What one NumPy release offers to extension modules, as abi_db/ records it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace abicheck {

// What happens to a module that takes a capsule (_ARRAY_API, _UFUNC_API) from a module path.
enum class PathState {
  kAbsent,   // no such module or attribute
  kRefuses,  // the module is there, asking for the capsule raises NumpyRelease::refusal
  kWarns,    // the capsule is handed out, with a DeprecationWarning
  kWorks,    // the capsule is handed out
};

// An exception of NumPy's own; "{release}", "{module}", "{attribute}" and "{stack}" stand for the NumPy release, the
// last name of the module that is asked, the attribute asked for and the lines of the stack.
struct RaisedMessage {
  std::string type;
  std::string text;
  std::string error_output = {};  // written to standard error before it is raised
  bool operator==(const RaisedMessage&) const = default;
};

// A function of the tables that is there and only raises.
struct DisabledFunction {
  std::string since;        // the first release that does so
  RaisedMessage raises;     // empty when that is not known
  std::string replacement;  // what to use in its place; may be empty
  bool operator==(const DisabledFunction&) const = default;
};

// For one data model: sizes and offsets of another are another value.
struct NumpyRelease {
  std::string version;                                      // "1.26.4"
  std::string minor;                                        // "1.26"
  std::uint32_t abi = 0;                                    // NPY_ABI_VERSION: slot 0
  std::uint32_t api = 0;                                    // NPY_API_VERSION: PyArray_GetNDArrayCFeatureVersion()
  std::map<std::string, std::uint32_t, std::less<>> sizes;  // "numpy.dtype" -> tp_basicsize
  std::map<std::string, PathState, std::less<>> paths;      // "numpy.core.multiarray._ARRAY_API"
  RaisedMessage refusal;                                    // empty when no path refuses
  std::optional<std::uint32_t> elsize_offset;               // of PyArray_Descr.elsize
  std::vector<std::uint32_t> dtype_functions;               // NPY_DT_PyArray_ArrFuncs_*, ascending
  std::map<std::string, DisabledFunction, std::less<>> disabled;
};

// One place of the tables behind PyArray_API and PyUFunc_API, as a NumPy fills it.
struct ApiSlot {
  std::string name;   // "PyArray_Type"
  std::string since;  // the first known release that fills it so
};

// The oldest NumPy that is known, and where the newer ones broke with it.
struct AbiHistory {
  std::uint32_t oldest_abi = 0;
  std::optional<std::uint32_t> oldest_elsize_offset;
  std::string last_before;         // "1.26": the last minor with the oldest ABI
  std::string changed_in;          // the first minor with another; empty when there is none
  std::string target_honoured_in;  // the first minor whose headers take NPY_TARGET_VERSION; empty when none does
};

// Where the oldest headers have members of structures, for one size of pointers.
struct OldStructures {
  struct Member {
    std::string name;
    std::uint32_t offset = 0;
    std::uint32_t width = 0;
  };
  std::vector<Member> moved;                 // of PyArray_Descr, those that newer releases have elsewhere or not at all
  std::optional<std::uint32_t> array_descr;  // of PyArrayObject_fields, its PyArray_Descr
};

// What recovering the facts of a module has to know of NumPy.
struct KnownAbi {
  std::vector<std::uint32_t> versions;  // every NPY_ABI_VERSION that a release has had
  // Places in the table behind PyArray_API; empty when the table has no such function.
  std::optional<std::uint32_t> version_slot;                         // PyArray_GetNDArrayCVersion
  std::optional<std::uint32_t> feature_version_slot;                 // PyArray_GetNDArrayCFeatureVersion
  std::optional<std::uint32_t> endianness_slot;                      // PyArray_GetEndianness
  std::map<std::string, std::uint32_t, std::less<>> old_slots = {};  // by what the last with the oldest ABI has there
  OldStructures old_64 = {};
  OldStructures old_32 = {};
  std::optional<std::uint32_t> dtype_spec_slot = {};  // PyArrayInitDTypeMeta_FromSpec
  std::vector<std::uint32_t> dtype_functions = {};    // every NPY_DT_PyArray_ArrFuncs_* of any release, ascending
};

}  // namespace abicheck
