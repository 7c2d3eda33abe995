// Every rule that judging a module can raise, with what it says when nothing more precise is known.
#pragma once

#include <string_view>

namespace abicheck {

struct Rule {
  std::string_view id;
  std::string_view name;
};

namespace rule {
inline constexpr std::string_view kRefused = "NPY101";
inline constexpr std::string_view kApiTooNew = "NPY102";
inline constexpr std::string_view kPathMissing = "NPY103";
inline constexpr std::string_view kTypeTooLarge = "NPY104";
inline constexpr std::string_view kTypeNotExact = "NPY105";
inline constexpr std::string_view kSiblingFails = "NPY106";
inline constexpr std::string_view kDtypeFunctions = "NPY107";
inline constexpr std::string_view kTableMissing = "NPY108";
inline constexpr std::string_view kImportLater = "NPY201";
inline constexpr std::string_view kErrorDropped = "NPY202";
inline constexpr std::string_view kPybind11Layout = "NPY203";
inline constexpr std::string_view kRustLayout = "NPY204";
inline constexpr std::string_view kPybind11Only1 = "NPY205";
inline constexpr std::string_view kPybind11TooOld = "NPY206";
inline constexpr std::string_view kEmptySlot = "NPY207";
inline constexpr std::string_view kUnfilledTable = "NPY208";
inline constexpr std::string_view kMetadataPromises = "NPY301";
inline constexpr std::string_view kImportMissing = "NPY401";
inline constexpr std::string_view kImportNotReached = "NPY402";
inline constexpr std::string_view kImportElsewhere = "NPY403";
inline constexpr std::string_view kImportIgnored = "NPY404";
inline constexpr std::string_view kImportReturns = "NPY405";
inline constexpr std::string_view kNameMissing = "NPY410";
inline constexpr std::string_view kNotCompiled = "NPY411";
inline constexpr std::string_view kNameDeprecated = "NPY412";
inline constexpr std::string_view kHeaderMissing = "NPY413";
inline constexpr std::string_view kMemberAccess = "NPY420";
inline constexpr std::string_view kTargetVersion = "NPY430";
inline constexpr std::string_view kDeprecatedApi = "NPY431";
inline constexpr std::string_view kUndefinedVersion = "NPY432";
inline constexpr std::string_view kComplexMember = "NPY440";
inline constexpr std::string_view kMostDimensions = "NPY441";
inline constexpr std::string_view kLongWidth = "NPY442";
inline constexpr std::string_view kUnchecked = "NPY450";
inline constexpr std::string_view kWriteback = "NPY451";
inline constexpr std::string_view kUnlocked = "NPY452";
inline constexpr std::string_view kCythonImportMissing = "NPY460";
inline constexpr std::string_view kCythonName = "NPY461";
inline constexpr std::string_view kCythonMember = "NPY462";
inline constexpr std::string_view kCythonTooOld = "NPY463";
inline constexpr std::string_view kVersionUnknown = "NPY901";
inline constexpr std::string_view kSizeUnknown = "NPY902";
inline constexpr std::string_view kForeignImport = "NPY903";
inline constexpr std::string_view kUnreadable = "NPY904";
inline constexpr std::string_view kNotParsed = "NPY905";
}  // namespace rule

// Ids are never reused; the hundreds are the contract's families.
inline constexpr Rule kRules[] = {
    {rule::kRefused, "built for another ABI than this NumPy has, and refused"},
    {rule::kApiTooNew, "compiled for a newer C-API than this NumPy has"},
    {rule::kPathMissing, "takes the C-API from a module that this NumPy does not have"},
    {rule::kTypeTooLarge, "a NumPy type is smaller than the module was compiled for"},
    {rule::kTypeNotExact, "a NumPy type has another size than the module insists on"},
    {rule::kSiblingFails, "imports another module of the same wheel, which does not load"},
    {rule::kDtypeFunctions, "makes a DType whose functions have other numbers in this NumPy"},
    {rule::kTableMissing, "takes the pointer to the C-API from a library that does not define it"},
    {rule::kImportLater, "loads, and fails when it first imports NumPy's C-API"},
    {rule::kErrorDropped, "import_array fails, and the module goes on without NumPy's C-API"},
    {rule::kPybind11Layout, "pybind11 older than 2.12 reads structures that this NumPy lays out otherwise"},
    {rule::kRustLayout, "rust-numpy older than 0.22 reads structures that this NumPy lays out otherwise"},
    {rule::kPybind11Only1, "built with PYBIND11_NUMPY_1_ONLY"},
    {rule::kPybind11TooOld, "pybind11 refuses a NumPy older than it was written for"},
    {rule::kEmptySlot, "uses a function of the C-API that this NumPy does not have"},
    {rule::kUnfilledTable, "uses the C-API through a pointer that nothing fills: import_array() is missing"},
    {rule::kMetadataPromises, "metadata allows a NumPy that the binary refuses"},
    {rule::kImportMissing, "import_array() is missing"},
    {rule::kImportNotReached, "import_array() is not called on the way from the module's init function"},
    {rule::kImportElsewhere, "import_array() is called in the wrong file"},
    {rule::kImportIgnored, "the result of the import is ignored"},
    {rule::kImportReturns, "import_array() returns from a function of another type"},
    {rule::kNameMissing, "uses a name that the headers of this NumPy do not have"},
    {rule::kNotCompiled, "does not compile with the headers of this NumPy"},
    {rule::kNameDeprecated, "uses a name that this NumPy deprecates"},
    {rule::kHeaderMissing, "includes a header that this NumPy does not have"},
    {rule::kMemberAccess, "accesses a member of one of NumPy's structures"},
    {rule::kTargetVersion, "NPY_TARGET_VERSION asks for a newer NumPy than is to be supported"},
    {rule::kDeprecatedApi, "NPY_NO_DEPRECATED_API is not set, or higher than the headers know"},
    {rule::kUndefinedVersion, "a version macro names a version that these headers do not define"},
    {rule::kComplexMember, "takes NumPy's complex numbers for structures"},
    {rule::kMostDimensions, "counts on the most dimensions that arrays had"},
    {rule::kLongWidth, "takes NPY_LONG for the integer of Python"},
    {rule::kUnchecked, "uses an array that may be NULL"},
    {rule::kWriteback, "does not end what WRITEBACKIFCOPY began"},
    {rule::kUnlocked, "calls NumPy's C-API without the GIL"},
    {rule::kCythonImportMissing, "uses the C-API from Cython without import_array()"},
    {rule::kCythonName, "names what the Cython declarations of this NumPy do not have"},
    {rule::kCythonMember, "uses a member in a way that this NumPy and Cython do not allow"},
    {rule::kCythonTooOld, "this NumPy's declarations need a newer Cython"},
    {rule::kVersionUnknown, "a version that decides could not be recovered"},
    {rule::kSizeUnknown, "a size check could not be recovered or judged"},
    {rule::kForeignImport, "reaches for NumPy's C-API in an unknown way"},
    {rule::kUnreadable, "the module could not be read"},
    {rule::kNotParsed, "the source could not be parsed"},
};

}  // namespace abicheck
