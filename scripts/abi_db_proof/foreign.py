"""NumPy's and CPython's headers for a machine other than the one that they were configured on."""
import pathlib
import re
import shutil
import tempfile

from .headers import Headers


class ForeignHeaders(Headers):
    """Copies of NumPy's and CPython's headers for a machine other than the one that they were configured on."""

    SIZES = {"SHORT": "__SIZEOF_SHORT__", "INT": "__SIZEOF_INT__", "LONG": "__SIZEOF_LONG__", "LONG_LONG": "__SIZEOF_LONG_LONG__",
             "VOID_P": "__SIZEOF_POINTER__", "SIZE_T": "__SIZEOF_SIZE_T__", "UINTPTR_T": "__SIZEOF_POINTER__", "FLOAT": "__SIZEOF_FLOAT__",
             "DOUBLE": "__SIZEOF_DOUBLE__", "LONG_DOUBLE": "__SIZEOF_LONG_DOUBLE__", "WCHAR_T": "__SIZEOF_WCHAR_T__",
             "PTHREAD_T": "__SIZEOF_POINTER__", "TIME_T": "8", "OFF_T": "8"}
    NUMPY = {"LONGLONG": "LONG_LONG", "PY_LONG_LONG": "LONG_LONG", "LONGDOUBLE": "LONG_DOUBLE", "PY_INTPTR_T": "VOID_P",
             "INTP": "VOID_P", "UINTP": "VOID_P"}

    def __init__(self, include, python_include, configured):
        """configured: NumPy's headers are of a build for that machine, and only CPython's have to be adapted."""
        self.folder = tempfile.TemporaryDirectory(prefix="abicheck-")
        root = pathlib.Path(self.folder.name)
        python, include = pathlib.Path(python_include), pathlib.Path(include)
        self.python = root / "python"
        self.python.mkdir()
        for path in python.iterdir():
            if path.name != "pyconfig.h":
                (self.python / path.name).symlink_to(path)
        (self.python / "pyconfig.h").write_text(self._pyconfig((python / "pyconfig.h").read_text()))
        self.include = include
        if not configured:
            self.include = root / "include"
            shutil.copytree(include, self.include)
            for name in ("_numpyconfig.h", "numpyconfig.h"):
                path = self.include / "numpy" / name
                if path.exists():
                    path.write_text(self._numpyconfig(path.read_text()))
        super().__init__(self.include, self.python)

    def _pyconfig(self, text):
        more = [f"#undef SIZEOF_{name}\n#define SIZEOF_{name} {value}" for name, value in self.SIZES.items()]
        for macro in re.findall(r"#define (HAVE_\w+_H) 1", text):
            header = macro[5:-2].lower()
            header = re.sub(r"^(sys|net|netinet|arpa|linux)_", r"\1/", header) + ".h"
            more.append(f"#if !__has_include(<{header}>)\n#undef {macro}\n#endif")
        # Say of Windows only what the sizes depend on: its own Python.h would ask for Visual C++.
        more.append("#ifdef _WIN32\n#undef HAVE_CLOCK_GETTIME\n#undef HAVE_DYNAMIC_LOADING\n#endif")
        return text.replace("#endif /*Py_PYCONFIG_H*/", "") + "\n" + "\n".join(more) + ("\n#endif\n" if "#endif /*Py_PYCONFIG_H*/" in text else "\n")

    def _numpyconfig(self, text):
        def value(match):
            name = self.NUMPY.get(match[2], match[2])
            if name.startswith("COMPLEX_"):
                base = name[len("COMPLEX_"):]
                return f"{match[1]} (2 * {self.SIZES[self.NUMPY.get(base, base)]})"
            return f"{match[1]} {self.SIZES.get(name, match[3])}"

        text = re.sub(r"(#define NPY_SIZEOF_(\w+)) (\S+)", value, text)
        return re.sub(r"(#define NPY_HAVE_ENDIAN_H 1)", r"#if __has_include(<endian.h>)\n\1\n#endif", text)
