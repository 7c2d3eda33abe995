#!/usr/bin/env python3
"""Write abi_db/numpy-X.Y.json, one file for each NumPy minor, and compare them with NumPys that are installed.

usage: build_database.py [--page FILE] [--output DIR]        write the files
       build_database.py --verify PYTHON [PYTHON...]         compare them with the NumPy that each of these imports

Which releases exist, and for which CPythons, is read from numpy's page on the package index that pip uses (PEP 503 or
PEP 691), or from FILE. Everything else stands in the tables below; abi_db/README.md names the NumPy file of each fact.
"""
import argparse
import html
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROBE = ROOT / "scripts" / "probe_numpy.py"
FIRST = (1, 7)

# minor: (API, CPythons that its classifiers name in all patch releases).
MINORS = {
    "1.7": (0x7, "2.6 2.7 3.1 3.2 3.3"),
    "1.8": (0x9, "2.6 2.7 3.2 3.3"),
    "1.9": (0x9, "2.6 2.7 3.2 3.3 3.4"),
    "1.10": (0xA, "2.6 2.7 3.2 3.3 3.4 3.5"),
    "1.11": (0xA, "2.6 2.7 3.2 3.3 3.4 3.5"),
    "1.12": (0xA, "2.7 3.4 3.5 3.6"),
    "1.13": (0xB, "2.7 3.4 3.5 3.6"),
    "1.14": (0xC, "2.7 3.4 3.5 3.6"),
    "1.15": (0xC, "2.7 3.4 3.5 3.6 3.7"),
    "1.16": (0xD, "2.7 3.5 3.6 3.7"),
    "1.17": (0xD, "3.5 3.6 3.7"),
    "1.18": (0xD, "3.5 3.6 3.7 3.8"),
    "1.19": (0xD, "3.6 3.7 3.8"),
    "1.20": (0xE, "3.7 3.8 3.9"),
    "1.21": (0xE, "3.7 3.8 3.9"),
    "1.22": (0xF, "3.8 3.9 3.10"),
    "1.23": (0x10, "3.8 3.9 3.10"),
    "1.24": (0x10, "3.8 3.9 3.10 3.11"),
    "1.25": (0x11, "3.9 3.10 3.11"),
    "1.26": (0x11, "3.9 3.10 3.11 3.12"),
    "2.0": (0x12, "3.9 3.10 3.11 3.12"),
    "2.1": (0x13, "3.10 3.11 3.12 3.13"),
    "2.2": (0x13, "3.10 3.11 3.12 3.13"),
    "2.3": (0x14, "3.11 3.12 3.13"),
    "2.4": (0x15, "3.11 3.12 3.13 3.14"),
    "2.5": (0x16, "3.12 3.13 3.14"),
}

# The API that headers compile in when the user sets no NPY_TARGET_VERSION; up to 1.24 it is the headers' own.
DEFAULT_TARGETS = {"1.25": 0xD, "1.26": 0xD, "2.0": 0xD, "2.1": 0xE, "2.2": 0xE, "2.3": 0x10, "2.4": 0x10, "2.5": 0x11}

# The release by which NumPy itself names an API version (NPY_FEATURE_VERSION_STRING), in the file of that release;
# versions older than the database are in the first file.
API_NAMES = {
    "1.7": {0x1: "1.2", 0x4: "1.4", 0x6: "1.6", 0x7: "1.7"},
    "1.8": {0x8: "1.8"}, "1.9": {0x9: "1.9"}, "1.10": {0xA: "1.10"}, "1.13": {0xB: "1.13"}, "1.14": {0xC: "1.14"},
    "1.16": {0xD: "1.16"}, "1.20": {0xE: "1.20"}, "1.22": {0xF: "1.22"}, "1.23": {0x10: "1.23"}, "1.25": {0x11: "1.25"},
    "2.0": {0x12: "2.0"}, "2.1": {0x13: "2.1"}, "2.3": {0x14: "2.3"}, "2.4": {0x15: "2.4"}, "2.5": {0x16: "2.5"},
}

# (module, type): tp_basicsize on LP64 from each minor on; None: gone.
SCALARS = ("generic number integer signedinteger unsignedinteger inexact floating complexfloating flexible "
           "character").split()
SIZES = {
    ("numpy", "ndarray"): {"1.7": 80, "1.20": 88, "1.22": 96},
    ("numpy", "dtype"): {"1.7": 88, "1.10": 96, "2.0": 88},
    ("numpy", "ufunc"): {"1.7": 176, "1.8": 192, "1.16": 216, "1.22": 232, "2.1": 240},
    ("numpy", "flatiter"): {"1.7": 2632},
    ("numpy", "broadcast"): {"1.7": 560, "2.0": 816},
    **{("numpy", name): {"1.7": 16} for name in SCALARS},
    ("numpy.random.mtrand", "RandomState"): {"1.7": 24, "1.9": 32, "1.11": 48, "1.17": 240},
    ("numpy.random.generator", "Generator"): {"1.17": 216, "1.18": None},
    ("numpy.random._generator", "Generator"): {"1.18": 216, "1.20": 208},
    # Called _bit_generator in 1.18 alone.
    ("numpy.random.bit_generator", "BitGenerator"): {"1.17": 96, "1.18": None, "1.19": 96},
    ("numpy.random.bit_generator", "SeedSequence"): {"1.17": 64, "1.18": None, "1.19": 64},
    ("numpy.random.bit_generator", "SeedlessSequence"): {"1.17": 16, "1.18": None, "1.19": 16},
    ("numpy.random._bit_generator", "BitGenerator"): {"1.18": 96, "1.19": None},
    ("numpy.random._bit_generator", "SeedSequence"): {"1.18": 64, "1.19": None},
    ("numpy.random._bit_generator", "SeedlessSequence"): {"1.18": 16, "1.19": None},
}

# What happens to a module that asks this path for its capsule, from each minor on.
PATHS = {
    "numpy.core.multiarray": {"1.7": "works"},
    "numpy.core.umath": {"1.7": "works"},
    "numpy.core._multiarray_umath": {"1.7": "absent", "1.16": "works", "2.0": "refuses"},
    "numpy._core.multiarray": {"1.7": "absent", "2.0": "works"},
    "numpy._core.umath": {"1.7": "absent", "2.0": "works"},
    "numpy._core._multiarray_umath": {"1.7": "absent", "2.0": "works"},
}

# What single releases do differently from the rest of their minor: the stub package numpy/_core came with 1.26.1.
STUB = {path: "works" for path in PATHS if path.startswith("numpy._core.")}
OVERRIDES = {("1.26", lambda patch: patch >= 1): {"import_paths": STUB}}

# ImportError of a path that refuses (numpy/core/_multiarray_umath.py); {v} stands for the NumPy release.
SHIM_TEXT = """
A module that was compiled using NumPy 1.x cannot be run in
NumPy {v} as it may crash. To support both 1.x and 2.x
versions of NumPy, modules must be compiled with NumPy 2.0.
Some module may need to rebuild instead e.g. with 'pybind11>=2.12'.

If you are a user of the module, the easiest solution will be to
downgrade to 'numpy<2' or try to upgrade the affected module.
We expect that some modules will need time to support NumPy 2.

"""


def key(version):
    """Order of the versions that occur here: final and post releases, and X.Y."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def hex_text(number):
    return f"0x{number:08x}"


def at(history, minor):
    """The value that a {first minor: value} table has at `minor`; None before its first row."""
    rows = [start for start in history if key(start) <= key(minor)]
    return history[max(rows, key=key)] if rows else None


def pip_index():
    """The index in pip's configuration, or the one that its help names as the default."""
    for name in (":env:.index-url", "global.index-url"):
        run = subprocess.run([sys.executable, "-m", "pip", "config", "get", name], capture_output=True, text=True)
        if run.returncode == 0 and run.stdout.strip():
            return run.stdout.strip()
    wide = {**os.environ, "COLUMNS": "400"}
    text = subprocess.run([sys.executable, "-m", "pip", "help", "download"], capture_output=True, text=True, env=wide).stdout
    found = re.search(r"--index-url.*?\(default (\S+?)\)", text, re.S)
    return found.group(1) if found else sys.exit("pip does not say which index it uses; give its page of numpy with --page")


def read_page(path):
    if path:
        return path.read_text()
    accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
    request = urllib.request.Request(pip_index().rstrip("/") + "/numpy/", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=180) as reply:
        return reply.read().decode()


def file_names(page):
    if page.lstrip().startswith("{"):
        return [entry["filename"] for entry in json.loads(page)["files"]]
    return [html.unescape(text).strip() for text in re.findall(r"<a\b[^>]*>([^<]*)</a>", page)]


def releases_on(page):
    """{release: CPythons with a wheel}: final and post releases; a file that is no wheel or sdist counts for nothing."""
    found = {}
    for name in file_names(page):
        match = re.fullmatch(r"numpy-(\d+\.\d+[\d.]*(?:\.post\d+)?)(-.*\.whl|\.tar\.gz|\.zip)", name)
        if not match or key(match[1])[:2] < FIRST:
            continue
        pythons = found.setdefault(match[1], set())
        for tag in re.findall(r"-((?:\w+\.)*\w+)-\w+-[\w.]+\.whl$", name):
            pythons |= {f"{major}.{minor}" for major, minor in re.findall(r"\bcp(\d)(\d+)\b", tag)}
    return found


def size_table(minor):
    table = {}
    for (module, name), history in SIZES.items():
        size = at(history, minor)
        if size is not None:
            table.setdefault(module, {})[name] = size
    return table


def release_entry(minor, release, wheels):
    entry = {"version": release, "pythons": sorted(wheels | set(MINORS[minor][1].split()), key=key)}
    for (where, applies), override in OVERRIDES.items():
        if minor == where and applies(key(release)[2]):
            entry.update(override)
    return entry


def minor_file(minor, releases):
    api = MINORS[minor][0]
    paths = {path: at(history, minor) for path, history in PATHS.items()}
    content = {
        "minor": minor,
        "abi": hex_text(0x02000000 if key(minor) >= (2, 0) else 0x01000009),
        "api": hex_text(api),
        "default_target": hex_text(DEFAULT_TARGETS.get(minor, api)),
        "api_first_release": {hex_text(number): name for number, name in API_NAMES.get(minor, {}).items()},
        "sizes": size_table(minor),
        "import_paths": paths,
        "shim_text": SHIM_TEXT if "refuses" in paths.values() else "",
        "releases": [release_entry(minor, release, releases[release]) for release in sorted(releases, key=key)],
    }
    text = json.dumps(content, indent=2)
    # A list of Pythons reads better in one line.
    return re.sub(r"\[\s+(\"[\d.]+\"(?:,\s+\"[\d.]+\")*)\s+\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text) + "\n"


def write_files(page, output):
    found = releases_on(page)
    unknown = sorted({".".join(map(str, key(release)[:2])) for release in found} - set(MINORS), key=key)
    if unknown:
        sys.exit(f"the index has NumPy {', '.join(unknown)}, of which the tables of this script say nothing")
    for minor in MINORS:
        releases = {release: pythons for release, pythons in found.items() if key(release)[:2] == key(minor)}
        (output / f"numpy-{minor}.json").write_text(minor_file(minor, releases))
    print(f"{len(MINORS)} files, {len(found)} releases, newest {max(found, key=key)}")


def differences(content, measured):
    """What the NumPy that `measured` describes has otherwise than its file says."""
    release = next((r for r in content["releases"] if r["version"] == measured["version"]), None)
    if release is None:
        yield "the release is not in the file"
        return
    if measured["python"] not in release["pythons"]:
        yield f"it runs on Python {measured['python']}"
    paths = {**content["import_paths"], **release.get("import_paths", {})}
    sizes = {f"{module}.{name}": size for module, types in content["sizes"].items() for name, size in types.items()}
    said = {"abi": int(content["abi"], 16), "api": int(content["api"], 16), "sizes": sizes, "import_paths": paths,
            "shim_text": content["shim_text"].replace("{v}", measured["version"])}
    for name, value in said.items():
        if value != measured[name]:
            yield f"{name}: the file says {value}, measured {measured[name]}"


def verify(pythons, folder):
    failures = 0
    for python in pythons:
        # The first words may be VARIABLE=value, as for env(1): PYTHONPATH=DIR python3.9
        command = ["env", *python.split(), str(PROBE)]
        measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        minor = ".".join(map(str, key(measured["version"])[:2]))
        found = list(differences(json.loads((folder / f"numpy-{minor}.json").read_text()), measured))
        print(f"NumPy {measured['version']} on Python {measured['python']}:", "; ".join(found) or "as recorded")
        failures += bool(found)
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=pathlib.Path, help="numpy's page of the index, already fetched")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "abi_db")
    parser.add_argument("--verify", nargs="+", metavar="PYTHON", help="may begin with VARIABLE=value words")
    options = parser.parse_args()
    if options.verify:
        return verify(options.verify, options.output)
    write_files(read_page(options.page), options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
