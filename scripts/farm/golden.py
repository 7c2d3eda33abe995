"""A compact set of the farm's modules, kept with their truth so that they need no compiler: one wheel and one JSON file a machine."""
import base64
import hashlib
import json
import zipfile

from . import NotBuilt, design, machines
from .build import Config
from .sources import C_SOURCES

LEVELS = ("-O2", "-O0", "-Os")
LEFT_OUT = ("handlers", "exec_null", "shared_forgotten", "missing")  # on machines other than the first, for their size
TAGS = {"x86_64": "linux_x86_64", "i686": "linux_i686", "aarch64": "linux_aarch64", "armhf": "linux_armv7l", "armhf-arm": "linux_armv7l", "ppc64le": "linux_ppc64le",
        "s390x": "linux_s390x", "riscv64": "linux_riscv64", "mingw64": "win_amd64", "mingw32": "win32", "msvc": "win_amd64",
        "macos-x86_64": "macosx_11_0_x86_64", "macos-arm64": "macosx_11_0_arm64"}
# On the first machine one of each generation, elsewhere the two ends.
GENERATED = {"plain_cython029": "1.19", "forgotten_cython32": "2.3", "subclass_cython30": "1.26", "declared_cython31": "2.0",
             "pybind11_29": "1.21", "pybind11_213": "2.1", "pybind11_212_only1": "1.26", "f2py": "1.26"}
ELSEWHERE = ("plain_cython029", "f2py")


def chosen(number, machine):
    """Every form on every machine; minors, levels and compilers go round, so that each meets each somewhere."""
    families = machine.here()
    first = number == 0
    extra = () if machine.bare else ("-s",)
    for i, source in enumerate(source for source in C_SOURCES if first or source.name not in LEFT_OUT):
        minor = design.MINORS[(i + number) % len(design.MINORS)] if source.oldest < (2, 0) else ("2.0", "2.5")[number % 2]
        yield Config(source.name, minor, machine.name, families[(i // 2 + number) % len(families)], LEVELS[(i + 2 * number) % 3], "", extra)
    for name, minor in GENERATED.items():
        if first or name in ELSEWHERE:
            yield Config(name, minor, machine.name, families[0], "-O2" if first else "-Os", "", extra)


def wheel(path, members):
    """Bytes that depend on the members alone."""
    name = path.name.split("-")[0]
    members = {**members, f"{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n".encode(),
               f"{name}-1.dist-info/WHEEL": f"Wheel-Version: 1.0\nGenerator: fixture_farm\nRoot-Is-Purelib: false\nTag: {'-'.join(path.stem.split('-')[2:])}\n".encode()}
    record = f"{name}-1.dist-info/RECORD"
    lines = [f"{member},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}" for member, data in members.items()]
    members[record] = ("\n".join([*lines, f"{record},,"]) + "\n").encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member, data in members.items():
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)


def write(farm, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for number, machine in enumerate(machines.MACHINES):
        members, truths = {}, {}
        for config in chosen(number, machine):
            if not machine.here() or not design.possible(config):
                continue
            try:
                path, truth = farm.build(config)
            except NotBuilt as problem:
                print(f"not built: {config.as_option()}: {str(problem).splitlines()[-1]}")
                continue
            members[path.name], truths[path.name] = path.read_bytes(), truth
        if not members:
            print(f"{machine.name}: no compiler, its files stay as they are")
            continue
        name = f"farm_{machine.name.replace('-', '_')}"
        made = folder / f"{name}-1-py3-none-{TAGS[machine.name]}.whl"
        wheel(made, members)
        lines = ",\n".join(f" {json.dumps(member)}: {json.dumps(truth, sort_keys=True)}" for member, truth in truths.items())
        (folder / f"{name}.json").write_text(f'{{"machine": "{machine.name}", "wheel": "{made.name}", "modules": {{\n{lines}\n}}}}\n')
        print(f"{machine.name}: {len(members)} modules, {made.stat().st_size} bytes")
    print(f"{sum(path.stat().st_size for path in folder.iterdir())} bytes in all")
    return 0
