// What a path is: by its name where many names must be sifted, by its first bytes where one file is to be read.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/input.h"

namespace abicheck {

// Named like a native library of Linux, Windows or macOS: .so .so.1.2 .pyd .dll .dylib, in any case.
bool has_native_name(std::string_view path);
bool is_zip_name(std::string_view path);  // a source distribution that is a zip archive
bool has_wheel_name(std::string_view path);

// The kind of a file that begins with `head` (8 bytes are enough). The name only chooses the words of the error.
Result<InputKind> kind_of_content(std::string_view path, ByteView head);

// The same, reading the file's beginning.
Result<InputKind> kind_of_file(const std::string& path);

}  // namespace abicheck
