"""Compilers of this machine, also for other data models, and what their user may choose."""
import dataclasses
import shutil
import subprocess

EVERY_ERROR = {"gcc": ("-fmax-errors=0", "-fno-diagnostics-show-caret", "-ftrack-macro-expansion=0"),
               "clang": ("-ferror-limit=0", "-fno-caret-diagnostics", "-fmacro-backtrace-limit=1", "-fno-spell-checking")}


@dataclasses.dataclass(frozen=True)
class Compiler:
    name: str
    command: tuple
    language: str  # c, c++
    model: str  # as abi_db/README.md names data models

    @property
    def family(self):
        return "clang" if "clang" in self.command[0] else "gcc"

    def flags(self, loud=False):
        """loud: with the warnings that headers write themselves."""
        standard = ("-x", "c++", "-std=gnu++14") if self.language == "c++" else ("-x", "c", "-std=gnu11")
        return (*self.command, *standard, "-fno-diagnostics-color", *(() if loud else ("-w",)), *EVERY_ERROR[self.family])


def native_compilers(model="lp64"):
    names = (("gcc", "c"), ("g++", "c++"), ("clang", "c"), ("clang++", "c++"))
    return [Compiler(name, (name,), language, model) for name, language in names if shutil.which(name)]


# MSVC's long double is double; the free-threaded models come from -DPy_GIL_DISABLED and a Python.h of 3.13.
FOREIGN = (("gcc -m32", "g++ -m32", "ilp32"), ("x86_64-w64-mingw32-gcc -mlong-double-64", "x86_64-w64-mingw32-g++ -mlong-double-64", "llp64"),
           ("i686-w64-mingw32-gcc -mlong-double-64", "i686-w64-mingw32-g++ -mlong-double-64", "ilp32_aligned"))


def foreign_compilers():
    """(compilers of other data models that really compile, what is missing)."""
    found, missing = [], []
    for c, cplusplus, model in FOREIGN:
        for text, language in ((c, "c"), (cplusplus, "c++")):
            compiler = Compiler(text, tuple(text.split()), language, model)
            try:
                done = subprocess.run([*compiler.flags(), "-S", "-o", "-", "-"], input="#include <stdlib.h>\n", capture_output=True, text=True)
                problem = done.stderr.strip().splitlines()[:1] if done.returncode else None
            except FileNotFoundError:
                problem = ["not installed"]
            if problem is None:
                found.append(compiler)
            else:
                missing.append(f"{text} ({model}): {(problem or ['does not compile'])[0]}")
    return found, missing


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a user may choose when compiling."""

    target: str = ""  # the text of NPY_TARGET_VERSION
    no_deprecated_api: bool = False
    free_threaded: bool = False

    def __str__(self):
        return (self.target or "default target") + ", no deprecated API" * self.no_deprecated_api

    def defines(self):
        chosen = [f"-DNPY_TARGET_VERSION={self.target}"] if self.target else []
        chosen += ["-DNPY_NO_DEPRECATED_API=NPY_API_VERSION"] if self.no_deprecated_api else []
        return chosen + (["-DPy_GIL_DISABLED=1"] if self.free_threaded else [])
