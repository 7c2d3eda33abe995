// abi_db/ in memory: which NumPy releases there are, for which Pythons, and what each offers to extension modules.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "abi/embedded_database.h"
#include "base/result.h"
#include "model/numpy_release.h"
#include "model/target.h"

namespace abicheck {

// One file of abi_db/. Its README.md says what the keys mean and where the facts come from.
struct NumpyMinor {
  struct Release {
    NumpyRelease facts;                  // overrides applied
    std::vector<PythonVersion> pythons;  // CPythons that it exists for, oldest first
  };
  std::string minor;                 // "1.26"
  std::uint32_t default_target = 0;  // API that its headers compile in when the user sets nothing
  std::string shim_text;             // with "{v}" where the release stands
  std::vector<Release> releases;     // oldest first, never empty
};

class AbiDatabase {
 public:
  static Result<AbiDatabase> embedded();
  static Result<AbiDatabase> from_directory(const std::string& directory);  // its numpy-*.json
  static Result<AbiDatabase> from_files(std::vector<EmbeddedFile> files);

  const std::vector<NumpyMinor>& minors() const { return minors_; }    // oldest first, never empty
  const std::vector<std::string>& releases() const { return names_; }  // all full releases, oldest first
  const std::string& oldest() const { return minors_.front().minor; }
  const std::string& newest() const { return minors_.back().minor; }
  const std::string& newest_release() const { return names_.back(); }
  const std::string& revision() const {
    return revision_;
  }  // the same for the same files, wherever they were read from

  const NumpyMinor* minor(std::string_view text) const;  // "1.26"; null when unknown

  // The facts of a full release. An unknown patch release has those of the newest known one of its minor, and a
  // release newer than the database those of the newest. `release` must not be older than the database.
  NumpyRelease facts_for(const std::string& release) const;

  // Whether the release has ever been made for this CPython; {0, 0} is any. Of an unknown release the answer is that
  // of the one whose facts stand for it.
  bool exists_for(const std::string& release, PythonVersion python) const;
  bool exists_for_at_least(const std::string& release, PythonVersion python) const;

  // The release by which NumPy's own messages name an API version: "1.16" for 0xd. Empty when it never shipped.
  std::string first_release_of_api(std::uint32_t api) const;
  // The newest minor that has this API version: "1.19" for 0xd. Empty when none in the database has it.
  std::string last_release_of_api(std::uint32_t api) const;

 private:
  struct Position {
    std::size_t minor;
    std::size_t release;
  };

  Result<bool> add_file(const EmbeddedFile& file);
  void index();
  const NumpyMinor::Release& standing_for(const std::string& release) const;

  std::vector<NumpyMinor> minors_;
  std::vector<std::string> names_;
  std::map<std::string, Position, std::less<>> positions_;  // by release
  std::map<std::uint32_t, std::string> api_names_;
  std::string revision_;
};

}  // namespace abicheck
