"""All facts of one release, in the shape of abi_db/numpy-X.Y.json, and where each comes from."""
import functools
import pathlib
import re

from . import Changed, binaries, headers as h, names, overlay, shims, slots
from .artefacts import Members, minor_of, version_key

TYPES = {"numpy.dtype": "PyArray_Descr", "numpy.ndarray": "PyArrayObject", "numpy.ufunc": "PyUFuncObject",
         "numpy.flatiter": "PyArrayIterObject", "numpy.broadcast": "PyArrayMultiIterObject",
         **{f"numpy.{name}": "PyObject" for name in binaries.TYPES[5:]}}
STRUCTS = ("PyArray_Descr PyArray_DescrProto _PyArray_LegacyDescr PyArray_ArrFuncs PyArrayObject PyArrayObject_fields PyUFuncObject "
           "PyArrayIterObject PyArrayMultiIterObject bitgen_t").split()
TEMPLATES = {"import_array": "numpy/__multiarray_api.h", "import_umath": "numpy/__ufunc_api.h"}
PATHS = {f"numpy.{core}.{module}": capsules for core in ("core", "_core") for module, capsules in
         {"multiarray": ("_ARRAY_API",), "umath": ("_UFUNC_API",), "_multiarray_umath": ("_ARRAY_API", "_UFUNC_API")}.items()}
LITERALS = r'(?:"(?:[^"\\]|\\.)*"|NPY_FEATURE_VERSION_STRING|[\s\\])+'


def hex_text(number):
    return f"0x{number:08x}"


def choose_wheels(artefacts):
    """{data model: wheel}, for each the newest CPython's."""
    platforms = {"lp64": r"(?:many)?linux\w*x86_64", "llp64": "win_amd64", "ilp32": r"(?:many)?linux\w*i686", "ilp32_aligned": "win32"}
    chosen = {}
    for artefact in artefacts:
        if artefact.is_sdist or not artefact.name.count("-cp"):
            continue
        pythons, abis, tags = artefact.tags
        for model, pattern in platforms.items():
            if re.match(pattern, tags[0]):
                number = int(pythons[0][3:] or 0) + 100 * int(pythons[0][2])
                name = model + ("_315" if number >= 315 and model == "ilp32_aligned" else "") + ("t" if abis[0].endswith("t") else "")
                chosen[name] = max(chosen.get(name, (0, None)), (number, artefact), key=lambda pair: pair[0])
    return {name: artefact for name, (_, artefact) in chosen.items()}


def models_of(releases):
    """The data models that a minor is described for, from the artefacts of its releases."""
    return sorted({*h.BASE_MODELS, *(model for artefacts in releases for model in choose_wheels(artefacts))})


class Release:
    """One NumPy release, read."""

    def __init__(self, release, artefacts, models, reviewed):
        self.release, self.artefacts, self.reviewed = release, artefacts, reviewed
        self.wheels = {model: Members(artefact) for model, artefact in choose_wheels(artefacts).items()}
        if "lp64" not in self.wheels:
            raise Changed(f"NumPy {release} has no wheel for 64-bit Linux")
        self.wheel = self.wheels["lp64"]
        self.core = "numpy/_core" if version_key(release) >= (2,) else "numpy/core"
        self.headers = h.Headers(release, self._header_files())
        self.models = models
        self.sources = {}
        self.slots = {table: slots.slots_in_headers(self.headers, table) for table in slots.TABLES}

    def _header_files(self):
        folder = next((f for f in ("numpy/_core/include/", "numpy/core/include/") if any(n.startswith(f) for n in self.wheel.names())), None)
        if folder is None:
            raise Changed(f"the wheel of NumPy {self.release} has no headers where they have always been")
        self.include = folder
        return {name.removeprefix(folder): self.wheel.read(name) for name in self.wheel.names()
                if name.startswith(folder) and name.endswith((".h", ".inc"))}

    def _took(self, key, *members, wheel=None):
        rows = self.sources.setdefault(key, [])
        rows.extend(row for row in ((wheel or self.wheel).source(member) for member in members) if row not in rows)

    def _took_headers(self, key, *names):
        self._took(key, *(self.include + name for name in names))

    def facts(self):
        self._versions()
        structs = ("numpy/ndarraytypes.h", "numpy/ufuncobject.h")
        for key in ("compiled_sizes", "layouts"):
            self._took_headers(key, *structs)
        facts = {
            "abi_version": hex_text(self.abi),
            "api_version": hex_text(self.api),
            "default_target": hex_text(self.default_target),
            "target_policy": self._target_policy(),
            "target_macros": {name: hex_text(value) for name, value in sorted(self.macros.items(), key=lambda m: version_key(m[0]))},
            "api_names": self._api_names(),
            "table_lengths": {table: max(rows) + 1 for table, rows in self.slots.items()},
            **{name: self._template(name) for name in TEMPLATES},
            "import_paths": self._import_paths(),
            "shims": self._shims(),
            "runtime_sizes": self._runtime_sizes(),
            "compiled_sizes": self._compiled_sizes(),
            "layouts": self._layouts(),
            "random": self._random(),
            "dtype_api": self._dtype_api(),
        }
        self._took_headers("table_lengths", *(name for name, _ in slots.TABLES.values()))
        return facts

    def _versions(self):
        config = "numpy/_numpyconfig.h" if "numpy/_numpyconfig.h" in self.headers.texts else "numpy/numpyconfig.h"
        read = self.headers.values({"abi": "NPY_ABI_VERSION", "api": "NPY_API_VERSION", "default": "NPY_FEATURE_VERSION"})
        self.abi, self.api, self.default_target = read["abi"], read["api"], read["default"]
        defined = re.findall(r"#\s*define\s+(NPY_\d+_\d+_API_VERSION)\s", self.headers.texts["numpy/numpyconfig.h"])
        self.macros = self.headers.values({name: name for name in defined}) if defined else {}
        for key in ("abi_version", "api_version"):
            self._took_headers(key, config)
        for key in ("default_target", "target_macros", "target_policy", "api_names"):
            self._took_headers(key, "numpy/numpyconfig.h")

    def _feature(self, setting):
        return self.headers.values({"it": "NPY_FEATURE_VERSION"}, setting)["it"]

    def _target_policy(self):
        values = sorted(set(self.macros.values()) | {self.api})
        honoured = self._feature(h.Setting(target=values[0])) == values[0] and values[0] != self.api
        said = {value: list(self.headers.diagnostics(h.Setting(target=value))) for value in values} if honoured else {}
        silent = [value for value in values if not said.get(value) and value <= self.api]
        above = list(self.headers.diagnostics(h.Setting(target=self.api + 1))) if honoured else []
        below = said.get(values[0], [])
        self.targets = silent if honoured else []
        line = lambda found: f"{found[0][0]}: {found[0][1]}" if found else None
        return {"honoured": honoured, "lowest": hex_text(silent[0]) if honoured else None, "below_lowest": line(below), "above_api": line(above),
                "undefined_name": hex_text(self._feature(h.Setting(macros=("-DNPY_TARGET_VERSION=NPY_99_9_API_VERSION",))))}

    def _api_names(self):
        names_of = {}
        if self.headers.text_of("NPY_FEATURE_VERSION_STRING") is not None:
            for value in sorted(set(self.macros.values())):
                names_of[hex_text(value)] = self.headers.text_of("NPY_FEATURE_VERSION_STRING", h.Setting(target=value))
        return names_of

    def _template(self, macro):
        """What the text of _import_array() or _import_umath() says, in its order; conditional parts are taken as they stand."""
        name = TEMPLATES[macro]
        self._took_headers(macro, name)
        text = self.headers.texts[name]
        body = re.search(rf"\n_{macro}\(void\)\n(\{{.*?\n\}})", text, re.S)
        shown = re.search(rf"#define {macro}\(\).*?PyExc_ImportError,\s*\\?\s*\"([^\"]*)\"", text, re.S)
        if not body or not shown:
            raise Changed(f"{name} of NumPy {self.release} writes {macro} in an unknown form")
        paths = list(dict.fromkeys(re.findall(r'PyImport_ImportModule\("([^"]*)"\)', body[1])))
        messages = []
        calls = len(re.findall(r"PyErr_(?:Set|Format)", body[1]))
        for kind, literals in re.findall(rf"PyErr_(?:SetString|Format)\(\s*PyExc_(\w+),\s*({LITERALS})", body[1]):
            literals = literals.replace("NPY_FEATURE_VERSION_STRING", '"{target}"')
            messages.append({"type": kind, "text": "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))})
        if not paths or len(messages) != calls or len(re.findall(r"[Ii]mport\w*\(", body[1])) != len(re.findall(r"PyImport_ImportModule\(", body[1])):
            raise Changed(f"_{macro}() of NumPy {self.release} imports or raises in an unknown form")
        return {"paths": paths, "messages": messages, "macro_message": shown[1]}

    def _import_paths(self):
        states = {}
        for path, capsules in PATHS.items():
            stem = path.replace(".", "/")
            compiled = [n for n in self.wheel.names() if re.fullmatch(re.escape(stem) + r"(\.[\w-]+)*\.(so|pyd)", n)]
            script = stem + ".py" if stem + ".py" in self.wheel.names() else None
            for capsule in capsules:
                state = "absent"
                if compiled:
                    state = "works"
                elif script:
                    self._took("import_paths", script)
                    state = overlay.state_of(self.reviewed, self.release, script, self.wheel.read(script), capsule)
                states[f"{path}.{capsule}"] = state
        self.sources.setdefault("import_paths", [self.wheel.source(self.include + "numpy/__multiarray_api.h")])
        return dict(sorted(states.items()))

    def _shims(self):
        files = (shims.REFUSING, shims.WARNING)
        if not all(name in self.wheel.names() for name in files):
            self._took_headers("shims", "numpy/numpyconfig.h")
            return {}
        self._took("shims", *files)
        return shims.texts(self.release, *(self.wheel.read(name) for name in files))

    def _sizes(self, setting, types=TYPES):
        return self.headers.values({name: f"sizeof({struct})" for name, struct in types.items()}, setting)

    def _runtime_sizes(self):
        sizes = {}
        # Some structs are larger inside NumPy than it tells others.
        internal = "NPY_INTERNAL_BUILD" in self.headers.texts["numpy/ndarraytypes.h"]
        for model in self.models:
            declared = self._sizes(h.Setting(model=model, target=self.api if self.targets else None, internal=internal))
            measured, sources = binaries.sizes_in(self.wheels[model]) if model in self.wheels else ({}, [])
            for name, size in measured.items():
                if declared.get(name, size) != size:
                    raise Changed(f"{name} of NumPy {self.release} has {size} bytes in the {model} wheel, {declared[name]} by its headers")
            if model in self.wheels and set(TYPES) - set(measured):
                raise Changed(f"the {model} wheel of NumPy {self.release} has no type object for {min(set(TYPES) - set(measured))}")
            self.sources.setdefault("runtime_sizes", []).extend(sources)
            for name, size in {**declared, **measured}.items():
                sizes.setdefault(name, {})[model] = size
        self._took_headers("runtime_sizes", "numpy/ndarraytypes.h", "numpy/ufuncobject.h")
        return {name: dict(sorted(sizes[name].items())) for name in sorted(sizes)}

    def _by_target(self, **setting):
        """{type: {model: {lowest target: size}}}"""
        table = {name: {} for name in sorted(TYPES)}
        for model in self.models:
            previous = {}
            for target in self.targets or [None]:
                read = self._sizes(h.Setting(model=model, target=target, **setting))
                for name in TYPES:
                    if previous.get(name) != read[name]:
                        table[name].setdefault(model, {})[hex_text(target or self.api)] = read[name]
                previous = read
        return table

    def _compiled_sizes(self):
        self._check_pxd()
        plain = self._by_target()
        other = {"c++": self._by_target(cplusplus=True), "no_deprecated_api": self._by_target(no_deprecated_api=True)}
        return {"c": plain, **{key: {name: rows for name, rows in table.items() if rows != plain[name]} for key, table in other.items()}}

    def _check_pxd(self):
        """Cython checks the types that NumPy's own declarations name; a new one needs a row in TYPES."""
        for name in ("numpy/__init__.pxd", "numpy/__init__.cython-30.pxd"):
            if name in self.wheel.names():
                self._took("compiled_sizes", name)
                for type_name, struct in re.findall(r"ctypedef class numpy\.(\w+) \[object (\w+)", self.wheel.read(name).decode()):
                    if TYPES.get(f"numpy.{type_name}") != struct:
                        raise Changed(f"{name} of NumPy {self.release} declares numpy.{type_name} as {struct}")

    def _structs(self, setting):
        wanted = [name for name in ("numpy/random/bitgen.h",) if name in self.headers.texts]
        unit = self.headers.checked(setting, [*h.FIRST[1:], *wanted])
        found = {name: h.struct_of(unit, name) for name in STRUCTS}
        return {name: h.layout_of(struct) for name, struct in found.items() if struct is not None}

    def _layouts(self):
        if "numpy/random/bitgen.h" in self.headers.texts:
            self._took_headers("layouts", "numpy/random/bitgen.h")
        highest = self.targets[-1] if self.targets else None
        layouts = {}
        for model in self.models:
            for struct, fields in self._structs(h.Setting(model=model, target=highest)).items():
                for field, place in fields.items():
                    layouts.setdefault(struct, {}).setdefault(field, {})[model] = list(place)
        if "PyArrayObject_fields" in layouts:
            layouts.pop("PyArrayObject", None)
        for target, above in reversed(list(zip(self.targets, self.targets[1:]))):
            lower = self._structs(h.Setting(target=target))
            for struct, fields in layouts.items():
                for field, places in fields.items():
                    if field not in lower.get(struct, {}):
                        places.setdefault("min_target", hex_text(above))
        return dict(sorted(layouts.items()))

    def _random(self):
        pxd = sorted(n for n in self.wheel.names() if re.fullmatch(r"numpy/random/\w+\.pxd", n))
        capsule = None
        sdist = self.sdist
        self._took("random", *pxd)
        for name in ("numpy/random/bit_generator.pyx", "numpy/random/_bit_generator.pyx"):
            if sdist and name in sdist.names():
                found = re.search(r'const char \*name = "(\w+)"', sdist.read(name).decode())
                if not found:
                    raise Changed(f"{name} of NumPy {self.release} names its capsule in an unknown form")
                capsule = found[1]
                self._took("random", name, wheel=sdist)
        if not self.sources["random"]:
            self._took_headers("random", "numpy/numpyconfig.h")
        return {"capsule": capsule, "pxd": pxd}

    def _dtype_api(self):
        files = [n for n in ("numpy/dtype_api.h", "numpy/experimental_dtype_api.h", "numpy/_dtype_api.h") if n in self.headers.texts]
        found = sorted({m for n in files for m in re.findall(r"(?m)^\s*#\s*define (_?NPY_(?:DT|METH|CONSTANT)_\w+)[ (]", self.headers.texts[n])})
        numbers = {}
        if files:
            self._took_headers("dtype_api", *files)
            include = [n for n in files if not pathlib.PurePath(n).name.startswith("_")]
            stated = re.search(r"#\s*define (__EXPERIMENTAL_DTYPE_(?:API_)?VERSION) ", "".join(self.headers.texts[n] for n in files))
            versions = {"experimental_version": stated[1]} if stated else {}
            setting = h.Setting(target=self.api if self.targets else None)
            numbers = self.headers.values({**versions, **{name: name for name in found}}, setting, [*h.FIRST[1:], *include])
        self.sources.setdefault("dtype_api", [self.wheel.source(self.include + "numpy/numpyconfig.h")])
        return numbers

    def names(self):
        kinds = {name: kind for rows in self.slots.values() for name, kind, _ in rows.values()}
        self._took_headers("names", *sorted(self.headers.texts))
        return names.public_names(self.headers, self.targets, kinds)

    @functools.cached_property
    def sdist(self):
        """The source distribution; None of the few releases that have none."""
        found = [a for a in self.artefacts if a.is_sdist]
        # A .zip can be read member by member.
        return Members(max(found, key=lambda a: a.name.endswith(".zip"))) if found else None

    def check_source(self):
        """The build files of the source distribution must say what the headers in the wheel do."""
        sdist = self.sdist
        if sdist is None:
            return
        generators = f"{self.core}/code_generators/numpy_api.py"
        if generators not in sdist.names():
            raise Changed(f"the source distribution of NumPy {self.release} has no {generators}")
        named = slots.slots_in_source(sdist.read(generators).decode())
        for table, rows in self.slots.items():
            slots.compare(self.release, table, rows, named[table])
        stated = re.compile(r"(C_A[BP]I_VERSION) = '?(0x[0-9a-fA-F]+)")
        builds = {n: dict(stated.findall(sdist.read(n).decode())) for n in (f"{self.core}/setup_common.py", f"{self.core}/meson.build") if n in sdist.names()}
        builds = {name: said for name, said in builds.items() if len(said) == 2}
        if not builds:
            raise Changed(f"the build files of NumPy {self.release} do not state C_ABI_VERSION and C_API_VERSION where they did")
        for build, said in builds.items():
            if (int(said["C_ABI_VERSION"], 16), int(said["C_API_VERSION"], 16)) != (self.abi, self.api):
                raise Changed(f"{build} of NumPy {self.release} states other versions than its headers")
        self._took("slots", generators, wheel=sdist)
        for key in ("abi_version", "api_version"):
            self._took(key, *builds, wheel=sdist)

    def entry(self):
        """Its row in `releases`."""
        tags = {}
        for artefact in self.artefacts:
            if not artefact.is_sdist:
                pythons, abis, platforms = artefact.tags
                for python in pythons:
                    tags.setdefault(abis[0] if abis[0].endswith("t") else python, set()).update(platforms)
        metadata = f"numpy-{self.release}.dist-info/METADATA"
        classified = re.findall(r"Programming Language :: Python :: (\d\.\d+)\s", self.wheel.read(metadata).decode())
        tagged = [f"{tag[2]}.{tag[3:].rstrip('t')}" for tag in tags if re.fullmatch(r"cp\d{2,}t?", tag)]
        reviewed = self.reviewed["python"].get(minor_of(self.release), {"python": []})["python"]
        return {
            "version": self.release,
            "date": min(a.date for a in self.artefacts),
            "python": sorted({*classified, *tagged, *reviewed}, key=version_key),
            "wheels": {tag: sorted(tags[tag]) for tag in sorted(tags, key=lambda t: (t[:2], version_key(t), t))},
            "headers": {"artefact": self.wheel.artefact.name, "member": self.include, "sha256": self.headers.digest},
        }
