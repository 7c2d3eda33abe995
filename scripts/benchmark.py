#!/usr/bin/env python3
"""How much a whole scan costs beside the least that any scan must do, as ratios measured side by side.

usage: benchmark.py [--runs N] [WHEEL...]
For every wheel: CPU time (user + system) of `abicheck WHEEL --numpy 2.0 -j1` over that of tests/benchmark/reference.cpp,
which maps the wheel, inflates its native members and checks their CRCs; and peak memory against three times the largest
member plus 32 MB a thread. Runs alternate, the minimum of each counts. Without wheels: those of tests/benchmark/wheels.tsv.
"""
import argparse
import os
import pathlib
import subprocess
import sys

from user_cache import CACHE

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"


def run(command):
    """CPU seconds, peak resident megabytes, standard output."""
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        sys.exit(f"{' '.join(map(str, command))} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output


def wheels_of_list():
    folder = CACHE / "wheels"
    listing = ROOT / "tests" / "benchmark" / "wheels.tsv"
    subprocess.run([sys.executable, ROOT / "scripts" / "fetch_wheels.py", listing, folder], check=True)
    lines = [line.split("\t") for line in listing.read_text().splitlines() if line and not line.startswith("#")]
    return [folder / line[2] for line in lines]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=7)
    arguments.add_argument("wheels", nargs="*", type=pathlib.Path)
    options = arguments.parse_args()
    program, reference = BUILD / "abicheck", BUILD / "tests" / "abicheck_reference"
    print(f"{'wheel':44} {'floor ms':>9} {'scan ms':>9} {'ratio':>6}   {'peak MB':>8} {'allowed':>8} {'of it':>6}")
    for wheel in options.wheels or wheels_of_list():
        floor = scan = float("inf")
        for _ in range(options.runs):
            seconds, _, output = run([reference, wheel])
            floor = min(floor, seconds)
            seconds, peak, _ = run([program, wheel, "--numpy", "2.0", "-j1"])
            scan = min(scan, seconds)
        allowed = 3 * int(output) / 2**20 + 32
        print(f"{wheel.name[:44]:44} {floor * 1e3:9.1f} {scan * 1e3:9.1f} {scan / floor:6.2f}   {peak:8.1f} {allowed:8.1f} {peak / allowed:6.2f}")
    start = min(run([program, "--version"])[0] for _ in range(options.runs))
    print(f"--version: {start * 1e3:.1f} ms of CPU")


if __name__ == "__main__":
    main()
