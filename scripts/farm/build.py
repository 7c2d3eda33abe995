"""One module of the farm: a source, the headers of a NumPy, a machine, a compiler and its options; built once, kept by a
hash of all that it depends on."""
import dataclasses
import functools
import hashlib
import json
import pathlib
import re
import tempfile

from . import SOURCES, machines, run
from .generators import Generated, generated
from .sources import BY_NAME
from .truth import probe_text, read_probe, slots_of, truth_of

KEEP = 3  # a change of what is kept


@dataclasses.dataclass(frozen=True)
class Config:
    source: str
    minor: str
    machine: str
    family: str = "gcc"
    level: str = "-O2"
    target: str = ""  # the text of NPY_TARGET_VERSION
    extra: tuple = ()  # -flto, -fno-plt, -fvisibility=hidden, -s

    @property
    def name(self):
        """The name of the module, which names all of it."""
        target = "_" + re.sub(r"NPY_(\w+)_API_VERSION", r"for\1", self.target).replace("_", "") if self.target else ""
        extra = "".join("_" + re.sub(r"\W", "", word[2:] if word.startswith("-f") else word) for word in self.extra)
        return f"{self.source}_np{self.minor.replace('.', '')}{target}_{self.family}_{self.level[1:]}{extra}"

    def as_option(self):
        return ":".join([self.source, self.minor, self.machine, self.family, self.level, self.target, " ".join(self.extra)])

    @staticmethod
    def of_option(text):
        *fields, extra = (text.split(":") + [""] * 7)[:7]
        return Config(*fields, tuple(extra.split()))


@functools.lru_cache(maxsize=None)
def tool_chain(command):
    return run([command[0], "--version"]).splitlines()[0]


@functools.lru_cache(maxsize=None)
def texts(files):
    return hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in files)).hexdigest()


class Farm:
    def __init__(self, store):
        self.store = store
        self.folder = store.cache / "modules"

    def build(self, config):
        """(path of the module, its truth)."""
        machine, source = machines.BY_NAME[config.machine], BY_NAME[config.source]
        headers = self.store.headers(config.minor, machine)
        folder = self.folder / self.digest(config, machine, source, headers)
        path = folder / (config.name + machine.suffix)
        if not folder.exists():
            self.make(config, machine, source, headers, folder)
        measured = {"checks": [], **json.loads((folder / "measured.json").read_text())}
        measured["ufunc_api"] = b"_UFUNC_API\0" in path.read_bytes()
        truth = truth_of(config, machine, source, headers, measured, lambda target: self.store.runtime_sizes(target, machine.model))
        return path, json.loads(json.dumps(truth))  # as a file would give it back

    def has(self, config):
        """Is it in the cache?"""
        machine, source = machines.BY_NAME[config.machine], BY_NAME[config.source]
        return (self.folder / self.digest(config, machine, source, self.store.headers(config.minor, machine))).exists()

    @staticmethod
    def digest(config, machine, source, headers):
        """A name of all that the module depends on."""
        own = (*(file for file, _ in source.files), "farm.h", *(["bare.h"] * machine.bare))
        known = [config.as_option(), source.files, headers.release, headers.python.path, machine.command(config.family, source.cplusplus),
                 *source.tool, *["-DNDEBUG"][: len(source.tool)], tool_chain(machine.compilers[config.family]), texts(own), KEEP]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:24]

    def make(self, config, machine, source, headers, folder):
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            temporary = pathlib.Path(temporary)
            measured = self.compile(config, machine, source, headers, temporary)
            made, name = temporary / "made", config.name + machine.suffix
            made.mkdir()
            (temporary / name).rename(made / name)
            (made / "measured.json").write_text(json.dumps(measured))
            if not folder.exists():  # another process may have been faster
                made.rename(folder)

    def compile(self, config, machine, source, headers, folder):
        made = Generated(list(source.files), [])
        if source.tool:
            made = generated(source, headers, self.store, config.name)
            # As modules are built for others; and no path of this machine in them.
            made.flags.extend(["-DNDEBUG", f"-ffile-prefix-map={self.store.cache}=farm"])
        target = [f"-DNPY_TARGET_VERSION={config.target}"] if config.target else []
        linking = [word for word in config.extra if word in ("-s", "-flto")]
        flags = [config.level, *[word for word in config.extra if word != "-s"], *target, *made.flags, f"-DFARM_MODULE={config.name}"]
        objects = [self.object(machine, config, file, defines, [*flags, *headers.flags()], folder / f"{i}.o") for i, (file, defines) in enumerate(made.files)]
        machines.link(machine, config.family, source.cplusplus, objects, folder / (config.name + machine.suffix), "PyInit_" + config.name,
                      headers.python, [config.level, *linking], self.store.cache)
        if not source.numpy:
            return {"values": {}, "slots": None, "checks": []}
        return {"values": self.values(config, machine, source, headers, flags, folder), "slots": self.slots(config, machine, made, headers, flags, folder),
                "checks": made.checks}

    def object(self, machine, config, file, defines, flags, output):
        command = machine.command(config.family, str(file).endswith("pp"))
        run([*command, *flags, *defines, "-c", SOURCES / file, "-o", output])
        return output

    def values(self, config, machine, source, headers, flags, folder):
        """What the compiler itself says of sizes and versions, with the flags of the module."""
        suffix = ".cpp" if source.cplusplus else ".c"
        probe = folder / ("probe" + suffix)
        probe.write_text(probe_text())
        output = folder / "probe.o"
        flags = [word for word in flags if word != "-flto"]
        self.object(machine, config, probe, (), [*flags, *headers.flags(), f"-I{SOURCES}"], output)
        return read_probe(output.read_bytes())

    def slots(self, config, machine, made, headers, flags, folder):
        """{table: {"uses": slots, "import": slots}} of the code that survives compiling."""
        flags, found = [word for word in flags if word != "-flto"], []
        for i, (file, defines) in enumerate(made.files):
            output = self.object(machine, config, file, defines, [*flags, *headers.flags(slots=True)], folder / f"slots{i}.o")
            found.append(run([machines.tool("llvm-nm"), "--undefined-only", output]))
        return slots_of("\n".join(found))
