#!/usr/bin/env python3
"""Fix the sources of fixes/*/before and compare with fixes/*/after; a case without "after" must stay as it is.

usage: test_fixes.py [--update] [CASE]...     --update writes the folders "after", to be reviewed as code

Of every case: what --diff shows makes, given to patch -p1, what --fix makes; --fix again changes nothing; what stays the same does so
byte for byte. A compiler then reads both with the headers of NumPy 1.26, 2.0 and 2.5: before, the sources compile with 1.26 and not
with all the others, unless the case is listed below; after, with all three.
"""
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import sysconfig
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "release"
ABICHECK = os.environ.get("ABICHECK", BUILD / "abicheck")
HEADERS = os.environ.get("ABICHECK_HEADERS", BUILD / "tests" / "abicheck_headers")
NUMPYS = ("1.26.4", "2.0.2", "2.5.0")
TARGETS = "2.0,2.5"
SUFFIXES = (".c", ".cpp", ".h")
# What compiles with NumPy 2 too, and means something else there; what nobody can fix for the user.
COMPILE_BEFORE = {"axis"}
STAY_BROKEN = {"untouched", "generated", "unimported", "unreachable_header"}
STRICT = ["-Wall", "-Werror=format", "-Werror=int-conversion", "-Werror=incompatible-pointer-types", "-Werror=implicit-function-declaration",
          "-Wno-unused-function"]


class Problems:
    def __init__(self):
        self.count = self.wrong = 0

    def check(self, holds, what):
        self.count += 1
        if not holds:
            self.wrong += 1
            print(what)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, **more)


def texts(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES}


def compiles(compilers, folder, headers):
    for path in sorted(folder.rglob("*")):
        compiler = compilers.get(path.suffix)
        if compiler is None:
            continue
        done = run(*compiler, "-fsyntax-only", *STRICT, "-I", headers, "-I", sysconfig.get_paths()["include"], path)
        if done.returncode:
            return False, done.stderr.decode(errors="replace")
    return True, ""


def fix(folder):
    return run(ABICHECK, "--fix", "--numpy", TARGETS, "--exit-zero", folder.name, cwd=folder.parent)


def test_case(case, temporary, compilers, headers, problems, update):
    tree = temporary / case.name
    shutil.copytree(case / "before", tree)
    before = texts(tree)
    shown = run(ABICHECK, "--diff", "--numpy", TARGETS, tree.name, cwd=temporary)
    problems.check(texts(tree) == before, f"{case.name}: --diff changed a file")
    patched = temporary / "patched" / case.name
    shutil.copytree(tree, patched)
    if shown.stdout:
        done = run("patch", "-p1", "--no-backup-if-mismatch", "--binary", cwd=patched.parent, input=shown.stdout)
        problems.check(done.returncode == 0, f"{case.name}: patch does not take the diff: {done.stdout.decode()}")
    said = fix(tree)
    after = texts(tree)
    problems.check(after == texts(patched), f"{case.name}: --diff shows something else than --fix does")
    problems.check(shown.returncode == (1 if after != before else 0), f"{case.name}: --diff ended with {shown.returncode}")
    problems.check((b"fixed " in said.stderr) == (after != before), f"{case.name}: --fix said {said.stderr.decode()!r}")
    fix(tree)
    problems.check(texts(tree) == after, f"{case.name}: --fix again changed something")
    if update and after != before:
        shutil.rmtree(case / "after", ignore_errors=True)
        shutil.copytree(tree, case / "after", ignore=shutil.ignore_patterns(".clang-format"))
    wanted = texts(case / "after") if (case / "after").is_dir() else before
    for name in sorted(wanted.keys() | after.keys()):
        if wanted.get(name) != after.get(name):
            problems.check(False, f"{case.name}: {name} is not as expected:\n{after.get(name, b'').decode(errors='replace')}")
    for release in NUMPYS:
        old_fine, old_message = compiles(compilers, case / "before", headers[release])
        fine, message = compiles(compilers, tree, headers[release])
        if release.startswith("1."):
            problems.check(old_fine, f"{case.name}: before, it does not compile with NumPy {release}:\n{old_message}")
            problems.check(fine, f"{case.name}: fixed, it does not compile with NumPy {release}:\n{message}")
        elif case.name not in STAY_BROKEN:
            problems.check(fine, f"{case.name}: fixed, it does not compile with NumPy {release}:\n{message}")
            if release == NUMPYS[-1]:
                problems.check(old_fine == (case.name in COMPILE_BEFORE), f"{case.name}: before, it compiles with NumPy {release}: {old_fine}")


def test_files(temporary, problems):
    """A file behind a link, with a mode of its own; a header that two trees share; an archive."""
    source = (HERE / "fixes" / "crlf" / "before" / "demo.c").read_bytes()
    folder = temporary / "files"
    folder.mkdir()
    real = folder / "real.c"
    real.write_bytes(source)
    real.chmod(0o640)
    link = folder / "link.c"
    link.symlink_to(real.name)
    run(ABICHECK, "--fix", "--numpy", TARGETS, link)
    problems.check(link.is_symlink() and real.read_bytes() != source, "the file behind a link was not fixed")
    problems.check(stat.S_IMODE(real.stat().st_mode) == 0o640, "the mode of a fixed file changed")
    problems.check(sorted(path.name for path in folder.iterdir()) == ["link.c", "real.c"], "--fix left a file behind")
    real.write_bytes(source)
    real.chmod(0o440)
    if os.geteuid() != 0:
        run(ABICHECK, "--fix", "--numpy", TARGETS, real)
        problems.check(real.read_bytes() == source, "a file that may not be written was fixed")

    tree = temporary / "demo-1.0"
    shutil.copytree(HERE / "fixes" / "header" / "before", tree)
    (tree / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    archive = temporary / "demo-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tree, arcname="demo-1.0")
    packed = archive.read_bytes()
    said = run(ABICHECK, "--fix", "--numpy", TARGETS, archive)
    problems.check(b"archives are not changed" in said.stderr and archive.read_bytes() == packed, f"--fix of an archive said {said.stderr!r}")
    shown = run(ABICHECK, "--diff", "--numpy", TARGETS, archive)
    problems.check(shown.returncode == 1 and shown.stdout.count(b"\n+++ b/") == 2, f"--diff of an archive showed {shown.stdout!r}")
    done = run("patch", "-p1", "--no-backup-if-mismatch", cwd=temporary, input=shown.stdout)
    problems.check(done.returncode == 0, f"patch does not take the diff of an archive: {done.stdout.decode()}")
    problems.check(texts(tree) == texts(HERE / "fixes" / "header" / "after"), "--diff of an archive shows something else than of a folder")


def main():
    compiler = next((name for name in ("clang-19", "clang") if shutil.which(name)), None)
    python = pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not pathlib.Path(ABICHECK).with_name("abicheck-sources").exists() or not compiler or not python.exists() or not shutil.which("patch"):
        print("this needs the source scanner, clang, patch and Python.h")
        return 77
    compilers = {".c": [compiler, "-std=gnu11"], ".cpp": [compiler, "-x", "c++", "-std=c++17"]}
    only = [word for word in sys.argv[1:] if not word.startswith("-")]
    problems = Problems()
    with tempfile.TemporaryDirectory(prefix="abicheck-") as temporary:
        temporary = pathlib.Path(temporary)
        (temporary / "patched").mkdir()
        headers = {release: temporary / f"numpy-{release}" for release in NUMPYS}
        for release, folder in headers.items():
            subprocess.run([HEADERS, release, folder], check=True)
        for case in sorted(path for path in (HERE / "fixes").iterdir() if path.is_dir() and (not only or path.name in only)):
            test_case(case, temporary, compilers, headers, problems, "--update" in sys.argv)
        test_files(temporary, problems)
    print(f"{problems.count} checks, {problems.wrong} wrong")
    return 1 if problems.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
