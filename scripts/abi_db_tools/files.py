"""The files of abi_db/ out of what was read from all releases, in the form in which they are written."""
import json

from . import Changed
from .artefacts import minor_of
from .cython_names import cython_rows
from .declarations import declaration_rows
from .history import merge_patch, name_rows, slot_rows

ROW_LISTS = ("absent", "earlier")  # lists that stand in the line of their row
OPENED = ("artefacts", "target_policy", "target_macros", "api_names", "import_paths", "dtype_api")  # objects of many facts


def minor_files(read, index):
    """{file name: content}; a minor's facts are those of its newest release."""
    files = {}
    for minor in dict.fromkeys(map(minor_of, read)):
        releases = [release for release in read if minor_of(release) == minor]
        newest = read[releases[-1]]
        rows = []
        for release in releases:
            patch = merge_patch(newest["facts"], read[release]["facts"])
            rows.append({**read[release]["entry"], **({"overrides": patch} if patch else {})})
        sources = dict(sorted(newest["sources"].items()))
        used = {row["headers"]["artefact"] for row in rows} | {source["artefact"] for found in sources.values() for source in found}
        hashes = {a.name: a.sha256 for release in releases for a in index[release] if a.name in used}
        files[f"numpy-{minor}.json"] = {"minor": minor, **newest["facts"], "releases": rows, "sources": sources, "artefacts": hashes}
    return files


def table_files(read, reviewed):
    names = name_rows({release: found["names"] for release, found in read.items()}, reviewed)
    for row in names.values():
        for key in ("min_target", "max_target"):
            if key in row:
                row[key] = f"0x{row[key]:08x}"
    guards = {name: row["min_target"] for name, row in names.items() if "min_target" in row}
    slots = {table: slot_rows({release: found["slots"][table] for release, found in read.items()}, guards, reviewed) for table in ("multiarray", "ufunc")}
    known = {*names, *(row["name"] for rows in slots.values() for row in rows)}
    unknown = sorted({*reviewed["names"], *reviewed["slots"]} - known)
    if unknown:
        raise Changed(f"overlay.json: no release declares {unknown[0]}")
    declarations = declaration_rows({release: found["declarations"] for release, found in read.items()})
    cython = cython_rows({release: found["cython"] for release, found in read.items()})
    return {"slots.json": slots, "names.json": names, "declarations.json": declarations, "cython.json": cython}


def is_plain(value):
    return not isinstance(value, (dict, list))


def is_row(value):
    """Whether a value stands on one line: a list of plain values, or an object of these and of lists of numbers."""
    if isinstance(value, list):
        return all(map(is_plain, value))
    numbers = lambda each: isinstance(each, list) and all(isinstance(number, int) for number in each)
    return all(is_plain(each) or numbers(each) or key in ROW_LISTS for key, each in value.items())


def written(value, key="", indent=""):
    """JSON with one fact a line."""
    if is_plain(value) or not value or (is_row(value) and key not in OPENED):
        return json.dumps(value)
    inner = indent + "  "
    if isinstance(value, dict):
        lines = [f"{inner}{json.dumps(name)}: {written(each, name, inner)}" for name, each in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + indent + "}"
    return "[\n" + ",\n".join(inner + written(each, "", inner) for each in value) + "\n" + indent + "]"
