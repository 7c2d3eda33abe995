// A value or the reason why there is none. Bad input is a value here, never an exception: exceptions of third-party
// libraries stop at the adapter that calls them.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace abicheck {

// What can go wrong with an input. The names are printed as `problems[].code` and never change their meaning.
enum class ErrorCode {
  kMissing,      // no such file or directory, or nothing in it that we check
  kUnreadable,   // the operating system refuses to let us read it
  kUnsupported,  // a kind of file, compression or architecture that this program does not read
  kMalformed,    // the bytes contradict their own format
  kEncrypted,    // a zip member that needs a password
  kTooLarge,     // over one of the limits of base/limits.h
  kCorrupt,      // a checksum does not match
  kUsage,        // the command line asks for something that makes no sense
};

std::string_view error_code_name(ErrorCode code);

struct Error {
  ErrorCode code;
  std::string message;  // one sentence, without the place
  std::string where;    // the place, outermost first: "demo.whl!demo/_core.so"
};

// Prepends an outer place to `error.where`, with the '!' that separates an archive from its member.
Error within(std::string_view outer, Error error);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT(google-explicit-constructor): reads as `return value`
  Result(Error error) : content_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(content_); }
  explicit operator bool() const { return ok(); }

  T& value() {
    assert(ok());
    return *std::get_if<T>(&content_);
  }
  const T& value() const {
    assert(ok());
    return *std::get_if<T>(&content_);
  }
  const Error& error() const {
    assert(!ok());
    return *std::get_if<Error>(&content_);
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> content_;
};

}  // namespace abicheck
