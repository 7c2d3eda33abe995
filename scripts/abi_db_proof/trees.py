"""Source trees: the diagnostics that each file has with one set of headers and the other."""
SUFFIXES = {".c": "C", ".cpp": "C++", ".cxx": "C++", ".cc": "C++"}
HEADERS = (".h", ".hpp", ".hh", ".hxx")
MOST_FOLDERS = 80


def files_of(tree, most):
    """Files that include NumPy's headers, or their neighbours'."""
    found = [path for path in sorted(tree.rglob("*")) if path.suffix in SUFFIXES and path.is_file()]
    found.sort(key=lambda path: "numpy/" not in path.read_text(errors="replace"))
    return found[:most] if most else found


def folders_of(tree, path):
    """Options that say where the tree's own headers may be: first on the way from the file, and after the system's in every folder with one."""
    around = [folder for folder in path.parents if folder == tree or tree in folder.parents]
    others = sorted({header.parent for suffix in HEADERS for header in tree.rglob(f"*{suffix}")} - {*around})
    return [word for option, folders in (("-I", around), ("-idirafter", others[:MOST_FOLDERS])) for folder in folders for word in (option, str(folder))]


def compare(proof, release, sides, options):
    outside = [word for folder in options.include for word in ("-I", str(folder))]
    for tree in options.sources:
        tree = tree.resolve()
        for path in files_of(tree, options.most_files):
            compiler = options.compilers[SUFFIXES[path.suffix]]
            run = lambda side: side.run(compiler, [], None, "-fsyntax-only", "-H", *folders_of(tree, path), *outside, file=path)[1]
            theirs = run(sides[1])
            proof.compared["source files"] += 1
            if str(sides[1].folder) not in theirs:  # -H tells which headers were read
                continue
            found = sides[0].read_diagnostics(run(sides[0])), sides[1].read_diagnostics(theirs)
            kinds = {kind for _, kind, _ in found[1]}
            proof.compared["source files that read NumPy's headers" + (", not to the end" if "fatal error" in kinds else "")] += 1
            proof.compared["source files that read NumPy's headers, with errors"] += "error" in kinds
            proof.same("diagnostics of source files", *found, f"NumPy {release}, {tree.name}/{path.relative_to(tree)}")
