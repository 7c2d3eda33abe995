#!/usr/bin/env python3
"""Run the commands that README.md shows, and write their output there; with --check, fail when it differs.

A run stands as `<!-- run: abicheck ARGUMENTS -->` before a fenced block; patterns are names of the example wheels. A run that names an
example source needs a build with the source scanner; without one its output stays as it is.
"""
import glob
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("ABICHECK", str(ROOT / "build" / "release" / "abicheck"))


def shown(command, before):
    words = shlex.split(command)[1:]
    of_sources = any((ROOT / "examples" / "sources" / word).exists() for word in words)
    if of_sources and not pathlib.Path(PROGRAM).with_name("abicheck-sources").exists():
        return before
    arguments = []
    for word in words:
        found = sorted(os.path.basename(path) for path in glob.glob(str(ROOT / "examples" / "wheels" / word))) if "*" in word else []
        arguments += found or [word]
    folder = ROOT / "examples" / ("sources" if of_sources else "wheels")
    done = subprocess.run([PROGRAM, *arguments], cwd=folder, capture_output=True, text=True)
    return f"$ {command}\n{done.stdout}{done.stderr}"


def main():
    path = ROOT / "README.md"
    text = path.read_text()
    new, count = re.subn(r"(<!-- run: (.*?) -->\n```(?:diff)?\n)(.*?)(```)", lambda m: m[1] + shown(m[2], m[3]) + m[4], text, flags=re.S)
    if count == 0:
        sys.exit("README.md shows no run")
    if "--check" not in sys.argv:
        path.write_text(new)
    elif new != text:
        sys.exit("README.md shows other output than the program prints; run scripts/readme_runs.py")
    print(f"{count} runs")


if __name__ == "__main__":
    main()
