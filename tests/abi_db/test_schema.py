#!/usr/bin/env python3
"""abi_db/*.json satisfy their schemas and fit one another. Exit status 77 when there is no jsonschema.

usage: test_schema.py [FOLDER]

Every check is also made on copies with one mistake each, all of which must be found.
"""
import functools
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "abi_db"
SCHEMAS = ROOT / "abi_db" / "schema"
SCHEMA_OF = {"slots.json": "slots", "names.json": "names", "overlay.json": "overlay", "declarations.json": "declarations", "cython.json": "cython"}
OWN_KEYS = {"minor", "releases", "sources", "artefacts"}  # those of a minor that are no facts of its releases
# Types of other platforms, and a member of CPython's.
KNOWN_ELSEWHERE = re.compile(r"npy_(float(80|96)|complex(160|192))|PyArray_Type\.tp_basicsize")
TABLES = {"slots", "names"}  # facts that stand in files of their own

try:
    import jsonschema
except ImportError:
    print("SKIPPED: NOT VALIDATED, the Python package jsonschema is missing (apt install python3-jsonschema)", file=sys.stderr)
    sys.exit(77)

sys.path.insert(0, str(ROOT / "scripts"))
from abi_db_proof.database import key, merged  # noqa: E402


@functools.lru_cache(maxsize=None)
def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@functools.lru_cache(maxsize=None)
def schema_errors(name, text):
    return [f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(json.loads(text))]


class Files:
    """The files by name, as texts; and their contents, which a test may falsify."""

    def __init__(self, texts):
        self.texts = texts
        self.content = {name: json.loads(text) for name, text in texts.items()}

    @property
    def minors(self):
        return {name: content for name, content in self.content.items() if name.startswith("numpy-")}

    @property
    def slots(self):
        return self.content["slots.json"]

    @property
    def names(self):
        return self.content["names.json"]

    @property
    def declarations(self):
        return self.content["declarations.json"]

    @property
    def cython(self):
        return self.content["cython.json"]

    def releases(self):
        found = [entry["version"] for minor in self.minors.values() for entry in minor["releases"]]
        return sorted(found, key=key)

    def facts(self):
        """(release, facts of that release) of all."""
        for minor in self.minors.values():
            for entry in minor["releases"]:
                yield entry["version"], merged(minor, entry.get("overrides", {}))


def holds(row, release, ends):
    return key(row["since"]) <= key(release) and not any(end in row and key(row[end]) <= key(release) for end in ends)


def check_schemas(files):
    for name, content in files.content.items():
        for error in schema_errors(SCHEMA_OF.get(name, "minor"), json.dumps(content)):
            yield f"{name}: {error}"
    for minor in files.minors.values():
        for entry in minor["releases"]:
            if "overrides" in entry:
                for error in schema_errors("minor", json.dumps(merged({**minor, "releases": [entry]}, entry["overrides"]))):
                    yield f"{entry['version']} with its overrides: {error}"


def check_lines(files):
    """One fact a line: each row of the tables, each name, each release."""
    tables = {"slots.json": [row for table in files.slots.values() for row in table], "names.json": files.names.items(),
              "declarations.json": [row for header in files.declarations.values() for row in header],
              "cython.json": [row for rows in files.cython.values() for row in rows]}
    for name, rows in tables.items():
        lines = {line.strip().removesuffix(",") for line in files.texts[name].splitlines()}
        for row in rows:
            text = json.dumps(row) if not isinstance(row, tuple) else f"{json.dumps(row[0])}: {json.dumps(row[1])}"
            if text not in lines:
                yield f"{name}: not on a line of its own: {text}"
    for name, text in files.texts.items():
        if not text.endswith("\n") or "\t" in text or "\r" in text or not text.isascii():
            yield f"{name}: not plain text"


def check_minors(files):
    for name, minor in files.minors.items():
        if name != f"numpy-{minor['minor']}.json":
            yield f"{name}: holds {minor['minor']}"
        versions = [entry["version"] for entry in minor["releases"]]
        if versions != sorted(set(versions), key=key) or any(key(v)[:2] != key(minor["minor"]) for v in versions):
            yield f"{name}: releases {versions}"
        if "overrides" in minor["releases"][-1]:
            yield f"{name}: the newest release has overrides"
        for entry in minor["releases"]:
            yield from (f"{name}: {problem} of {entry['version']}" for problem in release_problems(minor, entry))
        for missing in (set(minor) - OWN_KEYS | TABLES) ^ set(minor["sources"]):
            yield f"{name}: sources and facts do not fit: {missing}"
        for artefact in minor["artefacts"]:
            if not re.match(rf"numpy-({'|'.join(map(re.escape, versions))})[-.]", artefact):
                yield f"{name}: artefact {artefact}"
        used = {row["artefact"] for rows in minor["sources"].values() for row in rows} | {entry["headers"]["artefact"] for entry in minor["releases"]}
        for artefact in used ^ set(minor["artefacts"]):
            yield f"{name}: sources and artefacts do not fit: {artefact}"


def release_problems(minor, entry):
    patch = entry.get("overrides", {})
    if set(patch) & OWN_KEYS:
        yield "overrides of keys that are no facts"
    if "overrides" in entry and merged(minor, patch) == minor:
        yield "overrides that change nothing"
    if entry["python"] != sorted(set(entry["python"]), key=key):
        yield "order of `python`"
    for tag in entry["wheels"]:
        version = re.match(r"cp(\d)(\d+)", tag)
        if version and f"{version[1]}.{version[2]}" not in entry["python"]:
            yield f"a wheel for {tag}, which is not among `python`,"
    if f"numpy-{entry['version']}" not in entry["headers"]["artefact"]:
        yield f"headers from {entry['headers']['artefact']}"


def check_versions(files):
    previous = None
    for release, facts in sorted(files.facts(), key=lambda pair: key(pair[0])):
        number = lambda name: int(facts[name], 16)
        targets = {int(value, 16) for value in facts["target_macros"].values()}
        policy = facts["target_policy"]
        if number("default_target") not in targets | {number("api_version")} or number("default_target") > number("api_version"):
            yield f"{release}: default_target {facts['default_target']}"
        if any(target > number("api_version") for target in targets):
            yield f"{release}: a target macro above api_version"
        if policy["undefined_name"] != facts["default_target"]:
            yield f"{release}: undefined_name {policy['undefined_name']}"
        if policy["honoured"] and not int(policy["lowest"], 16) <= number("default_target"):
            yield f"{release}: lowest target {policy['lowest']}"
        if policy["honoured"] != all(policy[name] is not None for name in ("lowest", "below_lowest", "above_api")):
            yield f"{release}: target_policy is half empty"
        if previous and number("api_version") < previous:
            yield f"{release}: api_version falls"
        previous = number("api_version")
        if facts["api_names"] and not {f"0x{target:08x}" for target in targets} >= set(facts["api_names"]) >= {facts["default_target"]}:
            yield f"{release}: api_names"
        if any(key(name) > key(release) for name in facts["api_names"].values()):
            yield f"{release}: api_names of the future"


def check_paths(files):
    all_paths = {tuple(facts["import_paths"]) for _, facts in files.facts()}
    if len(all_paths) != 1:
        yield "not all releases tell of the same import paths"
    for release, facts in files.facts():
        states = set(facts["import_paths"].values())
        if ("refuses" in states) != ("refusal" in facts["shims"]) or ("warns" in states) != ("warning" in facts["shims"]):
            yield f"{release}: shims do not fit import_paths"
        for name in ("import_array", "import_umath"):
            capsule = {"import_array": "_ARRAY_API", "import_umath": "_UFUNC_API"}[name]
            if not any(facts["import_paths"].get(f"{path}.{capsule}") == "works" for path in facts[name]["paths"]):
                yield f"{release}: {name} of its own headers does not work"


def check_sizes(files):
    for release, facts in files.facts():
        runtime, compiled = facts["runtime_sizes"], facts["compiled_sizes"]
        models = set(runtime["numpy.ndarray"])
        lowest, api = facts["target_policy"]["lowest"] or facts["api_version"], facts["api_version"]
        for language, table in compiled.items():
            for name, rows in table.items():
                if name not in runtime or set(rows) != models:
                    yield f"{release}: compiled_sizes {language} {name}: {sorted(rows)}"
                for steps in rows.values():
                    if list(steps) != sorted(steps) or min(steps) != lowest or max(steps) > api:
                        yield f"{release}: compiled_sizes {language} {name} has the targets {list(steps)}"
        for struct, members in facts["layouts"].items():
            for model in {model for places in members.values() for model in places if model != "min_target"}:
                places = sorted(places[model] for places in members.values() if model in places)
                for (offset, size), (following, _) in zip(places, places[1:]):
                    if offset + size > following:
                        yield f"{release}: layouts {struct} {model}: members overlap at {following}"


def check_slots(files):
    releases = files.releases()
    for table, rows in files.slots.items():
        order = [(row["index"], key(row["since"])) for row in rows]
        if order != sorted(set(order)):
            yield f"slots {table}: not in order of index and release"
        for row, following in zip(rows, rows[1:] + [{"index": None}]):
            what = f"slots {table} {row['index']} {row['name']}"
            for mark in ("since", "changed", "deprecated", "disabled", "removed"):
                if mark in row and row[mark] not in releases:
                    yield f"{what}: there is no release {row[mark]}"
            end = row.get("changed") or row.get("removed")
            if "changed" in row and "removed" in row or end and key(end) <= key(row["since"]):
                yield f"{what}: ends with {end}"
            again = row["index"] == following["index"]
            if again and (not end or key(end) > key(following["since"])):
                yield f"{what}: overlaps the next row"
            if "changed" in row and not (again and following["since"] == row["changed"] and following["name"] == row["name"]
                                         and following["signature"] != row["signature"]):
                yield f"{what}: changed, and the next row is not its successor"
    for release, facts in files.facts():
        for table, rows in files.slots.items():
            filled = [row for row in rows if holds(row, release, ("changed", "removed"))]
            if len({row["name"] for row in filled}) != len(filled):
                yield f"slots {table}: a name twice in {release}"
            if facts["table_lengths"][table] != max(row["index"] for row in filled) + 1:
                yield f"{release}: table_lengths {table} is {facts['table_lengths'][table]}"


def check_names(files):
    releases, headers = files.releases(), {name for name, row in files.names.items() if row["kind"] == "header"}
    if list(files.names) != sorted(files.names):
        yield "names: not in order"
    for name, row in files.names.items():
        marks = ("since", "deprecated", "removed", "min_target_since", "no_deprecated_api_since")
        for release in [row[mark] for mark in marks if mark in row] + row.get("absent", []) + [each["until"] for each in row.get("earlier", [])]:
            if release not in releases:
                yield f"names {name}: there is no release {release}"
        span = [row["since"], *row.get("absent", []), *([row["removed"]] if "removed" in row else [])]
        if span != sorted(set(span), key=key):
            yield f"names {name}: {span}"
        if row["header"] not in headers and not row["header"].rpartition("/")[2].startswith("_"):
            yield f"names {name}: no header {row['header']}"
        if row["kind"] == "member" and name.rpartition(".")[0] not in files.names:
            yield f"names {name}: a member of an unknown type"
        if any(mark.removesuffix("_since") not in row for mark in row if mark.endswith("_since")):
            yield f"names {name}: a condition has a beginning but is not there"
        if (row["kind"] == "header") != name.endswith(".h"):
            yield f"names {name}: a {row['kind']}"
        types = [each["type"] for each in (row, *row.get("earlier", [])) if "type" in each]
        if row["kind"] in ("macro", "enumerator", "header") and "type" in row or types and "earlier" not in row:
            yield f"names {name}: its type"
        yield from replacement_problems(files.names, name, row)
    for table, rows in files.slots.items():
        for row in rows:
            if not row["name"].startswith("_"):
                yield from slot_name_problems(files.names.get(row["name"]), row, releases)


def replacement_problems(names, name, row):
    """What replaces a name is CPython's or C's, or is there when the name is gone, or has been replaced in its turn."""
    for other in re.split(" or | and ", row.get("replacement", "")):
        found = names.get(other, {})
        if re.match("NPY_|npy_|PyArray_|PyDataType_|PyUFunc_|NpyIter_|numpy/", other) and not found and not KNOWN_ELSEWHERE.fullmatch(other):
            yield f"names {name}: there is no {other}"
        if "removed" in found and "replacement" not in found and key(found["removed"]) <= key(row.get("removed", "99")):
            yield f"names {name}: its replacement {other} is gone too"


def slot_name_problems(name, row, releases):
    """A slot has a public name while it is filled; a name may be older or outlive its slot."""
    what = f"slot {row['index']} {row['name']}"
    if name is None:
        yield f"{what} has no name in names.json"
    elif not all(holds(name, release, ("removed",)) for release in releases if holds(row, release, ("changed", "removed"))):
        yield f"{what}: its name is of {name['since']} to {name.get('removed')}"


@functools.lru_cache(maxsize=None)
def words_of(text, releases):
    """({release: words in its lines} of one header, its lines that are of no or odd releases)."""
    place, found, odd = {release: i for i, release in enumerate(releases)}, {}, []
    for line, *turns in json.loads(text):
        if not set(turns) <= set(releases) or turns != sorted(set(turns), key=key):
            odd.append(line)
            continue
        words = re.findall(r"\w+", line)
        for since, end in zip(turns[::2], [*turns[1::2], None]):
            for release in releases[place[since]: place[end] if end else None]:
                found.setdefault(release, set()).update(words)
    return found, odd


def check_declarations(files):
    """Every line is of some releases; a header and a name are in the lines of the releases that have them."""
    releases = tuple(files.releases())
    words = {}
    for header, rows in files.declarations.items():
        words[header], odd = words_of(json.dumps(rows), releases)
        yield from (f"declarations {header}: the releases of {line}" for line in odd)
    for name, row in files.names.items():
        there = [release for release in releases if holds(row, release, ("removed",)) and release not in row.get("absent", ())]
        if row["kind"] == "header" and there != sorted(words.get(name, ()), key=key):
            yield f"declarations: {name} has no lines in a release that has it, or lines in another"
        if row["kind"] != "header" and there and not is_in(name, words.get(row["header"], {}).get(there[-1], ())):
            yield f"declarations: {name} is not in the lines of {row['header']} in {there[-1]}"


def is_in(name, words):
    """Some names are pasted together: PyDataType_##FIELD."""
    return name.rpartition(".")[2] in words or {"PyDataType_", name.removeprefix("PyDataType_")} <= set(words)


def check_cython(files):
    """Names in order, each of some releases and of one kind at a time; members of what is there; slots are known as such."""
    releases = files.releases()
    slots = {"array_api": {row["name"] for row in files.slots["multiarray"]}, "ufunc_api": {row["name"] for row in files.slots["ufunc"]}}
    for name in ("classic", "cython3"):
        there = {}
        rows = files.cython[name]
        if rows != sorted(rows, key=lambda row: row[:2]):
            yield f"cython {name}: not in order"
        for each, kind, *turns in rows:
            if not set(turns) <= set(releases) or turns != sorted(set(turns), key=key):
                yield f"cython {name}: the releases of {each}"
                continue
            for since, end in zip(turns[::2], [*turns[1::2], None]):
                for release in releases[releases.index(since): releases.index(end) if end else None]:
                    if there.setdefault(each, {}).setdefault(release, kind) != kind:
                        yield f"cython {name}: {each} is of two kinds in {release}"
            if kind == "function" and not each.startswith("_") and any(each in names for names in slots.values()):
                yield f"cython {name}: {each} is a slot and needs its table"
            if "." in each and not set(there[each]) <= set(there.get(each.partition(".")[0], {})):
                yield f"cython {name}: {each} is a member of nothing"
    for cython, release in files.cython["needs"]:
        if release not in releases:
            yield f"cython: {cython} is needed from {release} on"


CHECKS = (check_lines, check_minors, check_versions, check_paths, check_sizes, check_slots, check_names, check_declarations, check_cython)


def problems(files):
    """What is wrong; the checks rely on what the schemas ask for."""
    return list(check_schemas(files)) or [problem for check in CHECKS for problem in check(files)]


def last(files):
    return files.content[max(files.minors, key=lambda name: key(name))]


def falsify(files, path, value):
    """Put `value` at the end of `path`, or take it away."""
    content = files.content
    for step in path[:-1]:
        content = content[step]
    if value is None:
        del content[path[-1]]
    else:
        content[path[-1]] = value


def mistakes(files):
    """(what is wrong with it, a function that makes it wrong)."""
    name = max(files.minors, key=key)
    changed = next(i for i, row in enumerate(files.slots["multiarray"]) if "changed" in row)
    member = next(each for each, row in files.names.items() if row["kind"] == "member")
    struct, layout = next((struct, members) for struct, members in files.content[name]["layouts"].items() if len(members) > 2)
    second = list(layout)[1]
    table = [
        ("a size that is text", [name, "runtime_sizes", "numpy.ndarray", "lp64"], "96"),
        ("an unknown key", [name, "sizes"], {}),
        ("a fact without a source", [name, "sources", "abi_version"], None),
        ("a source of another release", [name, "sources", "abi_version", 0, "artefact"], "numpy-1.0.0.tar.gz"),
        ("the wrong minor", [name, "minor"], "9.9"),
        ("a default target that is none", [name, "default_target"], "0x00000003"),
        ("an API that falls", [name, "api_version"], "0x00000012"),
        ("another state of paths", [name, "import_paths", next(iter(files.content[name]["import_paths"]))], "refused"),
        ("no shim text", [name, "shims", "refusal"], None),
        ("overlapping members", [name, "layouts", struct, second], layout[list(layout)[0]]),
        ("a compiled size without its lowest target", [name, "compiled_sizes", "c", "numpy.ufunc", "lp64"], {"0x00000013": 240}),
        ("a table too short", [name, "table_lengths", "ufunc"], 10),
        ("a slot twice", ["slots.json", "multiarray", 1, "index"], 0),
        ("a slot of no release", ["slots.json", "multiarray", 5, "since"], "1.6.7"),
        ("a change without a successor", ["slots.json", "multiarray", changed, "changed"], files.releases()[-1]),
        ("a name of no release", ["names.json", "NPY_DOUBLE", "since"], "1.99.0"),
        ("a name in no header", ["names.json", "NPY_DOUBLE", "header"], "numpy/nothing.h"),
        ("a slot without a name", ["names.json", "PyArray_NewFromDescr"], None),
        ("a slot whose name went before it", ["names.json", "PyArray_NewFromDescr", "removed"], "2.0.0"),
        ("a member without its type", ["names.json", member.rpartition(".")[0]], None),
        ("a replacement that is not there", ["names.json", "PyArray_REFCOUNT", "replacement"], "PyArray_Nothing"),
        ("a replacement that is gone", ["names.json", "PyArray_REFCOUNT", "replacement"], "PyArray_CGT"),
        ("a type that never changed", ["names.json", "PyArray_Sort", "type"], "int (void)"),
        ("a macro with a type", ["names.json", "npy_acos", "type"], "double (double)"),
        ("a line of no release", ["declarations.json", "numpy/arrayobject.h", 0, 1], "1.6.7"),
        ("a line without a release", ["declarations.json", "numpy/arrayobject.h", 0], ["#define A"]),
        ("a line that ends before it begins", ["declarations.json", "numpy/arrayobject.h", 0], ["#define A", "2.0.0", "1.6.0"]),
        ("a header without its lines", ["declarations.json", "numpy/arrayobject.h"], None),
        ("a name without its line", ["declarations.json", "numpy/ufuncobject.h"], [["#define A", "1.6.0"]]),
        ("an unknown kind", ["names.json", "NPY_DOUBLE", "kind"], "thing"),
        ("a Cython name of no release", ["cython.json", "classic", 0, 2], "1.6.7"),
        ("a Cython name of an unknown kind", ["cython.json", "cython3", 0, 1], "thing"),
        ("a Cython name without its class", ["cython.json", "classic"], [["dtype.kind", "member", files.releases()[-1]]]),
        ("a Cython name twice", ["cython.json", "classic", 0], files.cython["classic"][1][:1] + ["type"] + files.cython["classic"][1][2:]),
        ("a slot that needs no table", ["cython.json", "classic"], [["PyArray_NewFromDescr", "function", files.releases()[-1]]]),
        ("a Cython that is needed from no release on", ["cython.json", "needs", 0, 1], "1.6.7"),
    ]
    for what, path, value in table:
        yield what, lambda it, path=path, value=value: falsify(it, path, value)
    yield "two facts on a line", lambda it: it.texts.update({"names.json": it.texts["names.json"].replace(",\n", ", ", 50)})
    yield "rows out of order", lambda it: it.slots["ufunc"].reverse()
    yield "names out of order", lambda it: it.names.update(AAA=it.names.pop("NPY_DOUBLE"))
    yield "overrides that change nothing", lambda it: it.content[name]["releases"][0].update(overrides={"api_version": it.content[name]["api_version"]})


def main():
    texts = {path.name: path.read_text() for path in sorted(FOLDER.glob("*.json"))}
    missing = [name for name in ("slots.json", "names.json", "declarations.json", "cython.json") if name not in texts]
    if missing:
        print(f"{FOLDER} has no {', '.join(missing)}")
        return 1
    files = Files(texts)
    found = problems(files)
    print("\n".join(found[:50] + ([f"and {len(found) - 50} more"] if len(found) > 50 else [])) or f"{len(texts)} files, {len(files.releases())} releases: valid")
    known = set(found)
    unseen, count = [], 0
    for what, make_wrong in mistakes(files):
        wrong = Files(dict(texts))
        make_wrong(wrong)
        count += 1
        if not set(problems(wrong)) - known:
            unseen.append(what)
    print(f"{count} mistakes made on purpose, not found: {', '.join(unseen) or 'none'}")
    return 1 if found or unseen else 0


if __name__ == "__main__":
    sys.exit(main())
