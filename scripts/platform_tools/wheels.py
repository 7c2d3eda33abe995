"""What a wheel's file name tells, and the names of its modules."""
import collections
import pathlib
import re

# Longest first; the rest of a platform tag is the machine.
SYSTEMS = [(re.compile(pattern), system) for pattern, system in [
    (r"manylinux\d+_", "linux"), (r"manylinux_\d+_\d+_", "linux"), (r"linux_", "linux"), (r"musllinux_\d+_\d+_", "musl"),
    (r"macosx_\d+_\d+_", "macos")]]
ILP32_ALIGNED = {"win32", "linux_armv6l", "linux_armv7l", "musl_armv7l"}
REFERENCE = "linux_x86_64"


def platform_of(tag):
    """`manylinux_2_17_aarch64` -> `linux_aarch64`."""
    for pattern, system in SYSTEMS:
        if found := pattern.match(tag):
            return f"{system}_{tag[found.end():]}"
    return tag


def platform_of_all(tags):
    """One name for a wheel's tags: the wheel for several machines is called after all of them."""
    platforms = {platform_of(tag) for tag in tags.split(".")}
    if len(platforms) == 1:
        return platforms.pop()
    several = {"macos_universal2", "macos_intel"} & platforms
    return several.pop() if several else "macos_intel" if platforms <= {"macos_x86_64", "macos_i386"} else sorted(platforms)[0]


class Wheel(collections.namedtuple("Wheel", "path name version python abi platform")):
    @property
    def release(self):
        return self.name, self.version

    @property
    def free_threaded(self):
        return self.abi.endswith("t")

    @property
    def python_number(self):
        """cp310 -> (3, 10)"""
        found = re.match(r"[a-z]+(\d)(\d*)", self.python)
        return (int(found[1]), int(found[2] or 0)) if found else (0, 0)

    @property
    def data_model(self):
        """The name of abi_db/README.md."""
        if self.platform.endswith("i686"):
            model = "ilp32_aligned_315" if self.python_number >= (3, 15) else "ilp32"
        elif self.platform in ILP32_ALIGNED:
            model = "ilp32_aligned_315" if self.python_number >= (3, 15) else "ilp32_aligned"
        else:
            model = "llp64" if self.platform.startswith("win") else "lp64"
        return model + "t" * self.free_threaded


def read_name(path):
    """None when the name is not a wheel's."""
    path = pathlib.Path(path)
    parts = path.name[: -len(".whl")].split("-")
    if path.suffix != ".whl" or len(parts) not in (5, 6):
        return None
    name = re.sub(r"[-_.]+", "-", parts[0]).lower()
    return Wheel(str(path), name, parts[1], parts[-3].split(".")[-1], parts[-2].split(".")[-1], platform_of_all(parts[-1]))


def same_python(one, other):
    return (one.python, one.free_threaded) == (other.python, other.free_threaded)


def nearest(wheel, candidates):
    """The build that `wheel` is compared with: of the same Python, or else of the nearest."""
    def distance(candidate):
        (major, minor), (other_major, other_minor) = wheel.python_number, candidate.python_number
        return (not same_python(wheel, candidate), wheel.free_threaded != candidate.free_threaded,
                100 * abs(major - other_major) + abs(minor - other_minor), wheel.abi.rstrip("mut") != candidate.abi.rstrip("mut"),
                candidate.path)
    return min(candidates, key=distance, default=None)


def module_name(member):
    """`foo-1.data/platlib/foo/_core.cp310-win_amd64.pyd` -> `foo._core`; None for libraries that lie beside the modules."""
    parts = member.split("/")
    if len(parts) > 2 and parts[0].endswith(".data") and parts[1] in ("platlib", "purelib"):
        parts = parts[2:]
    if any(part.endswith((".libs", ".dylibs", ".dSYM")) or part == ".libs" for part in parts[:-1]) or not parts[-1].endswith((".so", ".pyd")):
        return None
    return ".".join([*parts[:-1], parts[-1].split(".")[0]])
