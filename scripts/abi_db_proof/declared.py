"""What a compiler reads in two sets of headers: its syntax tree, its macros, and its verdict on every use of a name.

The two sets are NumPy's own and those made from declarations.json. Everything is asked of clang in the same words.
"""
import pathlib
import re
import subprocess

# These define everyday words, which other headers use.
LAST = ("numpy/npy_3kcompat.h", "numpy/old_defines.h", "numpy/oldnumeric.h", "numpy/noprefix.h")
FIRST = ("numpy/arrayobject.h", "numpy/ufuncobject.h", "numpy/arrayscalars.h")
# Values that the wheel's build measured; the declarations have the compiler's own for them.
MEASURED = re.compile(r"NPY_SIZEOF_\w+")
TOKEN = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\w+|<<=?|>>=?|\+\+|--|->|&&|\|\||##|[-+*/%&|^=!<>]=|\S""")
PLACE = re.compile(r"<invalid sloc>|<scratch space>:\d+:\d+|<built-in>:\d+:\d+|<command line>:\d+:\d+|(?:line|col|[^\s<>,:]+):\d+(?::\d+)?")
DIAGNOSTIC = re.compile(r"(.*?):(\d+):\d+: (error|fatal error|warning): (.*)")


class Side:
    """One set of headers, in a folder."""

    def __init__(self, folder, python_include):
        self.folder, self.python = pathlib.Path(folder), python_include

    def headers(self):
        names = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.h"))
        return [name for name in FIRST if name in names] + [n for n in names if n not in FIRST + LAST] + [n for n in LAST if n in names]

    def run(self, compiler, defines, source, *mode, file="-"):
        """(standard output, standard error); `source` is a text, or None for a file."""
        command = [*compiler, "-fno-color-diagnostics", "-fno-caret-diagnostics", "-ferror-limit=0", "-fmacro-backtrace-limit=1", *defines,
                   "-I", str(self.folder), "-I", self.python, *mode, str(file)]
        done = subprocess.run(command, input=source, capture_output=True, text=True, errors="replace")
        return done.stdout, done.stderr

    def diagnostics(self, *arguments, **named):
        return self.read_diagnostics(self.run(*arguments, "-fsyntax-only", **named)[1])

    def read_diagnostics(self, text):
        """{(place, kind, text)}; places in NumPy's headers are without lines, since a generated header has others."""
        found = set()
        for line in text.splitlines():
            match = DIAGNOSTIC.fullmatch(line)
            if match:
                inside = match[1].startswith(str(self.folder))
                place = match[1].removeprefix(str(self.folder)) + ("" if inside else ":" + match[2])
                found.add((place, match[3], " ".join(self.without_lines(match[4]).split())))
        return found

    def without_lines(self, text):
        """A type without a name is named for the place of its declaration."""
        return re.sub(re.escape(str(self.folder)) + r"(/[\w./]+):\d+:\d+", r"\1", text)


def includes(names):
    return "#include <Python.h>\n" + "".join(f"#include <{name}>\n" for name in names)


def together(side, compiler, defines):
    """The headers that may be included together: those are left out that themselves say that they are not to be included."""
    names = [name for name in side.headers() if not pathlib.PurePath(name).name.startswith("_")]
    while True:
        failing = {place.lstrip("/") for place, kind, _ in side.diagnostics(compiler, defines, includes(names)) if kind != "warning"}
        if not failing & set(names):
            return names
        names = [name for name in names if name not in failing]


def tree(side, compiler, defines, names):
    """The syntax tree without places and comments; libdivide.h has __LINE__ in it."""
    text = side.run(compiler, [*defines, "-D__LINE__=0"], includes(names), "-fsyntax-only", "-w", "-Xclang", "-ast-dump")[0]
    lines, skipped = [], None
    for line in text.splitlines():
        depth = len(re.match(r"[ |`-]*", line)[0])
        if skipped is not None and depth > skipped:
            continue
        node = line[depth:]
        skipped = depth if node.startswith("FullComment") else None
        if skipped is None:
            node = PLACE.sub("", re.sub(r"\b0x[0-9a-f]{6,}\b", "", node))
            node = re.sub(r" (?:prev|parent)\b|<[ ,<>]*>", "", node)
            lines.append(" " * depth + " ".join(node.split()))
    return lines


def macros(side, compiler, defines, names):
    """{name with parameters: tokens}"""
    found = {}
    for line in side.run(compiler, defines, includes(names), "-E", "-dM", "-w")[0].splitlines():
        match = re.match(r"#define (\w+(?:\([^)]*\))?) ?(.*)", line)
        found[match[1].replace(" ", "")] = TOKEN.findall(match[2])
    return found


def probes(names):
    """Lines that use a name in every way in which a source may, whatever its kind is: an error tells how it should be used."""
    for name in names:
        word = name.replace(".", "_")
        if name.endswith(".h"):
            continue
        if "." in name:
            struct, _, member = name.partition(".")
            yield f"extern __typeof__((({struct} *)0)->{member}) abicheck_is_type_{word};"
            yield f"enum {{ abicheck_is_at_{word} = (long long)__builtin_offsetof({struct}, {member}) }};"
            continue
        yield f"extern __typeof__({name}) abicheck_is_type_{word};"
        yield f"enum {{ abicheck_is_value_{word} = (long long)({name}) }};"
        yield f"enum {{ abicheck_is_size_{word} = sizeof({name}) }};"
        yield f"PyObject *abicheck_statement_{word}(void) {{ {name}; return 0; }}"
        for count in range(3):
            yield f"void abicheck_call_{word}_{count}(void) {{ {name}({', '.join('0' for _ in range(count))}); }}"


def what_probes_say(side, compiler, defines, lines, names):
    """(diagnostics of the lines, types and values of what they declare)."""
    source = includes(names) + '#line 1 "abicheck"\n' + "\n".join(lines) + "\n"
    dump, said = side.run(compiler, defines, source, "-fsyntax-only", "-Xclang", "-ast-dump", "-Xclang", "-ast-dump-filter=abicheck_is_")
    facts, current = set(), ""
    for line in dump.splitlines():
        declared = re.search(r"(?:VarDecl|FunctionDecl|EnumConstantDecl) .*?(abicheck_is_\w+) '([^']*)'(?::'([^']*)')?", line)
        if declared:
            current = declared[1]
            facts.add((current, side.without_lines(declared[3] or declared[2])))
        value = re.search(r"value: Int (-?\d+)", line)
        if value and current:
            facts.add((current, value[1]))
    return side.read_diagnostics(said), facts
