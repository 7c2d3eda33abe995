"""The files of abi_db/ as facts of one release, and the account of what was compared with them."""
import collections
import contextlib
import dataclasses
import functools
import json
import re

TABLES = {"multiarray": "PyArray_API", "ufunc": "PyUFunc_API"}


@functools.lru_cache(maxsize=None)
def key(release):
    return tuple(int(part) for part in re.findall(r"\d+", release))


def merged(value, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for name, each in patch.items():
        if each is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), each)
    return result


class Database:
    def __init__(self, folder):
        load = lambda path: json.loads(path.read_text())
        self.minors = [load(path) for path in sorted(folder.glob("numpy-*.json"), key=lambda path: key(path.stem))]
        self.slots, self.names = load(folder / "slots.json"), load(folder / "names.json")
        self.releases = {entry["version"]: (minor, entry) for minor in self.minors for entry in minor["releases"]}

    def facts(self, release):
        minor, entry = self.releases[release]
        return merged({name: value for name, value in minor.items() if name != "releases"}, entry.get("overrides", {}))

    @staticmethod
    def holds(row, release, ends=("removed", "changed")):
        at = key(release)
        return key(row["since"]) <= at and not any(end in row and key(row[end]) <= at for end in ends) and release not in row.get("absent", ())

    @staticmethod
    def as_of(row, release):
        """The row of a name as it was: without conditions that came in a later release, and as it was declared then."""
        later = [name.removesuffix("_since") for name in row if name.endswith("_since") and key(row[name]) > key(release)]
        declared = next((before for before in row.get("earlier", []) if key(release) < key(before["until"])), None)
        if declared is not None:
            later += ["type", "value"]
        return {**{name: value for name, value in row.items() if name not in later}, **(declared or {})}

    def rows(self, table, release):
        """{index: row} of the slots that are filled."""
        return {row["index"]: row for row in self.slots[table] if self.holds(row, release)}

    def following(self, release):
        """The next release; None after the newest."""
        order = list(self.releases)
        return (order[order.index(release) + 1:] or [None])[0]

    def runtime_types(self):
        return sorted({name for minor in self.minors for name in minor["runtime_sizes"]} |
                      {name for release in self.releases for name in self.facts(release)["runtime_sizes"]})

    def paths(self):
        return sorted({path for minor in self.minors for path in minor["import_paths"]})


@dataclasses.dataclass
class Proof:
    """What was compared, and what differs."""

    compared: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    unproven: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    _differences: dict = dataclasses.field(default_factory=dict)  # text to the places where it was measured

    def same(self, group, fact, said, measured, where=""):
        self.compared[group] += 1
        if said != measured:
            self.differs(f"{fact}: the database says {shown(said)}, measured {shown(measured)}", str(where))

    def differs(self, text, where=""):
        self._differences.setdefault(text, []).append(where)

    @contextlib.contextmanager
    def to_the_end(self, what):
        """Whatever ends a proof early is a difference too."""
        try:
            yield
        except (RuntimeError, KeyError, ValueError) as problem:
            self.differs(f"could not be {what} to the end: {type(problem).__name__}: {problem}")

    @property
    def differences(self):
        """One text for each, with the first place and how many more there are."""
        places = {text: [where for where in found if where] for text, found in self._differences.items()}
        return [text + (f" ({found[0]}{f' and {len(found) - 1} more' if found[1:] else ''})" if found else "") for text, found in places.items()]

    def add(self, other):
        self.compared += other.compared
        self.unproven += other.unproven
        for text, found in other._differences.items():
            self._differences.setdefault(text, []).extend(found)


def shown(value):
    text = repr(value)
    return text if len(text) < 400 else text[:200] + " ... " + text[-150:]
