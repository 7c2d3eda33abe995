#!/usr/bin/env python3
"""Run the commands that README.md shows, and write their output there; with --check, fail when it differs.

A run stands as `<!-- run: abicheck ARGUMENTS -->` before a fenced block; patterns are names of the example wheels. Those of sources
are left as they are when the program was built without its source scanner.
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


def shown(command):
    words = shlex.split(command)[1:]
    arguments = []
    for word in words:
        found = sorted(os.path.basename(path) for path in glob.glob(str(ROOT / "examples" / "wheels" / word))) if "*" in word else []
        arguments += found or [word]
    done = subprocess.run([PROGRAM, *arguments], cwd=ROOT / "examples" / "wheels", capture_output=True, text=True)
    return f"$ {command}\n{done.stdout}{done.stderr}"


def main():
    path = ROOT / "README.md"
    text = path.read_text()
    scans_sources = pathlib.Path(PROGRAM).with_name("abicheck-sources").exists()

    def run(match):
        keeps = "../sources" in match.group(2) and not scans_sources
        return match.group(0) if keeps else match.group(1) + shown(match.group(2)) + match.group(3)
    new, count = re.subn(r"(<!-- run: (.*?) -->\n```\n).*?(```)", run, text, flags=re.S)
    if count == 0:
        sys.exit("README.md shows no run")
    if "--check" not in sys.argv:
        path.write_text(new)
    elif new != text:
        sys.exit("README.md shows other output than the program prints; run scripts/readme_runs.py")
    print(f"{count} runs")


if __name__ == "__main__":
    main()
