#include "base/result.h"

namespace abicheck {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMissing:
      return "missing";
    case ErrorCode::kUnreadable:
      return "unreadable";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kEncrypted:
      return "encrypted";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kUsage:
      return "usage";
  }
  return "malformed";
}

Error within(std::string_view outer, Error error) {
  error.where = error.where.empty() ? std::string(outer) : std::string(outer) + "!" + error.where;
  return error;
}

}  // namespace abicheck
