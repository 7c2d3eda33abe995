// The rows of the database's tables: nothing but numbers of 32 bits, so that they can be written out and compared as
// such.
#pragma once

#include <cstdint>

namespace abicheck {

// NumPy releases and minors are numbers of release_number.h, Pythons 100 * major + minor. Data models are DataModel,
// path states PathState. Where a number may be missing, 0 says so.
struct Text {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
};
inline constexpr Text kNoText{UINT32_MAX, 0};  // null in JSON, or a key that is not there

struct Range {
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
  bool operator==(const Range&) const = default;
};

struct ModelSizeRow {
  std::uint32_t model, size;
};
struct RuntimeSizeRow {
  Text type;
  Range sizes;  // ModelSizeRow
};
struct TargetSizeRow {
  std::uint32_t target, size;  // from this target on
};
struct ModelTargetsRow {
  std::uint32_t model;
  Range sizes;  // TargetSizeRow
};
struct CompiledSizeRow {
  Text type;
  Range models;  // ModelTargetsRow
};
struct PlaceRow {
  std::uint32_t model, offset, size;
};
struct MemberRow {
  Text name;
  std::uint32_t min_target;
  Range places;  // PlaceRow
};
struct LayoutRow {
  Text name;
  Range members;  // MemberRow
};
struct PathRow {
  Text path;  // with the capsule: "numpy.core.multiarray._ARRAY_API"
  std::uint32_t state;
};
struct MessageRow {
  Text type, text;
  Text error_output;  // kNoText when nothing is written
};
struct NumberRow {
  Text name;
  std::uint32_t number;
};
struct ApiNameRow {
  std::uint32_t api, minor;
};
struct TemplateRow {
  Range paths;     // Text
  Range messages;  // MessageRow
  Text macro_message;
};
struct TargetPolicyRow {
  std::uint32_t honoured, lowest;
  Text below_lowest, above_api;
  std::uint32_t undefined_name;
};

// All that may differ between releases.
struct FactsRow {
  std::uint32_t abi, api, default_target;
  TargetPolicyRow target_policy;
  Range target_macros;  // NumberRow
  Range api_names;      // ApiNameRow
  std::uint32_t multiarray_length, ufunc_length;
  TemplateRow import_array, import_umath;
  Range import_paths;                                 // PathRow
  MessageRow refusal, missing, warning;               // kNoText when there is none
  Range runtime_sizes;                                // RuntimeSizeRow
  Range c_sizes, cpp_sizes, no_deprecated_api_sizes;  // CompiledSizeRow
  Range layouts;                                      // LayoutRow
  Text random_capsule;
  Range random_pxd;  // Text
  Range dtype_api;   // NumberRow
};
struct WheelRow {
  Text python;      // "cp312"
  Range platforms;  // Text
};
struct ReleaseRow {
  std::uint32_t release;
  Text date;
  Range pythons;  // numbers, ascending
  Range wheels;   // WheelRow
  std::uint32_t facts;
};
struct MinorRow {
  std::uint32_t minor;
  std::uint32_t facts;
  Range releases;  // ReleaseRow, oldest first
};
struct SlotRow {
  std::uint32_t index;
  Text name, kind, signature;
  std::uint32_t since, changed, deprecated, disabled, removed;
  std::uint32_t min_target;
  Text replacement;
  Text raises, raises_text;  // once disabled; kNoText when that is not known
};
// An integer of 64 bits with a sign as two halves.
struct WideRow {
  std::uint32_t there, low, high;
};
// How a name is declared.
struct DeclarationRow {
  Text kind, header;
  WideRow value;  // of an integer constant
  Text type;      // kNoText unless releases differ in it
};
struct EarlierRow {
  std::uint32_t until;  // first release that declares it otherwise
  DeclarationRow declared;
};
struct NameRow {
  Text name;
  DeclarationRow declared;
  Range earlier;  // EarlierRow, oldest first
  std::uint32_t since, deprecated, removed;
  Range absent;  // numbers
  Text replacement;
  std::uint32_t min_target, min_target_since, max_target;
  std::uint32_t no_deprecated_api, no_deprecated_api_since;  // 0: not declared with it
};
// A line of a header, with the releases from which it is there, no longer there, there again ...
struct HeaderLineRow {
  Text text;
  Range turns;  // numbers, ascending
};
struct HeaderRow {
  Text path;    // "numpy/ndarraytypes.h"
  Range lines;  // HeaderLineRow, in the order of every release
};
// A name of the Cython declarations that NumPy installs.
struct CythonNameRow {
  Text name;  // "int_t", "dtype.itemsize"
  Text kind;
  Range turns;  // as of a line of a header
};
struct CythonNeedRow {
  std::uint32_t release;  // from this on
  Text cython;            // the oldest Cython before 3 that reads the declarations, or "3.0.0"
};
struct DatabaseRow {
  Text revision;  // the same for the same files, wherever they were read from
};

}  // namespace abicheck
