// The code between the functions of the table is decoded from beginning to end. A function is over where an
// instruction does not go on to the next and nothing before it jumps to what follows; what is called, exported or
// pointed to begins one too. In doubt two functions stay one: code that falls through from one part of a function into
// another that is taken for a function would have no caller.
#include "disasm/functions.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kMostCases = 4096;  // of one jump table
constexpr std::uint64_t kLiteral = 4;       // bytes

// An instruction, or bytes that are none.
struct Piece {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t target = 0;    // of a jump or branch; of a jump through a table the furthest
  bool stops = false;          // does not go on to the next
  bool goes_anywhere = false;  // a jump through a register: may be that of a switch
  bool padding = false;
};

class Gap {
 public:
  Gap(const Decoder& decoder, std::uint64_t begin, std::uint64_t end)
      : decoder_(decoder), image_(decoder.image()), begin_(begin), end_(end) {
    for (std::uint64_t at = begin; at < end; at = pieces_.back().end) pieces_.push_back(piece_at(at));
    if (decoder.architecture().index_references) note_references();
  }

  const std::set<std::uint64_t>& called() const { return called_; }
  const std::set<std::uint64_t>& named() const { return named_; }
  const std::set<std::uint64_t>& cases() const { return cases_; }

  void add_functions(const std::set<std::uint64_t>& called, const std::set<std::uint64_t>& named,
                     std::vector<FunctionRange>& functions) const {
    std::set<std::uint64_t> starts;  // beyond doubt
    bool behind_end = true;
    bool other_kind = false;  // of code, as a pointer says: nothing is known of where it ends
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const std::uint64_t at = pieces_[i].begin;
      if (i != 0 && !pieces_[i - 1].padding) behind_end = pieces_[i - 1].stops;
      if (i != 0 && has_marked(named, pieces_[i - 1])) other_kind = true;
      if (called.count(at) == 0 && (!(behind_end || other_kind) || named.count(at) == 0)) continue;
      starts.insert(at);
      other_kind = false;
    }
    std::uint64_t begin = 0;     // of the function that goes on; 0 between functions
    std::uint64_t furthest = 0;  // where a jump in it leads
    const auto finish = [&](std::uint64_t end) {
      if (begin != 0) functions.push_back({begin, end});
      begin = 0;
    };
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const Piece& piece = pieces_[i];
      if (starts.count(piece.begin) != 0) finish(piece.begin);
      if (begin == 0) {
        if (piece.padding) continue;
        begin = furthest = piece.begin;
      }
      const auto next = starts.upper_bound(piece.begin);
      const std::uint64_t limit = next == starts.end() ? end_ : *next;
      if (piece.target < limit) furthest = std::max(furthest, piece.target);
      const bool padded = i + 1 < pieces_.size() && pieces_[i + 1].padding;
      if (piece.stops && piece.end > furthest && (!piece.goes_anywhere || padded)) finish(piece.end);
    }
    finish(end_);
  }

 private:
  // Whether Thumb code begins here, amid ARM code.
  bool has_marked(const std::set<std::uint64_t>& named, const Piece& piece) const {
    const bool arm = decoder_.machine().literals_in_code && !image_.thumb;
    return arm && (named.count(piece.begin + 1) != 0 || named.count(piece.begin + 3) != 0);
  }
  Piece piece_at(std::uint64_t at) {
    Piece piece{at, at + 1};
    const std::uint64_t pointer = image_.pointer_size();
    if (image_.relocation_at(at) != nullptr) {  // no instruction begins with an address: a jump table
      piece.end = std::min(at + pointer, end_);
      piece.stops = true;
      return piece;
    }
    if (literals_.count(at) != 0 && end_ - at >= kLiteral) {
      piece.end = at + kLiteral;
      piece.stops = piece.padding = true;
      return piece;
    }
    const auto one = decoder_.decode_one(at);
    if (!one || one->end() > end_) {
      piece.end = std::min(at + decoder_.machine().alignment, end_);
      piece.stops = true;
      return piece;
    }
    piece.end = one->end();
    piece.padding = decoder_.architecture().is_padding(image_.bytes_at(at, one->size));
    piece.stops = one->ends_block();
    if (one->operation == Operation::kCall) {
      if (one->target != 0) called_.insert(one->target);
    } else if (one->target != 0) {
      piece.target = one->target;
    } else if (one->operation == Operation::kJump) {
      piece.goes_anywhere = one->operands[0].is_register();
      piece.target = furthest_case(one->operands[0]);
    }
    note_addresses(*one);
    const Operand& loaded = one->operands[1];
    const bool literal = decoder_.machine().literals_in_code && loaded.is_memory() && loaded.absolute &&
                         loaded.reg == kNoRegister && one->operation == Operation::kMove;
    if (literal) literals_.insert(static_cast<std::uint64_t>(loaded.value));
    return piece;
  }

  // `jmp [table + index * size]`
  std::uint64_t furthest_case(const Operand& table) {
    std::uint64_t furthest = 0;
    if (!table.is_memory() || table.reg != kNoRegister || table.index == kNoRegister) return furthest;
    std::uint64_t entry = static_cast<std::uint64_t>(table.value);
    entry = image_.wrapped(entry);
    for (std::uint64_t i = 0; i < kMostCases; ++i, entry += image_.pointer_size()) {
      const auto to = image_.pointer_at(entry);
      if (!to || !image_.is_code(*to)) break;
      furthest = std::max(furthest, *to);
      cases_.insert(entry);
    }
    return furthest;
  }

  void note_addresses(const Instruction& one) {
    for (const Operand& operand : one.operands) {
      const bool formed = operand.is_immediate() || (operand.is_memory() && one.operation == Operation::kLea);
      const bool whole = operand.reg == kNoRegister && operand.index == kNoRegister;
      const auto address = static_cast<std::uint64_t>(operand.value);
      if (formed && whole && operand.absolute && image_.is_code(address)) named_.insert(address);
    }
  }

  // The same where it takes several instructions to form an address.
  void note_references() {
    const auto offset = image_.offset_of(begin_);
    if (!offset) return;
    std::vector<Reference> found;
    decoder_.architecture().find_references(image_, {begin_, *offset, end_ - begin_, true}, 0, UINT64_MAX, found);
    for (const Reference& one : found) {
      if (one.kind == Reference::Kind::kLea && image_.is_code(one.target)) named_.insert(one.target);
    }
  }

  const Decoder& decoder_;
  const BinaryImage& image_;
  std::uint64_t begin_;
  std::uint64_t end_;
  std::vector<Piece> pieces_;
  std::set<std::uint64_t> literals_;  // numbers that stand between the instructions
  std::set<std::uint64_t> called_;    // by code of this gap
  std::set<std::uint64_t> named_;     // whose address it forms
  std::set<std::uint64_t> cases_;     // entries of its jump tables
};

// What is exported, or pointed to by data other than the jump tables, whose entries are `cases`.
void add_pointers(const BinaryImage& image, const std::set<std::uint64_t>& cases, std::set<std::uint64_t>& called,
                  std::set<std::uint64_t>& named) {
  for (const DynamicSymbol& symbol : image.symbols) {
    if (symbol.defined && image.is_code(symbol.address)) called.insert(symbol.address);
  }
  for (const Relocation& relocation : image.relocations) {
    const bool in_data =
        !relocation.symbol && !image.is_code(relocation.address) && cases.count(relocation.address) == 0;
    if (in_data && image.is_code(relocation.addend)) named.insert(relocation.addend);
  }
}

}  // namespace

std::vector<FunctionRange> find_functions(const Decoder& decoder) {
  const BinaryImage& image = decoder.image();
  // One entry of ARM's index may stand for several functions, so that only its beginning counts.
  const bool merged = decoder.machine().literals_in_code;
  std::vector<FunctionRange> functions = merged ? std::vector<FunctionRange>{} : image.functions;
  std::vector<Gap> gaps;
  for (const MappedRange& range : image.code) {
    std::uint64_t at = range.address;
    const auto gap_until = [&](std::uint64_t end) {
      if (at < end) gaps.emplace_back(decoder, at, end);
    };
    for (const FunctionRange& function : functions) {
      if (function.begin < range.address || function.begin >= range.address + range.size) continue;
      gap_until(function.begin);
      at = std::max(at, function.end);
    }
    gap_until(range.address + range.size);
  }
  std::set<std::uint64_t> called;
  std::set<std::uint64_t> named;
  std::set<std::uint64_t> cases;
  for (const Gap& gap : gaps) cases.insert(gap.cases().begin(), gap.cases().end());
  add_pointers(image, cases, called, named);
  if (merged) {
    for (const FunctionRange& function : image.functions) called.insert(function.begin);
    // Here code names functions by a number and the program counter.
    std::vector<Reference> references;
    for (const MappedRange& range : image.code)
      decoder.architecture().find_references(image, range, 0, UINT64_MAX, references);
    for (const Reference& one : references) {
      if (one.kind == Reference::Kind::kLea && image.holds_code(one.target)) named.insert(one.target);
    }
  }
  for (const Gap& gap : gaps) {
    called.insert(gap.called().begin(), gap.called().end());
    named.insert(gap.named().begin(), gap.named().end());
  }
  for (const Gap& gap : gaps) gap.add_functions(called, named, functions);
  std::sort(functions.begin(), functions.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  return functions;
}

}  // namespace abicheck
