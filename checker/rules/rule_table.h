// Every rule that judging can raise; explain/ has a page for each.
#pragma once

#include <string_view>

namespace abicheck {

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
inline constexpr std::string_view kDisabledFunction = "NPY209";
inline constexpr std::string_view kFilledOutside = "NPY210";
inline constexpr std::string_view kMetadataPromises = "NPY301";
inline constexpr std::string_view kOtherMachine = "NPY302";
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
inline constexpr std::string_view kRules[] = {
    rule::kRefused,          rule::kApiTooNew,        rule::kPathMissing,      rule::kTypeTooLarge,
    rule::kTypeNotExact,     rule::kSiblingFails,     rule::kDtypeFunctions,   rule::kTableMissing,
    rule::kImportLater,      rule::kErrorDropped,     rule::kPybind11Layout,   rule::kRustLayout,
    rule::kPybind11Only1,    rule::kPybind11TooOld,   rule::kEmptySlot,        rule::kUnfilledTable,
    rule::kDisabledFunction, rule::kFilledOutside,    rule::kMetadataPromises, rule::kOtherMachine,
    rule::kImportMissing,    rule::kImportNotReached, rule::kImportElsewhere,  rule::kImportIgnored,
    rule::kImportReturns,    rule::kNameMissing,      rule::kNotCompiled,      rule::kNameDeprecated,
    rule::kHeaderMissing,    rule::kMemberAccess,     rule::kTargetVersion,    rule::kDeprecatedApi,
    rule::kUndefinedVersion, rule::kComplexMember,    rule::kMostDimensions,   rule::kLongWidth,
    rule::kUnchecked,        rule::kWriteback,        rule::kUnlocked,         rule::kCythonImportMissing,
    rule::kCythonName,       rule::kCythonMember,     rule::kCythonTooOld,     rule::kVersionUnknown,
    rule::kSizeUnknown,      rule::kForeignImport,    rule::kUnreadable,       rule::kNotParsed,
};

}  // namespace abicheck
