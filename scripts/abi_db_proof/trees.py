"""Source trees: the diagnostics that each file has with one set of headers and the other."""
import pathlib

SUFFIXES = {".c": "C", ".cpp": "C++", ".cxx": "C++", ".cc": "C++"}
HEADERS = (".h", ".hpp", ".hh", ".hxx")


def files_of(tree, most):
    """Files that include NumPy's headers, or their neighbours'."""
    found = [path for path in sorted(tree.rglob("*")) if path.suffix in SUFFIXES and path.is_file()]
    found.sort(key=lambda path: "numpy/" not in path.read_text(errors="replace"))
    return found[:most] if most else found


def folders_of(tree, path):
    """Where the tree's own headers may be: the folders that are in the way from the file, and all called include or src."""
    around = [folder for folder in path.parents if folder == tree or tree in folder.parents]
    named = sorted({header.parent for suffix in HEADERS for header in tree.rglob(f"*{suffix}")})
    return [*around, *(folder for folder in named if folder not in around)][:80]


def compare(proof, release, sides, options):
    for tree in options.sources:
        for path in files_of(tree.resolve(), options.most_files):
            compiler = options.compilers[SUFFIXES[path.suffix]]
            folders = folders_of(tree.resolve(), path)
            found = [side.diagnostics(compiler, [], None, file=path, folders=folders) for side in sides]
            where = f"NumPy {release}, {pathlib.Path(tree.name, path.relative_to(tree.resolve()))}"
            proof.compared["source files"] += 1
            proof.compared["source files with an error"] += any(kind != "warning" for _, kind, _ in found[1])
            proof.same("diagnostics of source files", *found, where)
