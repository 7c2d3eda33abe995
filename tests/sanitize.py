#!/usr/bin/env python3
"""Build with the address and undefined-behaviour sanitizers and run the unit tests, the bad-input tests and the example
wheels with that build. usage: sanitize.py CMAKE_PREFIX_PATH"""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "asan"


def run(*command, **more):
    print("+", *command, flush=True)
    done = subprocess.run([str(part) for part in command], cwd=ROOT, **more)
    if done.returncode:
        sys.exit(f"{command[0]} failed with {done.returncode}")


def main():
    run("cmake", "--preset", "asan", f"-DCMAKE_PREFIX_PATH={sys.argv[1]}", "--log-level=WARNING", stdout=subprocess.DEVNULL)
    run("cmake", "--build", BUILD, "--target", "abicheck", "abicheck_unit", stdout=subprocess.DEVNULL)
    environment = {**os.environ, "ABICHECK": str(BUILD / "abicheck"), "ASAN_OPTIONS": "detect_leaks=0:malloc_context_size=3"}
    run(BUILD / "tests" / "abicheck_unit", env=environment)
    run(sys.executable, ROOT / "tests" / "cli" / "test_bad_input.py", env=environment)
    run(sys.executable, ROOT / "tests" / "cli" / "test_cli.py", env=environment)
    run(sys.executable, ROOT / "tests" / "cli" / "test_database.py", env=environment)


if __name__ == "__main__":
    main()
