"""A NumPy that runs, against the facts about running NumPys."""
import collections
import json
import pathlib
import re
import struct
import subprocess

from .database import TABLES

PROBE = pathlib.Path(__file__).resolve().parent.parent / "probe_numpy.py"
MODEL = "lp64"

# Classes of the DType slots by the character of their instances, on 64-bit Linux.
DTYPE_CLASSES = dict(zip("Bool Byte UByte Short UShort Int UInt Long ULong LongLong ULongLong Half Float Double LongDouble CFloat CDouble "
                         "CLongDouble Bytes Unicode Datetime Timedelta Object Void Intp UIntp DefaultInt".split(), "?bBhHiIlLqQefdgFDGSUMmOVlLl"))
# What a slot's name stands for where that is another symbol: ndarraytypes.h since 1.20.
OTHER_SYMBOLS = {"PyArrayDescr_Type": "PyArrayDescr_TypeFull"}


class Symbols:
    """Names in an ELF file: of any static or dynamic symbol at an address, and sizes of objects."""

    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        self.names, self.sizes = collections.defaultdict(set), {}
        offset, = struct.unpack_from("<Q", data, 0x28)
        width, count = struct.unpack_from("<HH", data, 0x3A)
        sections = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * width) for i in range(count)]
        for section in sections:
            if section[1] in (2, 11):  # SHT_SYMTAB, SHT_DYNSYM
                self._read(data, section, sections[section[6]])

    def _read(self, data, table, strings):
        for name, info, _, index, value, size in struct.iter_unpack("<IBBHQQ", data[table[4]:table[4] + table[5]]):
            if index and info & 0xF in (0, 1, 2):  # defined; no type, object, function
                start = strings[4] + name
                text = data[start:data.index(b"\0", start)].decode("latin-1")
                self.names[value].add(text)
                if info & 0xF == 1:
                    self.sizes[text, value] = size


def measured_by(python, folder, request):
    done = subprocess.run([python, str(PROBE)], input=json.dumps(request), capture_output=True, text=True,
                          env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1"})
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def request_for(database, release):
    lengths = database.facts(release)["table_lengths"]
    types_at = {table: [i for i, row in database.rows(table, release).items() if row["kind"] == "type"] for table in TABLES}
    return {"types": database.runtime_types(), "paths": database.paths(),
            "slots": {table: list(range(length)) for table, length in lengths.items()}, "types_at": types_at}


def compare_running(proof, database, release, measured):
    facts, entry = database.facts(release), database.releases[release][1]
    proof.same("release", "the version it calls itself", re.sub(r"\.post\d+$", "", release), measured["version"])
    proof.same("release", f"Python {measured['python']} among `python`", True, measured["python"] in entry["python"])
    for name in ("abi_version", "api_version"):
        proof.same("versions", name, facts[name], f"0x{measured[name]:08x}")
    for table in TABLES:
        compare_table(proof, database.rows(table, release), facts["table_lengths"][table], measured["tables"][table], table)
    for name, size in measured["sizes"].items():
        proof.same("runtime_sizes", f"runtime_sizes {name}", facts["runtime_sizes"].get(name, {}).get(MODEL), size)
    proof.same("random", "random.capsule", facts["random"]["capsule"], measured["random_capsule"])
    proof.same("dtype_api", "dtype_api experimental_version", facts["dtype_api"].get("experimental_version"), measured["experimental_version"])
    compare_paths(proof, facts, release, measured)
    for sample in measured["samples"]:
        compare_sample(proof, facts["layouts"].get(sample["struct"], {}), sample)


def compare_table(proof, rows, length, measured, table):
    """A slot is NULL exactly where there is no row, points to what carries its name, and the table ends where it should.

    The end is proven by the size of the symbol of the array; where the file has no such symbol it counts as unproven, since
    what lies behind an array may look like more of it.
    """
    path, address = measured["place"]
    symbols = Symbols(path)
    size = symbols.sizes.get((TABLES[table], address))
    if size is None:
        proof.unproven["end of a table (no symbol)"] += 1
    else:
        proof.same("table_lengths", f"table_lengths {table}", length, size // 8)
    for index in range(length):
        row, place = rows.get(index), measured["slots"][str(index)]
        proof.same("slots filled", f"slot {index} of {table} is filled", row is not None, place is not None)
        if row and place:
            compare_slot(proof, row, place, measured["types"].get(str(index)), symbols if place[0] == path else None, f"slot {index} of {table}")


def compare_slot(proof, row, place, type_there, symbols, what):
    found = set(symbols.names.get(place[1], ())) if symbols else set()
    # Compilers make copies with a suffix; a static variable or function of the same name may get a number.
    names = {re.sub(r"(\.(localalias|constprop|part|isra|cold))?(\.\d+)*$", "", name) for name in found}
    expected = {row["name"], OTHER_SYMBOLS.get(row["name"], row["name"])}
    dtype = re.fullmatch(r"PyArray_(\w+)DType", row["name"])
    if not names & expected and dtype and type_there:
        character = DTYPE_CLASSES.get(dtype[1])
        said = f"class of dtype {character}" if character else dtype[1]
        proof.same("slot names", f"{what} points to {row['name']}", said, dtype_class(type_there, dtype[1], character))
    elif names:
        proof.same("slot names", f"{what} points to {row['name']}", True, bool(names & expected) or sorted(names))
    else:
        proof.unproven["name of what a slot points to (no symbol)"] += 1


def dtype_class(type_there, name, character):
    """How the class that was found calls itself, in the words of what is expected."""
    path, _, instance = type_there.partition(" of ")
    if character:
        return f"class of dtype {instance}" if instance else path
    return name if path.rpartition(".")[2].lower().replace("dtype", "").lstrip("_") in abstract_names(name) else path


def abstract_names(name):
    """IntAbstract is the class _IntegerAbstractDType, DefaultInt that of int_, and so on."""
    lower = name.lower()
    return {lower, lower.replace("int", "integer"), lower.replace("abstract", ""), "py" + lower.replace("py", "")}


def compare_paths(proof, facts, release, measured):
    shims = facts["shims"]
    for path, found in measured["paths"].items():
        proof.same("import_paths", f"import_paths {path}", facts["import_paths"].get(path), found["state"])
        module = path.rpartition(".")[0].rpartition(".")[2]
        known = {"release": release, "module": module, "attribute": path.rpartition(".")[2]}
        if found["state"] == "refuses":
            proof.same("shims", f"shims.refusal by {path}", message(shims.get("refusal"), known), (found["type"], found["text"]))
            compare_stderr(proof, f"shims.refusal.stderr by {path}", shims.get("refusal", {}).get("stderr"), known, found["stderr"])
        for warning in found.get("warnings", ()):
            proof.same("shims", f"shims.warning by {path}", message(shims.get("warning"), known), (warning["type"], warning["text"]))
    for module, found in measured["missing"].items():
        # The shim of the compiled module has a text of its own; the others answer as any module does.
        if module == "numpy.core._multiarray_umath" and "type" in found and "missing" in shims:
            known = {"release": release, "module": module.rpartition(".")[2], "attribute": "abicheck_no_such_name"}
            proof.same("shims", f"shims.missing by {module}", message(shims["missing"], known), (found["type"], found["text"]))


def message(template, known):
    return template and (template["type"], filled(template["text"], known))


def filled(text, known):
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text


def compare_stderr(proof, what, template, known, found):
    """What stands there for the stack must be lines as traceback.format_stack() makes them."""
    if template is not None:
        texts = [re.escape(filled(part, known)) for part in template.split("{stack}")]
        whole = re.fullmatch(r'(?:  File "[^\n]*\n(?:    [^\n]*\n)*)+'.join(texts), found)
        proof.same("shims", what, template, template if whole else found)


def compare_sample(proof, layout, sample):
    data = bytes.fromhex(sample["bytes"])
    if not layout:
        return

    def member(name):
        return layout.get(name, {}).get(MODEL)

    for name, value in sample["members"].items():
        if member(name):
            offset, size = member(name)
            found = int.from_bytes(data[offset:offset + size], "little")
            proof.same("running objects", f"{sample['struct']}.{name} at {offset} of {sample['of']}", value & (1 << 8 * size) - 1, found)
    for name, start in sample["points_to"].items():
        if member(name):
            target = sample["targets"].get(str(member(name)[0]), "")
            proof.same("running objects", f"{sample['struct']}.{name} at {member(name)[0]} of {sample['of']}", start, target[:len(start)])


def compare_installed(proof, facts, folder):
    """What is neither run nor compiled: the Cython declarations that the wheel installs."""
    here = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("numpy/random/**/*.pxd"))
    proof.same("random", "random.pxd", sorted(facts["random"]["pxd"]), here)
