"""What a compiler makes of NumPy's headers.

Everything is compiled against a real Python.h, nothing is linked or run. A number comes out of the compiler as an operand in
its assembler output, so that also a compiler for another machine can be asked. Whether a name is declared is told by which
lines of a file with one declaration a line have an error.
"""
import pathlib
import re
import subprocess

CORE = ("numpy/arrayobject.h", "numpy/ufuncobject.h", "numpy/arrayscalars.h")
# What a public header says when it is not meant to be included by users, or not any more.
REFUSAL = re.compile(r"error: .*(must be first among|[Nn]ever include|is deprecated as of)")
# These define everyday words, which other headers use.
LAST = ("numpy/npy_3kcompat.h", "numpy/old_defines.h", "numpy/oldnumeric.h", "numpy/noprefix.h")


class Headers:
    """An include folder of NumPy and one of CPython, as one compiler after another sees them."""

    def __init__(self, include, python_include):
        self.include, self.python = pathlib.Path(include), pathlib.Path(python_include)
        self._together = {}

    def public(self):
        """All headers whose name says that they are public, in an order in which they may stand together."""
        names = [path.relative_to(self.include).as_posix() for path in self.include.rglob("*.h")]
        names = sorted(name for name in names if not pathlib.PurePath(name).name.startswith("_"))
        first = [name for name in CORE if name in names]
        last = [name for name in LAST if name in names]
        return first + [name for name in names if name not in first + last] + last

    def mention(self, word):
        return any(word in path.read_text(errors="replace") for path in self.include.rglob("*.h"))

    def together(self, compiler, setting):
        """Public headers that may be included together: all but those that refuse it by an #error of their own."""
        known = compiler.name, setting.no_deprecated_api
        if known not in self._together:
            names = self.public()
            while (done := self.run(compiler, setting, names, "", "-fsyntax-only")).returncode:
                refusing = [name for name in names if any(name + ":" in line and REFUSAL.search(line) for line in done.stderr.splitlines())]
                if not refusing:
                    raise RuntimeError("the headers do not compile together:\n" + done.stderr[:3000])
                names = [name for name in names if name not in refusing]
            self._together[known] = names
        return self._together[known]

    def own(self, path):
        """The name of NumPy's header at this path; None when it is another's."""
        root = f"{self.include}/"
        return path[len(root):] if path.startswith(root) else None

    def run(self, compiler, setting, includes, text, *mode, output="-", loud=False):
        """Compile a file of these includes and this text, as `mode` tells the compiler."""
        source = "#include <Python.h>\n" + "".join(f'#include "{name}"\n' for name in includes) + '#line 1 "abicheck"\n' + text + "\n"
        command = [*compiler.flags(loud), *setting.defines(), "-I", str(self.include), "-I", str(self.python)]
        if not {"-E", "-aux-info"} & set(mode):
            # Preprocessed on its own, so that no error is reported at a macro's definition.
            done = subprocess.run([*command, "-E", "-o", "-", "-"], input=source, capture_output=True, text=True, errors="replace")
            if done.returncode:
                return done
            source = done.stdout
        return subprocess.run([*command, *mode, "-o", output, "-"], input=source, capture_output=True, text=True, errors="replace")

    def macros(self, compiler, setting, includes):
        """{macro: its text} after the includes."""
        done = self.run(compiler, setting, includes, "", "-dM", "-E")
        return dict(re.findall(r"^#define (\w+)(?:\([^)]*\))? ?(.*)$", done.stdout, re.M))

    def slot_macros(self, compiler, setting):
        """{name: text} of the macros that lead into the tables, also of those that are defined anew later."""
        text = self.run(compiler, setting, CORE, "", "-dD", "-E").stdout
        return {name: value for name, value in re.findall(r"^#define (\w+) (.*)$", text, re.M) if re.search(r"\bPy(Array|UFunc)_API\b.*\[", value)}

    def own_macros(self, compiler, setting, includes):
        """{macro: header} of macros that NumPy's headers define and leave defined."""
        found, file = {}, ""
        for line in self.run(compiler, setting, includes, "", "-dD", "-E").stdout.splitlines():
            if match := re.match(r'# \d+ "([^"]*)"', line):
                file = match[1]
            elif match := re.match(r"#(define|undef) (\w+)", line):
                found.pop(match[2], None)
                if match[1] == "define" and self.own(file):
                    found[match[2]] = self.own(file)
        return found

    def expansions(self, compiler, setting, macros, includes=CORE[:1]):
        """{macro: what the preprocessor makes of it}."""
        text = "".join(f"abicheck_{i} = {name}\n" for i, name in enumerate(macros))
        values = re.findall(r"^abicheck_\d+ = (.*)$", self.run(compiler, setting, includes, text, "-E").stdout, re.M)
        return dict(zip(macros, values))

    def diagnostics(self, compiler, setting, includes=CORE[:2]):
        """["error: text", ...]: what the headers' own #error and #warning lines say, in order, each once."""
        done = self.run(compiler, setting, includes, "", "-E", output="/dev/null", loud=True)
        found = re.findall(r"(error|warning): (?:#error|#warning)?\s*(.*?)(?: \[-W.*\])?$", done.stderr, re.M)
        texts = [f"{kind}: " + re.sub(r'"\s*"', "", text).strip().strip('"') for kind, text in found]
        return list(dict.fromkeys(text for text in texts if "deprecated NumPy API" not in text))

    def constants(self, compiler, setting, expressions, includes, preamble=""):
        """{key: value} of {key: C text}; None for what does not compile."""
        keys, values = list(expressions), {}
        while keys:
            lines = [f'__asm__ volatile("\\n# abicheck {i} %c0 ." : : "i" ((long long)({expressions[key]})));' for i, key in enumerate(keys)]
            body = preamble + '\n#line 1 "abicheck"\nvoid abicheck_constants(void) {\n' + "\n".join(lines) + "\n}"
            done = self.run(compiler, setting, includes, body, "-S", "-O1")
            if done.returncode == 0:
                found = {int(i): int(value) for i, value in re.findall(r"# abicheck (\d+) \$?(-?\d+) \.", done.stdout)}
                return {**values, **{key: found.get(i) for i, key in enumerate(keys)}}
            bad = {line - 2 for line in self._error_lines(done.stderr)} & set(range(len(keys)))
            if not bad:
                raise RuntimeError(f"{compiler.name} does not compile the headers:\n" + done.stderr[:3000])
            values.update({keys[i]: None for i in bad})
            keys = [key for i, key in enumerate(keys) if i not in bad]
        return values

    @staticmethod
    def _error_lines(text):
        return [int(line) for line in re.findall(r"^abicheck:(\d+):(?:\d+:)? (?:fatal )?error:", text, re.M)]

    def compiling(self, compiler, setting, lines, includes):
        """{key: does its line compile} of {key: C declaration in one line}."""
        done = self.run(compiler, setting, includes, "\n".join(lines.values()), "-fsyntax-only")
        outside = [line for line in done.stderr.splitlines() if re.search(r": (fatal )?error:", line) and not line.startswith("abicheck:")]
        if outside:
            raise RuntimeError(f"{compiler.name} does not compile the headers: {outside[0]}")
        bad = set(self._error_lines(done.stderr))
        return {key: number not in bad for number, key in enumerate(lines, 1)}

    def strings_of(self, compiler, setting, function, text, includes):
        """Strings that a function uses, in the order of its code, each with the PyExc_ that stands beside it or None.

        Compiled without optimisation, so that code and strings are those of the source.
        """
        assembler = self.run(compiler, setting, includes, text, "-S", "-O0", "-fno-pic", "-fcf-protection=none").stdout
        literals = {}
        for label, data in re.findall(r'^(\.LC\d+):\n((?:\s+\.(?:ascii|string|asciz)\s+".*"\n)+)', assembler, re.M):
            literals[label] = "".join(_unescaped(part) for part in re.findall(r'\s"(.*)"$', data, re.M))
        body = re.search(rf"^{function}:\n(.*?)^\s+\.size\s+{function},", assembler, re.M | re.S)
        if not body:
            return []
        found, exception = [], None
        for token in re.findall(r"\$?(\.LC\d+)|\b(PyExc_\w+)|\b(call)\b", body[1]):
            if token[1]:
                exception = token[1]
            elif token[0] in literals:
                found.append([literals[token[0]], None])
            if token[2]:
                if exception and found:
                    found[-1][1] = exception.removeprefix("PyExc_")
                exception = None
        return [tuple(each) for each in found]


def _unescaped(text):
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")
