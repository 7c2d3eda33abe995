"""The machines that modules are built for: which compilers make them, and how they are linked.

Nothing is run, so that no machine needs its Python or a C library beyond what its compiler brings. macOS and MSVC have no
free headers: clang compiles for them against the few declarations in sources/bare, and LLD links without a system library.
"""
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import threading

from . import CACHE, SOURCES, NotBuilt, run

# Standard headers of machines without a C library: each is sources/bare.h.
BARE = ("assert complex ctype errno inttypes intrin io math pthread setjmp signal stdio stdlib string sys/stat sys/time sys/types time unistd "
        "termios wchar wctype").split()


@dataclasses.dataclass(frozen=True, eq=False)
class Machine:
    name: str
    arch: str  # as the report names it
    bits: int
    format: str  # elf, pe, macho
    headers: str  # native, foreign: whether NumPy's and CPython's headers of this machine suit
    compilers: dict  # family to its command

    @property
    def suffix(self):
        return ".pyd" if self.format == "pe" else ".so"

    @property
    def model(self):
        """Its data model, as abi_db/README.md names it."""
        if self.bits == 64:
            return "llp64" if self.format == "pe" else "lp64"
        return "ilp32" if self.name == "i686" else "ilp32_aligned"

    @property
    def bare(self):
        """Has no C library."""
        return self.format == "macho" or self.name.endswith("msvc")

    @functools.lru_cache(maxsize=None)
    def here(self):
        """The families that are installed."""
        return [family for family, command in self.compilers.items() if shutil.which(command[0])]

    def command(self, family, cplusplus=False):
        first, *rest = self.compilers[family]
        if cplusplus:
            first = first.replace("gcc", "g++") if "gcc" in first else first.replace("clang", "clang++")
        options = ["-ffreestanding", "-nostdlibinc", f"-I{bare_headers()}", "-fno-stack-protector"] if self.bare else []
        return [first, *rest, *options, "-w", *([] if self.format == "pe" else ["-fPIC"])]


def elf(name, arch, bits, triple, headers="foreign", **extra):
    gcc = "gcc" if name == "x86_64" else f"{triple}-gcc"
    compilers = {"gcc": (gcc,), "clang": ("clang", f"--target={triple}"), **extra}
    return Machine(name, arch, bits, "elf", headers, compilers)


# Debian has the kernel's headers there; the package that links them to /usr/include conflicts with the cross compilers.
AFTER = ("-idirafter", "/usr/include/x86_64-linux-gnu")
MACHINES = [
    elf("x86_64", "x86_64", 64, "x86_64-linux-gnu", "native"),
    elf("i686", "i686", 32, "i686-linux-gnu", gcc=("gcc", "-m32", *AFTER), clang=("clang", "-m32", *AFTER)),
    elf("aarch64", "aarch64", 64, "aarch64-linux-gnu"),
    elf("armhf", "armv7l", 32, "arm-linux-gnueabihf", clang=("clang", "--target=armv7-linux-gnueabihf")),
    elf("armhf-arm", "armv7l", 32, "arm-linux-gnueabihf", gcc=("arm-linux-gnueabihf-gcc", "-marm"),
        clang=("clang", "--target=armv7-linux-gnueabihf", "-marm")),
    elf("ppc64le", "ppc64le", 64, "powerpc64le-linux-gnu"),
    elf("s390x", "s390x", 64, "s390x-linux-gnu"),
    elf("riscv64", "riscv64", 64, "riscv64-linux-gnu"),
    # MSVC's long double is double.
    Machine("mingw64", "x86_64", 64, "pe", "foreign", {"gcc": ("x86_64-w64-mingw32-gcc", "-mlong-double-64")}),
    Machine("mingw32", "i686", 32, "pe", "foreign", {"gcc": ("i686-w64-mingw32-gcc", "-mlong-double-64")}),
    Machine("msvc", "x86_64", 64, "pe", "foreign", {"clang": ("clang", "--target=x86_64-pc-windows-msvc")}),
    Machine("macos-x86_64", "x86_64", 64, "macho", "foreign", {"clang": ("clang", "--target=x86_64-apple-macos11")}),
    Machine("macos-arm64", "arm64", 64, "macho", "foreign", {"clang": ("clang", "--target=arm64-apple-macos11")}),
]
BY_NAME = {machine.name: machine for machine in MACHINES}


LIBRARIES = threading.Lock()


def tool(name):
    """An LLVM tool, which Debian installs under its version's name."""
    for found in (name, *(f"{name}-{version}" for version in range(22, 13, -1))):
        if shutil.which(found):
            return found
    raise NotBuilt(f"{name} is not installed")


def link(machine, family, cplusplus, objects, output, init, python, flags, folder):
    if machine.format == "elf":
        linker = ["-fuse-ld=lld"] if family == "clang" and machine.headers != "native" and machine.name != "s390x" else []
        if family == "clang" and machine.name in ("s390x", "riscv64"):
            # clang 14 compiles for them; GNU's driver knows where their libraries are.
            command = [machine.compilers["gcc"][0].replace("gcc", "g++") if cplusplus else machine.compilers["gcc"][0]]
            linker = []
        else:
            command = machine.command(family, cplusplus)
        run([*command, *linker, "-shared", *flags, "-o", output, *objects])
    elif machine.name.endswith("msvc"):
        library = import_library(python, machine, folder)
        run([tool("lld-link"), "/dll", "/noentry", "/nodefaultlib", f"/export:{init}", "/opt:ref", "/timestamp:0", f"/out:{output}", *objects, library])
    elif machine.format == "pe":
        run([*machine.command(family, cplusplus), "-shared", "-static-libgcc", "-Wl,--no-insert-timestamp", *flags,
             "-o", output, *objects, import_library(python, machine, folder)])
    else:
        arch = machine.arch
        run([tool("ld64.lld"), "-bundle", "-undefined", "dynamic_lookup", "-arch", arch, "-platform_version", "macos", "11.0", "11.0",
             "-dead_strip", "-o", output, *objects])


def import_library(python, machine, folder):
    with LIBRARIES:
        return _import_library(python, machine, folder)


def _import_library(python, machine, folder):
    """What a linker for Windows needs of the Python DLL: its names, as this machine's own Python has them."""
    path = folder / f"python{python.version.replace('.', '')}-{machine.name}.{'lib' if machine.bare else 'a'}"
    if not path.exists():
        definition = path.with_suffix(f".{os.getpid()}.def")
        lines = [name + (" DATA" if data else "") for name, data in python_names(python.path)]
        definition.write_text(f"LIBRARY python{python.version.replace('.', '')}.dll\nEXPORTS\n" + "\n".join(lines) + "\n")
        partial = path.with_suffix(f".{os.getpid()}")
        if machine.bare:
            run([tool("llvm-dlltool"), "-m", "i386:x86-64", "-d", definition, "-l", partial])
        else:
            run([machine.compilers["gcc"][0].replace("gcc", "dlltool"), "-d", definition, "-l", partial])
        partial.replace(path)
        definition.unlink()
    return path


@functools.lru_cache(maxsize=None)
def bare_headers():
    folder = CACHE / "bare"
    for name in BARE:
        path = folder / f"{name}.h"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#include "{SOURCES / "bare.h"}"\n')
    return folder


@functools.lru_cache(maxsize=None)
def python_names(path):
    """(name, is it data) of all that a CPython exports."""
    program = pathlib.Path(path).resolve()
    libraries = [program, *program.parent.parent.glob("lib/libpython3.*.so*")]
    texts = [run(["nm", "-D", "--defined-only", library]) for library in libraries]
    found = re.findall(r"^\w+ ([A-Za-z]) (_?Py\w+)", "\n".join(texts), re.M)
    if not found:
        raise NotBuilt(f"{path} has no symbol table")
    return sorted({(name, kind not in "TtWw") for kind, name in found if kind.isupper()})
