"""Real source distributions, and what clang says of their units with the headers of real NumPys."""
import argparse
import hashlib
import json
import os
import pathlib
import posixpath
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import fetch_sdists
from abi_db_proof.database import Database, key
from abi_db_proof.numpys import NotReached, fetch, include_of, unpacked
from user_cache import CACHE

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = SCRIPTS.parent
CPLUSPLUS = (".cpp", ".cc", ".cxx", ".C", ".c++")
CYTHON = (".pyx", ".pxd", ".pxi")
ERROR = re.compile(r"(?P<file>[^\n]*?):(?P<line>\d+):\d+: (?P<level>fatal error|error): (?P<text>.*)")
INCLUDED = re.compile(r"(?:In file included|\s+) from (?P<file>[^\n]*?):(?P<line>\d+)[:,]")
MISSING = re.compile(r"'([^']+)' file not found")


def arguments(description, listing, numpys):
    """A parser with the options of every script that asks clang: which distributions, where things are kept, which NumPys."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these of the list")
    parser.add_argument("--list", type=pathlib.Path, default=SCRIPTS / listing, help="default: %(default)s")
    parser.add_argument("--cache", type=lambda text: pathlib.Path(text).resolve(), default=CACHE / "sources", help="default: %(default)s")
    parser.add_argument("--abicheck", type=pathlib.Path, default=os.environ.get("ABICHECK", ROOT / "build/release/abicheck"), help="default: %(default)s")
    parser.add_argument("--numpy", default=numpys, help="minors; default: %(default)s")
    parser.add_argument("--clang", default="clang-19", help="default: %(default)s")
    return parser


def read_arguments(parser, older=()):
    """The options, with `minors`, and `headers` of these and of `older`; exit status 77 where something cannot be had."""
    options = parser.parse_args()
    options.minors = options.numpy.split(",")
    if not shutil.which(options.clang):
        skip(f"{options.clang} is missing")
    database = Database(ROOT / "abi_db")
    try:
        options.headers = {minor: numpy_headers(minor, database, options.cache) for minor in (*options.minors, *older)}
    except NotReached as problem:
        skip(problem)
    return options


def skip(why):
    print(f"SKIPPED: {why}", file=sys.stderr)
    sys.exit(77)


def distributions(options):
    """(name and version, the archive, the folder it is unpacked in) of each that is asked for and could be had; says which could not."""
    options.problems = fetch_sdists.fetch_all(options.list, options.cache / "sdists", options.names)
    for problem in options.problems:
        print(f"SKIPPED: {problem}", file=sys.stderr)
    for name, version, file, digest in fetch_sdists.entries(options.list):
        sdist = options.cache / "sdists" / file
        if (options.names and name not in options.names) or not sdist.exists():
            continue
        folder = options.cache / "unpacked" / digest[:16]
        unpack(sdist, folder)
        yield f"{name} {version}", sdist, folder


def numpy_headers(minor, database, cache):
    """The folder that holds numpy/ of the newest release of a minor."""
    release = [version for version in database.releases if version.rsplit(".", 1)[0] == minor][-1]
    where = cache / "numpy" / release
    if not where.exists():
        tag, names = next((tag, names) for tag, names in database.releases[release][1]["wheels"].items()
                          if any("linux" in name and "x86_64" in name for name in names))
        abi = tag + "m" * (tag[2] == "3" and key(tag[2] + "." + tag[3:]) < (3, 8))
        platforms = sorted({each for name in names for each in name.split(".") if "linux" in each and "x86_64" in each})
        wheel = fetch(release, f"{tag[2]}.{tag[3:]}", [abi] + [tag + "mu", tag + "m"] * (tag[2] == "2"), platforms, cache / "wheels")
        if wheel is None:
            raise NotReached(f"NumPy {release} has no wheel for {tag}")
        unpacked(wheel, where, r"numpy/_?core/include/.*")
    return include_of(where)


def unpack(sdist, folder):
    if folder.exists():
        return
    staged = folder.with_suffix(".part")
    shutil.rmtree(staged, ignore_errors=True)
    if sdist.suffix == ".zip":
        zipfile.ZipFile(sdist).extractall(staged)
    else:
        with tarfile.open(sdist) as tar:
            tar.extractall(staged, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(staged)
    staged.rename(folder)


class Clang:
    """What clang says of units of one unpacked source distribution."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.stubs = options.cache / "stubs" / folder.name

    def error_lines(self, unit, arguments, minor):
        """{(file, line): [message]} where clang finds errors; those inside of NumPy's headers belong to the user's line that includes them."""
        include = self.options.headers[minor]
        text = "\0".join([self.folder.name, unit, *arguments, minor, str(include), "1"])
        kept = self.options.cache / "said" / (hashlib.sha256(text.encode()).hexdigest()[:24] + ".json")
        if kept.exists():
            return {(file, line): messages for file, line, messages in json.loads(kept.read_text())}
        stubs = self.stubs / kept.stem
        lines = self.read_all(unit, arguments, include, stubs)
        shutil.rmtree(stubs, ignore_errors=True)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([[*line, messages] for line, messages in sorted(lines.items())]))
        return lines

    def read_all(self, unit, arguments, include, stubs):
        """The lines with errors; leaves an empty file in `stubs` for every header that does not exist."""
        lines = {}
        for _ in range(200):
            found, missing = self.run(unit, arguments, include, stubs)
            lines |= found
            if missing is None or posixpath.isabs(missing):
                break
            name = pathlib.Path(posixpath.normpath(stubs / missing))
            if not name.is_relative_to(stubs):  # "../config.h": beside a folder that must be there
                name = stubs / "up" / posixpath.basename(missing)
            if name.exists():
                break
            name.parent.mkdir(parents=True, exist_ok=True)
            name.write_text("")
        return lines

    def command(self, unit, arguments, include, stubs):
        compiler = [self.options.clang] + (["--driver-mode=g++"] if unit.endswith(CPLUSPLUS) else [])
        return [*compiler, "-fsyntax-only", "-w", "-ferror-limit=0", "-fno-caret-diagnostics", "-fno-color-diagnostics", "-Xclang",
                "-fno-diagnostics-use-presumed-location", f"-I{include}", *arguments, f"-idirafter{stubs}", f"-idirafter{stubs}/up", unit]

    def run(self, unit, arguments, include, stubs):
        done = subprocess.run(self.command(unit, arguments, include, stubs), cwd=self.folder, capture_output=True, text=True, errors="replace")
        if done.returncode < 0 or done.returncode > 1:
            raise RuntimeError(f"{unit}: clang ended with {done.returncode}: {done.stderr[-300:]}")
        found, missing, stack = {}, None, []
        stacks = {}
        for line in done.stderr.splitlines():
            if match := INCLUDED.match(line):
                stack.append((match["file"], int(match["line"])))
                continue
            if match := ERROR.match(line):
                file = match["file"]
                if stack:
                    stacks[file] = stack
                place = (file, int(match["line"]))
                if self.inside(file, include):
                    place = next((one for one in reversed(stacks.get(file, [])) if not self.inside(one[0], include)), place)
                if match["level"] == "fatal error" and (name := MISSING.search(match["text"])):
                    missing = name[1]
                    if not missing.startswith("numpy/"):
                        stack = []
                        continue
                found.setdefault((self.relative(place[0]), place[1]), []).append(match["text"])
            stack = []
        return found, missing

    @staticmethod
    def inside(file, include):
        return posixpath.normpath(file).startswith(f"{include}/numpy/")

    def relative(self, file):
        file = posixpath.normpath(posixpath.join(self.folder, file))
        return posixpath.relpath(file, self.folder) if file.startswith(f"{self.folder}/") else file
