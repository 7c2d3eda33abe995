"""tp_basicsize as the linker left it in NumPy's compiled modules, read without running them.

A type object that is not on the heap lies in a data section with its name and sizes filled in:
    ob_refcnt, ob_type, ob_size (0), tp_name -> "numpy.dtype", tp_basicsize, tp_itemsize, ...
(CPython Include/cpython/object.h). The pointer to the name leads to the sizes behind it, whatever lies in between.
"""
import io
import json
import re

import lief

from . import Changed
from .artefacts import CACHE, digest

TYPES = ("ndarray dtype ufunc flatiter broadcast generic number integer signedinteger unsignedinteger inexact floating "
         "complexfloating flexible character").split()
RANDOM = {"RandomState": "mtrand", "Generator": "_generator generator", "BitGenerator": "bit_generator _bit_generator",
          "SeedSequence": "bit_generator _bit_generator", "SeedlessSequence": "bit_generator _bit_generator"}
MEMBER = re.compile(r"numpy/(_?core/(_multiarray_umath|multiarray|umath)|random/(mtrand|_?generator|_?bit_generator))(\.[\w-]+)*\.(so|pyd)")
REVISION = 2  # of what is read; a change makes what is in the cache useless

lief.logging.disable()


def wanted(module):
    """{text of tp_name: name in abi_db} of the types that a module defines."""
    if module.startswith("numpy.random."):
        short = module.rpartition(".")[2]
        own = [name for name, modules in RANDOM.items() if short in modules.split()]
        return {text: f"{module}.{name}" for name in own for text in (f"{module}.{name}", f"{short}.{name}")}
    return {f"numpy.{name}": f"numpy.{name}" for name in TYPES}


class Image:
    """The bytes, and where pointers to an address are stored."""

    def __init__(self, data):
        self.data = data
        self.binary = lief.parse(io.BytesIO(data))
        if isinstance(self.binary, lief.ELF.Binary):
            self.word = 8 if self.binary.header.identity_class == lief.ELF.Header.CLASS.ELF64 else 4
            self.base, self.pointers = 0, self._relocated()
        elif isinstance(self.binary, lief.PE.Binary):
            self.word = 8 if self.binary.optional_header.magic == lief.PE.PE_TYPE.PE32_PLUS else 4
            self.base, self.pointers = self.binary.optional_header.imagebase, None
        else:
            raise Changed("a compiled module of NumPy is neither ELF nor PE")

    def _relocated(self):
        """{address pointed to: addresses of the pointers}, from the relative relocations (addend in place for REL)."""
        pointers = {}
        for relocation in self.binary.dynamic_relocations:
            if relocation.type.name.endswith("_RELATIVE"):
                value = relocation.addend or self._word(self.binary.virtual_address_to_offset(relocation.address))
                pointers.setdefault(value, []).append(self.binary.virtual_address_to_offset(relocation.address))
        return pointers

    def _word(self, offset):
        return int.from_bytes(self.data[offset : offset + self.word], "little")

    def _pointers_to(self, offset):
        """File offsets of the pointers to what lies at a file offset."""
        address = self.binary.offset_to_virtual_address(offset)
        if not isinstance(address, int):
            return []
        if self.pointers is not None:
            return self.pointers.get(address, [])
        absolute = address if address >= self.base else address + self.base
        return list(find_all(self.data, absolute.to_bytes(self.word, "little")))

    def basicsize(self, name):
        """What the type object of this name holds; None when there is no such object, or not just one."""
        found = set()
        for offset in find_all(self.data, name.encode() + b"\0"):
            for pointer in self._pointers_to(offset):
                size, itemsize, before = self._word(pointer + self.word), self._word(pointer + 2 * self.word), self._word(pointer - self.word)
                if before == 0 and itemsize == 0 and 2 * self.word <= size < 1 << 16 and size % self.word == 0:
                    found.add(size)
        return found.pop() if len(found) == 1 else None


def find_all(data, pattern):
    at = data.find(pattern)
    while at >= 0:
        yield at
        at = data.find(pattern, at + 1)


def sizes_in(members):
    """({type: size}, sources) of a wheel; kept in the cache, the modules themselves are not."""
    kept = CACHE / members.artefact.sha256 / f"sizes-{REVISION}.json"
    if not kept.exists():
        sizes, sources = {}, []
        archive = members.archive_for_once()
        for member in sorted(name for name in members.names() if MEMBER.fullmatch(name)):
            data = archive.read(member)
            module = re.sub(r"\..*", "", member).replace("/", ".")
            image = Image(data)
            read = [(name, image.basicsize(text)) for text, name in wanted(module).items() if text.encode() in data]
            read = {name: size for name, size in read if size is not None}
            sizes.update(read)
            if read:
                sources.append({"artefact": members.artefact.name, "member": member, "sha256": digest(data)})
        members.keep(kept, json.dumps([sizes, sources]).encode())
    return json.loads(kept.read_text())
