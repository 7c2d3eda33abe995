// Every bound that keeps a hostile or broken input from costing unbounded memory or time, by name, in one place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace abicheck::limits {

// Uncompressed size of one member that is read into memory. The largest extension modules on PyPI are below 2 GB.
inline constexpr std::uint64_t kMemberBytes = std::uint64_t{2} << 30;
// Uncompressed bytes that deflate can make of one compressed byte (RFC 1951: 258 bytes from two bits) with room to
// spare.
inline constexpr std::uint64_t kInflateRatio = 1040;
// Metadata texts (METADATA, WHEEL, numpy's version file): the largest METADATA on PyPI is below 1 MB.
inline constexpr std::uint64_t kMetadataBytes = std::uint64_t{16} << 20;
// Members of one wheel; the zip format without zip64 stops at 65,535, the largest wheels hold some 30,000.
inline constexpr std::uint64_t kMembers = 500'000;
// Files below one directory argument.
inline constexpr std::uint64_t kDirectoryFiles = 2'000'000;

// One function is disassembled up to this size: the largest generated module initialisers are about 1 MB.
inline constexpr std::uint64_t kFunctionBytes = std::uint64_t{2} << 20;
// Functions met while following the way back to a module's initialiser.
inline constexpr std::size_t kReachableFunctions = 4096;

// One source, and all sources of a tree together; generated ones of 10 MB exist, trees of 200 MB.
inline constexpr std::uint64_t kSourceBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kCythonBeside = 1000;  // files beside a Cython source that it may include
inline constexpr std::uint64_t kSourceTreeBytes = std::uint64_t{1} << 30;

// The database that --db reads: its files are below 3 MB, and nested six levels deep.
inline constexpr std::uint64_t kDatabaseFileBytes = std::uint64_t{16} << 20;
inline constexpr std::size_t kDatabaseFiles = 1000;
inline constexpr std::size_t kReleasesOfMinor = 100;
inline constexpr std::size_t kJsonDepth = 16;
inline constexpr std::size_t kJsonValues = 2'000'000;
// Slots of one table of function pointers; NumPy's has less than 400.
inline constexpr std::uint32_t kTableSlots = 4096;

}  // namespace abicheck::limits
