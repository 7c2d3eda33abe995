#!/usr/bin/env python3
"""How much a scan of sources costs beside the compiler that only parses them.

usage: benchmark_sources.py [NAME]... [--list LIST.tsv] [--cache DIR] [--numpy 1.26,2.0] [--runs N]

For every source distribution: CPU time (user + system) of `abicheck SDIST --numpy 1.26,2.0 -j1` over that of `clang-19 -fsyntax-only` of every unit
of C and C++ that abicheck finds there, with its arguments and the headers of each of those NumPys out of its wheel: where a unit fails with
one, abicheck reads it with another to tell whether NumPy is the reason. Where a header does not exist clang would stop; an empty one takes
its place, so that both read the same. Runs alternate, the minimum of each counts. Exit status 1 where the whole is
more than 1.5 times as much, 77 where something is missing.
"""
import json
import os
import shutil
import subprocess
import sys

from source_tools.clang import CYTHON, Clang, arguments, distributions, read_arguments

MOST = 1.5


def cpu_of(command, cwd=None):
    """CPU seconds, of children too, and standard output."""
    process = subprocess.Popen([str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        sys.exit(f"{' '.join(map(str, command))} failed")
    return usage.ru_utime + usage.ru_stime, output


def measure(sdist, folder, options):
    """Number of units, seconds of clang, seconds of abicheck."""
    scan = [options.abicheck, sdist, "--numpy", options.numpy, "-j1", "-f", "json"]
    sources = [source for source in json.loads(cpu_of([*scan, "-vv"])[1])["files"][0]["sources"] if not source["path"].endswith(CYTHON)]
    clang = Clang(folder, options)
    commands = []
    for source in sources:
        for include in options.headers.values():
            stubs = options.cache / "stubs" / folder.name / str(len(commands))
            clang.read_all(source["path"], source["arguments"], include, stubs)
            commands.append(clang.command(source["path"], source["arguments"], include, stubs))
    ours = theirs = float("inf")
    for _ in range(options.runs):
        theirs = min(theirs, sum(cpu_of(command, folder)[0] for command in commands))
        ours = min(ours, cpu_of(scan)[0])
    shutil.rmtree(options.cache / "stubs" / folder.name, ignore_errors=True)
    return len(sources), theirs, ours


def main():
    parser = arguments(__doc__, "benchmark_sources.tsv", "1.26,2.0")
    parser.add_argument("--runs", type=int, default=3)
    options = read_arguments(parser)
    all_theirs = all_ours = 0.0
    print(f"{'tree':34} {'units':>6} {'clang s':>9} {'abicheck s':>11} {'ratio':>6}")
    for name, sdist, folder in distributions(options):
        units, theirs, ours = measure(sdist, folder, options)
        if units == 0:
            print(f"{name:34} {units:6} {'':9} {ours:11.2f}", flush=True)
            continue
        all_theirs, all_ours = all_theirs + theirs, all_ours + ours
        print(f"{name:34} {units:6} {theirs:9.2f} {ours:11.2f} {ours / theirs:6.2f}", flush=True)
    if not all_theirs:
        return 77
    print(f"{'all':34} {'':6} {all_theirs:9.2f} {all_ours:11.2f} {all_ours / all_theirs:6.2f}")
    return 1 if all_ours > MOST * all_theirs else 0


if __name__ == "__main__":
    sys.exit(main())
