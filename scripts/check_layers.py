#!/usr/bin/env python3
"""Fail when an #include goes against the arrows between the folders of checker/, or names a third-party header outside its folder.

usage: check_layers.py [CHECKER_FOLDER]
"""
import pathlib
import re
import sys

# What each folder may include, besides itself.
ARROWS = {
    "base": set(),
    "model": {"base"},
    "build_files": {"base", "model"},
    "input": {"base", "model", "build_files"},
    "sources": {"base", "model", "input"},
    "cython": {"base", "model", "input"},
    "source_scan": {"model"},
    "image": {"base", "model"},
    "disasm": {"base", "model"},
    "tables": {"base", "model"},
    "embed": {"base", "model", "tables"},
    "abi": {"base", "model", "tables"},
    "report": {"base", "model"},
    "facts": {"base", "model", "disasm"},
    "rules": {"base", "model", "build_files", "abi"},
    "explain": set(),
    "cli": {"base", "model", "explain", "build_files", "input", "sources", "cython", "image", "disasm", "abi", "report", "facts", "rules"},
}

# The folders in whose source files a third-party header may stand.
THIRD_PARTY = {
    r"LIEF/": {"image"},
    r"capstone/": {"disasm"},
    r"(zip|libdeflate)\.h": {"input"},
    r"openssl/": {"input"},
    r"(archive(_entry)?|zlib)\.h": {"input"},
    r"nlohmann/": {"tables", "report", "sources", "source_scan"},
    r"fmt/": {"report"},
    r"toml\+\+/": {"sources"},
    r"CLI/": {"cli"},
    r"(tbb|oneapi)/": {"cli"},
}


def problems_in(path, folder):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        quoted, name = found.group(1) == '"', found.group(2)
        if quoted:
            to = name.split("/")[0]
            if to not in ARROWS:
                yield number, f'"{name}" is in no folder of checker/'
            elif to != folder and to not in ARROWS[folder]:
                yield number, f"{folder}/ must not include {to}/"
            continue
        for pattern, folders in THIRD_PARTY.items():
            if re.match(pattern, name) and (folder not in folders or path.suffix == ".h"):
                yield number, f"<{name}> belongs into a source file of {' or '.join(sorted(folders))}/"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent / "checker")
    count = files = 0
    for path in sorted(root.glob("*/*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        files += 1
        if path.parent.name not in ARROWS:
            print(f"{path}: the folder {path.parent.name}/ has no arrows in {pathlib.Path(__file__).name}")
            count += 1
            continue
        for number, text in problems_in(path, path.parent.name):
            print(f"{path}:{number}: {text}")
            count += 1
    if files == 0:
        sys.exit(f"no sources below {root}")
    print(f"{files} files, {count} problems")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
