#include "facts/descriptor_reads.h"

#include <algorithm>
#include <set>

#include "base/hex.h"
#include "facts/descriptor_watch.h"

namespace abicheck {

namespace {

using Kind = RootOf::Kind;
using Status = DescriptorRead::Status;
using Effect = DescriptorRead::Effect;

// Bounds of the work: of one run, of all runs in a module, and how far up a read is followed.
constexpr std::size_t kStepsOfRun = 50000;
constexpr std::size_t kStepsFarAway = 6000;  // of a function that only looks as if it read an array's dtype
constexpr std::size_t kStepsOfModule = 1'500'000;
constexpr int kLevels = 6;
constexpr int kDepth = 5;
constexpr std::uint64_t kSmall = 500;  // bytes of a function that is entered wherever it is called
// Reads that only look like one are followed up this far, from functions of so many bytes.
constexpr int kLevelsUnproven = 3;
constexpr std::uint64_t kLongestCheck = 1500;
constexpr std::uint64_t kLongestReader = 4000;
constexpr std::uint64_t kLongestAccessor = 70;
constexpr int kMostLoads = 4;

// What a run says of one read.
struct Outcome {
  enum class Kind {
    kDecided,
    kUpForExtents,  // depends on what callers hand over: how long an array is,
    kUpForStrides,  // its strides,
    kUpForChain,    // or whether this is a descriptor at all
    kUpForValue,
  } kind = Kind::kDecided;
  DescriptorRead read;

  bool goes_up() const { return kind != Kind::kDecided; }
};

class ReadFinder {
 public:
  ReadFinder(const ModuleContext& context, const PybindApi& api, const CallGraph& calls, InstructionCache& cache)
      : abi_(context.abi),
        code_(context.code),
        api_(api),
        calls_(calls),
        cache_(cache),
        structures_(code_.machine().pointer_size == 8 ? abi_.old_64 : abi_.old_32) {}

  std::vector<DescriptorRead> find(const std::vector<ApiSlotUse>& slots) {
    find_type_checks(slots);
    find_strip_padding();
    std::map<std::uint64_t, std::set<std::uint64_t>> level;  // functions to follow -> readers to enter
    for (const std::uint64_t function : candidates()) level[function];
    for (int depth = 0; depth < kLevels && !level.empty() && !proven_; ++depth) level = follow_level(level, depth);
    for (const auto& [function, enter] : level) {
      if (!proven_ && !enter.empty()) undecided(function, "its callers are too many levels away");
    }
    return std::move(reads_);
  }

 private:
  FunctionRange range(std::uint64_t function) const {
    const FunctionRange* found = code_.function_at(function);
    return found == nullptr ? FunctionRange{function, function} : *found;
  }
  std::uint64_t length(std::uint64_t function) const {
    const FunctionRange found = range(function);
    return found.end - found.begin;
  }
  std::uint64_t function_of(std::uint64_t site) const { return range(site).begin; }

  // pybind11's dtype::strip_padding(), which every dtype from a buffer goes through: NumPy has dropped the padding that
  // it looks for, so that what it reads makes no difference. It asks the dtype for "fields" and "items".
  void find_strip_padding() {
    std::set<std::uint64_t> fields = functions_with("fields");
    const std::set<std::uint64_t> items = functions_with("items");
    for (const std::uint64_t function : fields) {
      if (items.count(function) == 0) continue;
      strips_.insert(function);
      for (const std::uint64_t caller : calls_.callers_of(function)) strips_.insert(caller);
    }
  }

  std::set<std::uint64_t> functions_with(std::string_view text) const {
    const std::string whole = std::string(text) + '\0';  // what stands before it may be a number
    std::vector<std::uint64_t> addresses;
    for (const MappedRange& mapped : code_.image().data) {
      const std::string_view bytes = as_text(slice(code_.image().bytes, mapped.file_offset, mapped.size));
      for (std::size_t at = bytes.find(whole); at != std::string_view::npos; at = bytes.find(whole, at + 1))
        addresses.push_back(mapped.address + at);
    }
    std::set<std::uint64_t> functions;
    for (const Reference& reference : code_.references_to(addresses)) functions.insert(function_of(reference.site));
    return functions;
  }

  // Whether most functions that use the table begin by putting their first argument into their frame.
  bool is_unoptimised() const {
    constexpr std::size_t kPrologue = 8;
    const Machine& machine = code_.machine();
    if (machine.argument_count == 0) return false;
    const Register first = machine.arguments[0];
    const auto spills = [&](std::uint64_t user) {
      const std::vector<Instruction>& all = code_.function_code(range(user));
      const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kPrologue));
      return std::any_of(all.begin(), end, [&](const Instruction& one) {
        const auto& [to, from] = one.operands;
        return one.operation == Operation::kMove && to.is_memory() && !to.absolute && from.is_register() &&
               from.reg == first && to.reg != machine.stack_pointer && machine.preserves(to.reg);
      });
    };
    const auto spilling = std::count_if(users_.begin(), users_.end(), spills);
    return !users_.empty() && static_cast<std::size_t>(spilling) * 3 > users_.size() * 2;
  }

  // Functions that compare something's type with NumPy's: they say what is an array or a dtype to the function that
  // goes on with it.
  void find_type_checks(const std::vector<ApiSlotUse>& uses) {
    std::set<std::uint64_t> checks;
    for (const ApiSlotUse& use : uses) {
      const auto is = [&](std::string_view name) {
        const auto slot = abi_.old_slots.find(name);
        return slot != abi_.old_slots.end() && slot->second == use.index;
      };
      const bool of_dtype = is("PyArrayDescr_Type");
      if (!is("PyArray_Type") && !of_dtype) continue;
      for (const std::uint64_t site : use.sites) {
        checks.insert(function_of(site));
        if (of_dtype) dtype_checks_.insert(function_of(site));
      }
    }
    for (const std::uint64_t check : checks) {
      if (length(check) <= kLongestCheck) type_checks_.insert(check);
    }
  }

  // Functions that have to do with the table, and those near them, that read something at the offset of a member.
  std::vector<std::uint64_t> candidates() {
    users_.insert(api_.users.begin(), api_.users.end());
    for (const std::uint64_t getter : api_.getters) {
      for (const std::uint64_t caller : calls_.callers_of(getter)) users_.insert(caller);
      users_.erase(getter);
    }
    if (is_unoptimised()) undecided(*users_.begin(), "its code is not optimised: too many calls stand between");
    near_ = users_;
    for (const std::uint64_t user : users_) {
      for (const std::uint64_t callee : calls_.callees_of(range(user))) near_.insert(callee);
      for (const std::uint64_t caller : calls_.callers_of(user)) near_.insert(caller);
    }
    find_takers();
    near_.insert(takers_.begin(), takers_.end());
    std::vector<std::uint64_t> found;
    for (const std::uint64_t function : near_) {
      if (reads_at_some_offset(function)) found.push_back(function);
    }
    for (const std::uint64_t function : chained_reads()) {
      if (near_.count(function) == 0) found.push_back(function);
    }
    return found;
  }

  // Functions that may be given a dtype: behind a check of its type stand the one that asked for it, those that it
  // hands the dtype back to, and what they hand it on to.
  void find_takers() {
    const auto add_callees = [&](std::uint64_t function) {
      for (const std::uint64_t callee : calls_.callees_of(range(function))) takers_.insert(callee);
    };
    for (const std::uint64_t check : dtype_checks_) {
      takers_.insert(check);
      add_callees(check);
      for (const std::uint64_t asks : calls_.callers_of(check)) {
        takers_.insert(asks);
        add_callees(asks);
        for (const std::uint64_t given : calls_.callers_of(asks)) {
          takers_.insert(given);
          add_callees(given);
        }
      }
    }
  }

  bool reads_at_some_offset(std::uint64_t function) const {
    const auto some_member = [&](std::int64_t offset, std::uint8_t width) {
      return std::any_of(structures_.moved.begin(), structures_.moved.end(), [&](const auto& member) {
        return offset == std::int64_t{member.offset} && width == member.width && is_read_by_pybind(member);
      });
    };
    std::map<Register, std::int64_t> sums;  // registers that got another one plus a number
    for (const Instruction& one : code_.function_code(range(function))) {
      const bool lea = one.operation == Operation::kLea;
      for (const Operand& operand : one.operands) {
        if (!operand.is_memory() || operand.absolute || operand.reg == code_.machine().stack_pointer || lea) continue;
        if (some_member(operand.value, operand.width)) return true;
        // Loads that have no distance (lxsiwax of PowerPC).
        const auto sum = sums.find(operand.reg == kNoRegister ? operand.index : operand.reg);
        if (operand.value == 0 && sum != sums.end() && some_member(sum->second, operand.width)) return true;
      }
      sums.erase(one.written);
      if (lea && one.written != kNoRegister && !one.operands[1].absolute) sums[one.written] = one.operands[1].value;
    }
    return false;
  }

  // Functions anywhere that read the size of an item of what an array's dtype would be.
  std::set<std::uint64_t> chained_reads() {
    std::set<std::uint64_t> functions;
    const auto elsize = std::find_if(structures_.moved.begin(), structures_.moved.end(),
                                     [](const auto& member) { return member.name == "elsize"; });
    if (elsize == structures_.moved.end() || !structures_.array_descr) return functions;
    const auto sites = code_.chained_reads(static_cast<std::uint8_t>(*structures_.array_descr),
                                           static_cast<std::uint8_t>(elsize->offset));
    for (const std::uint64_t site : sites) {
      if (const FunctionRange* function = code_.function_at(site)) functions.insert(function->begin);
    }
    return functions;
  }

  std::map<std::uint64_t, std::set<std::uint64_t>> follow_level(
      const std::map<std::uint64_t, std::set<std::uint64_t>>& level, int depth) {
    std::vector<std::uint64_t> order;
    order.reserve(level.size());
    for (const auto& [function, enter] : level) order.push_back(function);
    // Small ones first: they say soonest that something is wrong.
    std::sort(order.begin(), order.end(),
              [&](std::uint64_t a, std::uint64_t b) { return std::pair(length(a), a) < std::pair(length(b), b); });
    std::map<std::uint64_t, std::set<std::uint64_t>> next;
    for (const std::uint64_t function : order) {
      const std::set<std::uint64_t>& enter = level.at(function);
      if (!done_.insert({function, enter}).second) continue;
      if (steps_ >= kStepsOfModule) {
        undecided(function, "the module has more code around NumPy's table than is followed");
        return {};
      }
      follow(function, enter, depth, next);
      if (proven_) break;
    }
    return next;
  }

  void follow(std::uint64_t function, const std::set<std::uint64_t>& enter, int depth,
              std::map<std::uint64_t, std::set<std::uint64_t>>& next) {
    Terms terms;
    std::unordered_map<Term, std::vector<Term>, TermHash> seen;
    const TermWorld world{code_.machine(), code_.image(), terms, api_.members, true, &seen};
    DescriptorWatch watch(world, abi_, structures_);
    const bool far = enter.empty() && near_.count(function) == 0;
    std::set<std::uint64_t> entered = enter;
    entered.insert(type_checks_.begin(), type_checks_.end());
    TermRun run(code_, calls_, cache_, world, watch,
                {.steps = far ? kStepsFarAway : kStepsOfRun,
                 .depth = far ? 1 : kDepth,
                 .small = kSmall,
                 .enter = entered,
                 .getters = &api_.getters,
                 .variable = api_.begin});
    run.follow(function);
    steps_ += run.steps();
    bool up = false;
    const std::vector<std::uint64_t> callers = calls_.callers_of(function);
    for (Outcome& outcome : classify(function, world, watch, depth)) {
      if (outcome.goes_up() && callers.empty()) outcome = at_the_end(outcome, takers_.count(function) != 0);
      if (outcome.goes_up()) {
        up = true;
      } else {
        add(std::move(outcome.read));
      }
    }
    if (proven_) return;
    if (up) {
      for (const std::uint64_t caller : callers) {
        next[caller].insert(enter.begin(), enter.end());
        next[caller].insert(function);
      }
    }
    check_reached(function, enter, watch, run);
  }

  // A way up that was lost says nothing about the reader. One that values rule out is none, and neither is one through
  // the handling of an exception, where compilers put destructors.
  void check_reached(std::uint64_t function, const std::set<std::uint64_t>& enter, const DescriptorWatch& watch,
                     const TermRun& run) {
    if (strips_.count(function) != 0 || enter.empty()) return;
    if (!run.complete()) return undecided(function, "it is longer than is followed");
    for (const std::uint64_t reader : enter) {
      const bool missed =
          watch.passed_by().count(reader) != 0 || (run.lost_a_jump() && run.entered().count(reader) == 0);
      if (missed) return undecided(function, "no way through it to its call of " + hex(reader) + " was found");
    }
  }

  // Nobody calls the function directly: what it is handed comes from Python.
  static Outcome at_the_end(const Outcome& outcome, bool takes_dtypes) {
    Outcome end = outcome;
    end.kind = Outcome::Kind::kDecided;
    switch (outcome.kind) {
      case Outcome::Kind::kUpForExtents:
        end.read.status = Status::kProven;
        end.read.evidence.how += ", of a length that callers choose";
        break;
      case Outcome::Kind::kUpForValue:
        if (!takes_dtypes) end.read.member.clear();  // of something else
        end.read.evidence.how = "read of what may be a dtype";
        break;
      default:
        end.read.status = Status::kUndecided;
        break;
    }
    return end;
  }

  static bool is_read_by_pybind(const OldStructures::Member& member) {
    return member.name == "elsize" || member.name == "alignment" || member.name == "names" || member.name == "flags";
  }

  static DescriptorRead read_of(const OldStructures::Member& member, Status status, std::uint64_t where,
                                std::string how) {
    DescriptorRead read;
    read.member = member.name;
    read.offset = member.offset;
    read.status = status;
    read.evidence = {where, std::move(how)};
    return read;
  }

  std::vector<Outcome> classify(std::uint64_t function, const TermWorld& world, const DescriptorWatch& watch,
                                int depth) const {
    std::vector<Outcome> outcomes;
    for (const auto& [place, read] : watch.reads()) {
      if (auto outcome = classify(function, world, watch, depth, place, read)) outcomes.push_back(std::move(*outcome));
    }
    return outcomes;
  }

  std::optional<Outcome> classify(std::uint64_t function, const TermWorld& world, const DescriptorWatch& watch,
                                  int depth, const DescriptorWatch::Place& place,
                                  const DescriptorWatch::Read& read) const {
    const OldStructures::Member& member = *read.member;
    const bool elsize = member.name == "elsize";
    const RootOf& from = world.terms.of(read.descriptor);
    const bool of_array = structures_.array_descr && from.kind == Kind::kLoad &&
                          from.offset == std::int64_t{*structures_.array_descr} &&
                          from.width == world.machine.pointer_size;
    const bool from_parameter = world.terms.from_parameter(read.descriptor);
    const int loads = world.terms.loads(read.descriptor.root);
    Outcome up{Outcome::Kind::kUpForValue,
               read_of(member, Status::kUndecided, place.first, "read of what looks like a dtype of an array")};
    const bool known = watch.is_descriptor(read.descriptor) || (of_array && watch.is_array({from.base, 0}));
    if (!known && of_array && elsize) {
      up.kind = from_parameter && loads <= kMostLoads ? Outcome::Kind::kUpForChain : Outcome::Kind::kDecided;
      return up;
    }
    if (!known) {
      const std::uint64_t most = elsize ? kLongestReader : kLongestAccessor;
      const bool may_be =
          depth < kLevelsUnproven && is_read_by_pybind(member) && from_parameter && loads <= (elsize ? 2 : 1) &&
          (!elsize || ((read.sign_extended || length(function) <= kLongestAccessor) && near_.count(function) != 0)) &&
          length(function) <= most;
      if (may_be) return up;
      const bool as_pybind = read.sign_extended || (member.name == "names" && read.compared) || member.name == "flags";
      const Kind origin = world.terms.of(world.terms.origin(read.descriptor.root)).kind;
      const bool given = loads <= 1 && (origin == Kind::kLeft || origin == Kind::kMet || origin == Kind::kParameter);
      if (takers_.count(function) == 0 || strips_.count(function) != 0 || !is_read_by_pybind(member) || !as_pybind ||
          !given)
        return std::nullopt;
      up.kind = Outcome::Kind::kDecided;
      up.read.evidence.how = "read of what may be a dtype";
      return up;
    }
    bool strips = strips_.count(function_of(place.first)) != 0 || strips_.count(function) != 0;
    for (Chain chain = place.second; chain != 0; chain = world.terms.of(chain).base)
      strips |= strips_.count(function_of(world.terms.of(chain).place)) != 0;
    if (strips)
      return Outcome{{}, read_of(member, Status::kHarmless, place.first, "looks for padding that NumPy has dropped")};
    if (member.name == "flags")
      return Outcome{{}, read_of(member, Status::kUndecided, place.first, "right for dtypes without objects only")};
    if (elsize) {
      if (auto outcome = constructor(world, watch, place, read)) return outcome;
    }
    return Outcome{{}, read_of(member, Status::kProven, place.first, "read of a dtype")};
  }

  // A read whose dtype goes on into a new array: the constructor that makes the strides when it is given none.
  std::optional<Outcome> constructor(const TermWorld& world, const DescriptorWatch& watch,
                                     const DescriptorWatch::Place& place, const DescriptorWatch::Read& read) const {
    std::vector<const DescriptorWatch::NewArray*> made;
    const auto collect = [&](Chain chain, bool any) {
      for (const auto& [at, array] : watch.arrays_made()) {
        if (array.descriptor == read.descriptor && (any || at.second == chain)) made.push_back(&array);
      }
      return !made.empty();
    };
    // The constructor reads itself, or calls what does.
    Chain constructor = place.second;
    while (!collect(constructor, false) && constructor != 0) constructor = world.terms.of(constructor).base;
    if (made.empty() && !collect(0, true)) return std::nullopt;
    if (made.front()->chain != constructor) constructor = place.second;
    Outcome outcome{{}, read_of(*read.member, Status::kHarmless, place.first, "an array of one item at most")};
    outcome.read.effect = Effect::kStrides;
    bool matters = false;
    bool seen = false;
    bool up_for_extents = false;
    for (const DescriptorWatch::NewArray* array : made) {
      if (at_most_one(*array)) continue;
      matters = true;
      const bool some_long = std::any_of(array->extent.begin(), array->extent.end(),
                                         [](const Term& n) { return n.is_number() && n.offset > 1; });
      const bool some_handed = std::any_of(array->extent.begin(), array->extent.end(),
                                           [&](const Term& n) { return world.terms.from_parameter(n); });
      for (std::size_t i = 0; i < array->extent.size(); ++i) seen |= is_seen(world, *array, i);
      up_for_extents |=
          (!array->extents && world.terms.from_parameter(array->extents_at)) || (some_handed && !some_long);
    }
    if (!matters) return outcome;
    const TermState::Equality* empty = nullptr;
    bool other_equality = false;
    for (const TermState::Equality& equality : read.equalities) {
      if (equality.chain != constructor) continue;
      if (bounds_one_vector(world, equality)) {
        empty = &equality;
      } else {
        other_equality |= made_here(world, equality.left) && made_here(world, equality.right);
      }
    }
    if (empty == nullptr) {
      outcome.read.evidence.how = "the strides of a new array are made of it";
      if (up_for_extents) {
        outcome.kind = Outcome::Kind::kUpForExtents;
      } else {
        outcome.read.status = other_equality || !seen ? Status::kUndecided : Status::kProven;
      }
      return outcome;
    }
    const bool handed = world.terms.from_parameter(empty->left) || world.terms.from_parameter(empty->right);
    const bool own = made_here(world, empty->left) || made_here(world, empty->right);
    if (handed) {
      outcome.kind = Outcome::Kind::kUpForStrides;
      outcome.read.evidence.how = "the strides of a new array are made of it if the caller gives none";
    } else if (own) {
      outcome.read.evidence.how = "only where no strides are given, and some are";
    } else {
      outcome.read.status = Status::kUndecided;
      outcome.read.evidence.how = "whether strides are given was not found";
    }
    return outcome;
  }

  // Whether an extent was followed to where it was put: not just what may lie there, or what a call may have left
  // there.
  static bool is_seen(const TermWorld& world, const DescriptorWatch::NewArray& array, std::size_t i) {
    const Term& extent = array.extent[i];
    if (extent.is_number()) return extent.offset > 1;
    if (!extent.known() || world.terms.is(extent, Kind::kLeft)) return false;
    const std::uint8_t size = world.machine.pointer_size;
    const Term unwritten = world.terms.loaded(array.extents_at.plus(static_cast<std::int64_t>(i * size)), size);
    return extent != unwritten || world.terms.from_parameter(extent);
  }

  static bool at_most_one(const DescriptorWatch::NewArray& array) {
    if (array.extents == 0) return true;
    if (std::any_of(array.extent.begin(), array.extent.end(), [](const Term& n) { return n == Term::number(0); }))
      return true;
    return array.extents && static_cast<std::size_t>(*array.extents) <= array.extent.size() &&
           std::all_of(array.extent.begin(), array.extent.end(),
                       [](const Term& n) { return n.is_number() && n.offset <= 1; });
  }

  // Whether the two are the beginning and the end of one vector: they were seen one word apart.
  static bool bounds_one_vector(const TermWorld& world, const TermState::Equality& equality) {
    const auto left = world.seen->find(equality.left);
    const auto right = world.seen->find(equality.right);
    if (left == world.seen->end() || right == world.seen->end()) return false;
    const std::int64_t word = world.machine.pointer_size;
    return std::any_of(left->second.begin(), left->second.end(), [&](const Term& at) {
      return std::any_of(right->second.begin(), right->second.end(),
                         [&](const Term& other) { return other == at.plus(word) || at == other.plus(word); });
    });
  }

  static bool made_here(const TermWorld& world, const Term& term) {
    switch (world.terms.of(world.terms.origin(term.root)).kind) {
      case Kind::kLeft:
      case Kind::kMet:
      case Kind::kComputed:
      case Kind::kHeap:
      case Kind::kResult:
      case Kind::kOut:
      case Kind::kDifference:
      case Kind::kShifted:
        return true;
      default:
        return false;
    }
  }

  void add(DescriptorRead read) {
    if (read.member.empty()) return;
    proven_ |= read.status == Status::kProven;
    for (DescriptorRead& known : reads_) {
      if (known.evidence.where != read.evidence.where || known.member != read.member) continue;
      if (read.status < known.status) known = std::move(read);
      return;
    }
    reads_.push_back(std::move(read));
  }

  void undecided(std::uint64_t function, std::string why) {
    DescriptorRead read;
    read.evidence = {function, std::move(why)};
    for (const DescriptorRead& known : reads_) {
      if (known.evidence.where == function && known.member.empty()) return;
    }
    reads_.push_back(std::move(read));
  }

  const KnownAbi& abi_;
  const Code& code_;
  const PybindApi& api_;
  const CallGraph& calls_;
  InstructionCache& cache_;
  const OldStructures& structures_;
  std::set<std::uint64_t> strips_;
  std::set<std::uint64_t> type_checks_;
  std::set<std::uint64_t> dtype_checks_;
  std::set<std::uint64_t> takers_;
  std::set<std::uint64_t> users_;  // of the table, by its copy or a getter of that
  std::set<std::uint64_t> near_;
  std::set<std::pair<std::uint64_t, std::set<std::uint64_t>>> done_;
  std::vector<DescriptorRead> reads_;
  std::size_t steps_ = 0;
  bool proven_ = false;
};

}  // namespace

std::vector<DescriptorRead> find_descriptor_reads(const ModuleContext& context, const PybindApi& api,
                                                  const std::vector<ApiSlotUse>& slots, const CallGraph& calls,
                                                  InstructionCache& cache) {
  std::vector<DescriptorRead> reads = ReadFinder(context, api, calls, cache).find(slots);
  std::stable_sort(reads.begin(), reads.end(), [](const DescriptorRead& a, const DescriptorRead& b) {
    return std::pair(a.status, a.evidence.where) < std::pair(b.status, b.evidence.where);
  });
  return reads;
}

}  // namespace abicheck
