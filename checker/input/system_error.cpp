#include "input/system_error.h"

#include <cerrno>
#include <system_error>

namespace abicheck {

Error system_error(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return {ErrorCode::kMissing, "no such file or directory", ""};
    case EACCES:
    case EPERM:
      return {ErrorCode::kUnreadable, "permission denied", ""};
    case ELOOP:
      return {ErrorCode::kUnreadable, "a loop of symbolic links", ""};
    case ENXIO:  // open(2) of a socket, or of a device that is not there
      return {ErrorCode::kUnsupported, "is a pipe, socket or device, not a file", ""};
    default:  // std::generic_category() and not strerror(), which need not be thread-safe
      return {ErrorCode::kUnreadable, std::generic_category().message(number), ""};
  }
}

}  // namespace abicheck
