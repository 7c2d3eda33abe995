"""Which source files an extension module is made of, as far as setup.py, meson.build and CMakeLists.txt name them.

Nothing is run: the texts between the parentheses that declare a module, and what the variables in them stand for, name files. A
name is taken for a file of the tree when one path ends with it; of several the nearest to the build file.
"""
import ast
import fnmatch
import itertools
import posixpath
import re

SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".C", ".c++", ".cu", ".pyx", ".pyx.in", ".c.src", ".cpp.src")
DECLARES = {
    "meson.build": r"\bextension_module\s*\(",
    "CMakeLists.txt": r"\b(?:pybind11_add_module|nanobind_add_module|python_add_library|python_add_module|add_library|add_cython_target|target_sources)\s*\("}
WORD = re.compile(r"""['"]([^'"\n]+)['"]|([\w./*{}$+-]+)""")


def stem(path):
    return path.removesuffix(".in").removesuffix(".src").rsplit(".", 1)[0]


class Tree:
    """The files of a source distribution, path -> text."""

    def __init__(self, texts):
        self.texts = texts
        self.sources = [path for path in texts if path.endswith(SUFFIXES)]

    def files(self, name, beside):
        """The files that a build file in the folder `beside` means by a name or pattern."""
        name = posixpath.normpath(name)
        exact = posixpath.normpath(posixpath.join(beside, name))
        if "*" in name:
            return [path for path in self.sources if posixpath.dirname(path) == posixpath.dirname(exact) and fnmatch.fnmatch(path, exact)]
        if exact in self.sources:
            return [exact]
        ending = [path for path in self.sources if path.endswith("/" + name.lstrip("./"))]
        return [min(ending, key=lambda path: len(posixpath.relpath(path, beside or ".").split("/")))] if ending else []

    def modules(self):
        """[(module's name, as far as it is told, its source files)]"""
        for path, text in self.texts.items():
            base, beside = posixpath.basename(path), posixpath.dirname(path)
            if base in DECLARES:
                yield from self.declared(text, beside, DECLARES[base])
            elif base.endswith(".py") and "Extension" in text:
                yield from self.extensions(text, beside)

    # meson and CMake

    def declared(self, text, beside, pattern):
        text = re.sub(r"#.*", "", text)
        for match in re.finditer(pattern, text, re.I):
            words = self.words(parenthesis(text, match.end()))
            if words:
                yield words[0], self.named(words[1:], beside, lambda word: self.meaning(text, word))

    @staticmethod
    def words(text):
        return [one or other for one, other in WORD.findall(text)]

    def meaning(self, text, name):
        """The words that a variable was given: `name = files(...)`, `set(name ...)`."""
        name = name.removeprefix("${").removesuffix("}")
        if not re.fullmatch(r"\w+", name):
            return []
        found = []
        for match in re.finditer(rf"^\s*{name}\s*\+?=\s*(?:\w+\s*)?([(\[])|\b(?:set|list|file)\s*\((?:\s*(?:APPEND|GLOB\w*))?\s*{name}\s", text, re.M):
            found += self.words(parenthesis(text, match.end()))
        return found

    def named(self, words, beside, meaning):
        found, seen = [], set()
        words = list(words)
        while words:
            word = words.pop()
            if word in seen:
                continue
            seen.add(word)
            clean = re.sub(r"\$\{\w+\}/?", "", word)
            found += self.files(clean, beside) if clean.endswith(SUFFIXES) else []
            words += meaning(word)
        return found

    # setup.py

    def extensions(self, text, beside):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            return
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Module))]
        for function in reversed(functions):  # the innermost last in ast.walk's order
            for call in ast.walk(function):
                if is_extension(call) and not hasattr(call, "told"):
                    call.told = True
                    yield from self.extension(call, function, tree, beside)

    def extension(self, call, function, tree, beside):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        named = call.args[0] if call.args else keywords.get("name")
        sources = call.args[1] if len(call.args) > 1 else keywords.get("sources")
        names = [text for text in strings(named, [function, tree], set()) if not text.startswith("-")] if named is not None else []
        files = self.files_of(strings(sources, [function, tree], set()), beside) if sources is not None else []
        if not files and sum(is_extension(each) for each in ast.walk(function)) == 1:  # sources.append(...) in the function that makes it
            files = self.files_of(strings(function, [], set()), beside)
        yield (names[-1].replace("/", ".") if names else ""), files

    def files_of(self, texts, beside):
        return [file for text in texts if text.endswith(SUFFIXES) or "*" in text for file in self.files(text, beside)]


def parenthesis(text, at):
    """What stands between a parenthesis that is open at a place and its end."""
    depth, end = 1, at
    while end < len(text) and depth:
        depth += (text[end] in "([") - (text[end] in ")]")
        end += 1
    return text[at:end - 1]


def is_extension(node):
    """Extension(...) of setuptools and Cython, add_extension(...) of numpy.distutils."""
    return isinstance(node, ast.Call) and (name_of(node.func).endswith("Extension") or name_of(node.func) == "add_extension")


def name_of(expression):
    return expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", "")


def strings(node, scopes, seen):
    """The texts in an expression, and in what is assigned to the names in it; of a path what follows its last unknown part."""
    if isinstance(node, ast.Call) and name_of(node.func) == "join" and node.args:
        known = list(itertools.takewhile(lambda part: isinstance(part, ast.Constant) and isinstance(part.value, str), reversed(node.args)))
        if known:
            return [posixpath.join(*[part.value for part in reversed(known)])]
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    found = []
    if isinstance(node, ast.Name) and node.id not in seen:
        seen.add(node.id)
        for value in (value for scope in scopes for value in assigned(scope, node.id)):
            found += strings(value, scopes, seen)
    for child in ast.iter_child_nodes(node):
        found += strings(child, scopes, seen)
    return found


def assigned(scope, name):
    for node in ast.walk(scope):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                yield node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "extend") and name_of(node.func.value) == name:
            yield from node.args
