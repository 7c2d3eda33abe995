#include "facts/descriptor_watch.h"

#include <algorithm>

namespace abicheck {

namespace {

using Kind = RootOf::Kind;

constexpr std::size_t kMostExtents = 8;
constexpr std::size_t kNoArgument = 99;

// What functions of NumPy's table take and return, by numpy/__multiarray_api.h.
struct Role {
  std::string_view name;
  bool gives_descriptor = false;
  bool gives_array = false;
  std::size_t array = kNoArgument;       // the argument that is one
  std::size_t descriptor = kNoArgument;  // the arguments that are
  std::size_t other_descriptor = kNoArgument;
  std::size_t put_descriptor = kNoArgument;  // the argument that says where one is put
};
constexpr Role kRoles[] = {
    {.name = "PyArray_DescrFromType", .gives_descriptor = true},
    {.name = "PyArray_DescrFromScalar", .gives_descriptor = true},
    {.name = "PyArray_DescrNewFromType", .gives_descriptor = true},
    {.name = "PyArray_FromAny", .gives_array = true, .descriptor = 1},
    {.name = "PyArray_NewFromDescr", .gives_array = true, .descriptor = 1},
    {.name = "PyArray_NewCopy", .gives_array = true, .array = 0},
    {.name = "PyArray_Newshape", .gives_array = true, .array = 0},
    {.name = "PyArray_Squeeze", .gives_array = true, .array = 0},
    {.name = "PyArray_View", .gives_array = true, .array = 0, .descriptor = 1},
    {.name = "PyArray_Resize", .array = 0},
    {.name = "PyArray_CopyInto", .array = 0},
    {.name = "PyArray_EquivTypes", .descriptor = 0, .other_descriptor = 1},
    {.name = "PyArray_DescrConverter", .put_descriptor = 1},
};

// The constant that a value was found equal to on the way here, if it was.
Term as_compared(const TermState& state, const Term& value) {
  for (const TermState::Equality& equality : state.equalities()) {
    if (equality.constant && equality.left == value) return equality.right;
  }
  return value;
}

}  // namespace

DescriptorWatch::DescriptorWatch(const TermWorld& world, const KnownAbi& abi, const OldStructures& structures)
    : world_(world), abi_(abi), structures_(structures) {}

bool DescriptorWatch::is_member(const Term& term, std::string_view name) const {
  const auto slot = abi_.old_slots.find(name);
  return slot != abi_.old_slots.end() && term.offset == 0 && world_.terms.is(term, Kind::kMember) &&
         world_.terms.of(term).place == slot->second;
}

// Something's type that is compared with one of NumPy's types says what that thing is, where it goes on being used.
void DescriptorWatch::type_compared(const Term& type, const Term& with) {
  if (type.offset != 0 || !world_.terms.is(type, Kind::kLoad)) return;
  const RootOf& from = world_.terms.of(type);
  const Term object{from.base, from.offset - world_.machine.pointer_size};  // PyObject: the count, then the type
  if (is_member(with, "PyArrayDescr_Type")) descriptors_.insert(object);
  if (is_member(with, "PyArray_Type")) arrays_.insert(object);
}

void DescriptorWatch::met(const Instruction& one, const TermState& state, Chain chain) {
  if (one.compares()) {
    const Term left = state.read(world_, one.operands[0]);
    const Term right = state.read(world_, one.operands[1]);
    type_compared(left, right);
    type_compared(right, left);
  }
  for (const Operand& operand : one.operands) {
    const bool written = one.operation == Operation::kMove && &operand == &one.operands[0];
    const bool reads = !written && one.operation != Operation::kLea && one.operation != Operation::kCall &&
                       one.operation != Operation::kJump;
    if (!operand.is_memory() || operand.absolute || !reads) continue;
    const Term address = state.address_of(world_, operand);
    if (!address.known() || address.is_number() || address.is_stack()) continue;
    for (const OldStructures::Member& member : structures_.moved) {
      if (member.offset != address.offset || member.width != operand.width) continue;
      reads_[{one.address, chain}] = {&member, {address.root, 0}, one.sign_extends, one.compares(), state.equalities()};
    }
  }
}

Term DescriptorWatch::member_called(std::uint32_t slot, const Instruction& call, TermState& state, Chain chain) {
  const Term result = world_.terms.result(call.address, chain);
  const auto role = std::find_if(std::begin(kRoles), std::end(kRoles), [&](const Role& candidate) {
    const auto named = abi_.old_slots.find(candidate.name);
    return named != abi_.old_slots.end() && named->second == slot;
  });
  if (role == std::end(kRoles)) return result;
  if (role->gives_descriptor) descriptors_.insert(result);
  if (role->gives_array) arrays_.insert(result);
  if (role->array != kNoArgument) arrays_.insert(state.argument(world_, role->array));
  for (const std::size_t argument : {role->descriptor, role->other_descriptor}) {
    if (argument != kNoArgument) descriptors_.insert(state.argument(world_, argument));
  }
  if (role->put_descriptor != kNoArgument) {
    const Term put = world_.terms.term({Kind::kOut, 0, 0, chain, 0, call.address});
    state.store(world_, state.argument(world_, role->put_descriptor), world_.machine.pointer_size, put);
    descriptors_.insert(put);
  }
  descriptors_.erase(Term{});
  arrays_.erase(Term{});
  if (role->name != "PyArray_NewFromDescr") return result;
  // (type, descriptor, nd, dims, strides, data, flags, obj)
  NewArray array;
  array.chain = chain;
  array.descriptor = state.argument(world_, 1);
  const Term count = state.argument(world_, 2);
  if (count.is_number()) array.extents = static_cast<std::int32_t>(count.offset);
  array.extents_at = state.argument(world_, 3);
  const std::size_t shown = array.extents ? static_cast<std::size_t>(std::max<std::int64_t>(*array.extents, 0)) : 2;
  const std::uint8_t size = world_.machine.pointer_size;
  for (std::size_t i = 0; i < std::min(shown, kMostExtents); ++i)
    array.extent.push_back(
        as_compared(state, state.load(world_, array.extents_at.plus(static_cast<std::int64_t>(i * size)), size)));
  made_[{call.address, chain}] = std::move(array);
  return result;
}

void DescriptorWatch::import_called(std::string_view name, const Instruction&, const TermState& state) {
  if (name != "PyType_IsSubtype") return;
  type_compared(state.argument(world_, 0), state.argument(world_, 1));
}

}  // namespace abicheck
