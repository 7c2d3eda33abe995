#!/usr/bin/env python3
"""Make this checkout ready to run: system packages, LIEF and Capstone, the build, the example wheels.

usage: setup.py [--preset NAME] [--tests] [--sanitize]
Everything that is already there is left alone, so a second run takes a second. Works on Debian 12 and later, as root or
with sudo; elsewhere the packages below are expected to be installed.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

BUILD_PACKAGES = """build-essential cmake ninja-build pkg-config python3-pip ca-certificates nlohmann-json3-dev libfmt-dev
libzip-dev libdeflate-dev libarchive-dev libcli11-dev libssl-dev libtbb-dev libtomlplusplus-dev doctest-dev""".split()
# What sources are scanned with, and Python.h. Where the distribution does not have it, everything else is built all the same.
SCANNER_PACKAGES = "libclang-19-dev llvm-19-dev python3-dev".split()
TEST_PACKAGES = "clang-format clang-tidy clang-19 libclang-rt-19-dev python3-jsonschema".split()


def log(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **more):
    done = subprocess.run([str(part) for part in command], stdout=sys.stderr, **more)
    if done.returncode:
        sys.exit(f"setup: {' '.join(map(str, command[:5]))} failed")


def are_known(packages):
    return subprocess.run(["apt-cache", "show", *packages], capture_output=True).returncode == 0


def install_packages(packages, optional=()):
    """Those that are missing; of the optional ones all or none."""
    if not shutil.which("dpkg-query"):
        return
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *packages, *optional], capture_output=True, text=True)
    installed = {line.split()[0] for line in shown.stdout.splitlines() if line.endswith(" installed")}
    missing, wanted = ([package for package in some if package not in installed] for some in (packages, optional))
    if wanted and not missing and any(pathlib.Path("/var/lib/apt/lists").glob("*_Packages*")) and not are_known(wanted):
        return  # said the first time
    if not missing and not wanted:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    run([*sudo, "apt-get", "update", "-qq"])
    if wanted and not are_known(wanted):
        log("setup: this distribution has no " + " ".join(wanted) + ": sources will not be scanned")
        wanted = []
    if missing or wanted:
        log("setup: installing " + " ".join(missing + wanted))
        run([*sudo, *environment, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, *wanted])


def python_with_pip():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
            return python
    sys.exit("setup: no Python with pip; on Debian: apt-get install python3-pip")


def build(python, preset, tests, sanitize):
    prefixes = subprocess.run([python, ROOT / "scripts" / "dependencies.py"], stdout=subprocess.PIPE, text=True)
    if prefixes.returncode:
        sys.exit(prefixes.returncode)
    folder = ROOT / "build" / preset
    log(f"setup: building {folder.relative_to(ROOT)}")
    run(["cmake", "--preset", preset, f"-DCMAKE_PREFIX_PATH={prefixes.stdout.strip()}", f"-DABICHECK_TESTS={'ON' if tests else 'OFF'}",
         f"-DABICHECK_SANITIZER_TEST={'ON' if sanitize else 'OFF'}", "--log-level=WARNING"], cwd=ROOT)
    run(["cmake", "--build", folder], cwd=ROOT)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--preset", default="release")
    arguments.add_argument("--tests", action="store_true", help="also what the tests need")
    arguments.add_argument("--sanitize", action="store_true", help="with a test that builds and runs with sanitizers")
    options = arguments.parse_args()
    install_packages(BUILD_PACKAGES + (TEST_PACKAGES if options.tests else []), SCANNER_PACKAGES)
    python = python_with_pip()
    build(python, options.preset, options.tests, options.sanitize)
    run([python, ROOT / "scripts" / "fetch_wheels.py", ROOT / "examples" / "wheels.tsv", ROOT / "examples" / "wheels"])
    (ROOT / "build" / options.preset / "setup.stamp").touch()


if __name__ == "__main__":
    main()
