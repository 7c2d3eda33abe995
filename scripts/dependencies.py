#!/usr/bin/env python3
"""Build LIEF and Capstone once, from their source distributions, into a cache outside the build folder.

Prints the two installation prefixes, separated by a semicolon, as CMAKE_PREFIX_PATH wants them.
An installation is keyed by version, flags, this recipe and the compiler, so changing any of them builds anew beside the old one.
"""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from user_cache import CACHE

LIEF_OFF = ("PYTHON_API C_API EXAMPLES TESTS OAT DEX VDEX ART ENABLE_JSON LOGGING LOGGING_DEBUG DOC USE_CCACHE").split()

# LIEF's own files include one another's templates (Object.tcc); in one batch they would define them twice.
LIEF_UNITY = r"""
function(abicheck_unity_build)
  get_target_property(sources LIB_LIEF SOURCES)
  foreach(source IN LISTS sources)
    if(source MATCHES "\\.c$" OR
       source MATCHES "(ELF|MachO|PE|Abstract)/(Binary|Builder|Parser|BinaryParser|DyldInfo|hash|json)\\.cpp$")
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  set_target_properties(LIB_LIEF PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
endfunction()
cmake_language(DEFER CALL abicheck_unity_build)
"""

CAPSTONE_ARCHITECTURES = ("X86", "ARM", "ARM64", "PPC", "SYSZ", "RISCV")

RECIPES = {
    "lief": {
        "version": "0.12.3",
        "source": ".",
        "flags": [f"-DLIEF_{name}=OFF" for name in LIEF_OFF] + ["-DBUILD_SHARED_LIBS=OFF"],
        "include": LIEF_UNITY,
    },
    # The diet build leaves out mnemonic and operand texts, which nobody here reads and which cost most of the decoding time.
    "capstone": {
        "version": "5.0.9",
        "source": "src",
        "flags": ["-DCAPSTONE_ARCHITECTURE_DEFAULT=OFF", *(f"-DCAPSTONE_{name}_SUPPORT=ON" for name in CAPSTONE_ARCHITECTURES), "-DCAPSTONE_BUILD_DIET=ON",
                  "-DCAPSTONE_BUILD_TESTS=OFF", "-DCAPSTONE_BUILD_CSTOOL=OFF", "-DCAPSTONE_INSTALL=ON", "-DBUILD_SHARED_LIBS=OFF"],
        "include": "",
    },
}


def log(text):
    print(text, file=sys.stderr, flush=True)


def cache_root():
    chosen = os.environ.get("ABICHECK_DEPENDENCY_CACHE")
    if chosen:
        return pathlib.Path(chosen)
    return CACHE / "dependencies"


def compiler_id():
    compiler = os.environ.get("CXX", "c++")
    return compiler + subprocess.run([compiler, "-dumpfullversion", "-dumpmachine"], capture_output=True, text=True, check=True).stdout


def key(name, recipe):
    text = repr((recipe["version"], recipe["flags"], recipe["include"], compiler_id()))
    return f"{name}-{recipe['version']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def run(command, logfile, **more):
    with open(logfile, "a") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        sys.stderr.write("".join(open(logfile, errors="replace").readlines()[-40:]))
        sys.exit(f"dependencies: {' '.join(map(str, command[:4]))} ... failed, its whole output is in {logfile}")


def download(name, version, work, logfile):
    # LIEF's setup.py needs pkg_resources, which setuptools 70 and later no longer install for it.
    constraint = work / "constraint.txt"
    constraint.write_text("setuptools<70\n")
    environment = {**os.environ, "PIP_CONSTRAINT": str(constraint), "PIP_BUILD_CONSTRAINT": str(constraint)}
    run([sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", name, "-d", work, f"{name}=={version}"], logfile,
        env=environment)
    archive = next(work.glob(f"{name}-{version}*.*"))
    if archive.suffix == ".zip":
        zipfile.ZipFile(archive).extractall(work)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(work)
    return next(path for path in work.glob(f"{name}-{version}*") if path.is_dir())


def build(name, recipe, prefix):
    log(f"dependencies: building {name} {recipe['version']} (once)")
    prefix.parent.mkdir(parents=True, exist_ok=True)
    logfile = prefix.parent / (prefix.name + ".log")
    logfile.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=name + "-", dir=prefix.parent) as folder:
        work = pathlib.Path(folder)
        source = download(name, recipe["version"], work, logfile) / recipe["source"]
        flags = list(recipe["flags"])
        if recipe["include"]:
            (work / "include.cmake").write_text(recipe["include"])
            flags.append(f"-DCMAKE_PROJECT_{name.upper()}_INCLUDE={work / 'include.cmake'}")
        staged = work / "installed"
        run(["cmake", "-G", "Ninja", "-S", source, "-B", work / "build", "-DCMAKE_BUILD_TYPE=Release",
             "-DCMAKE_POSITION_INDEPENDENT_CODE=ON", f"-DCMAKE_INSTALL_PREFIX={prefix}", *flags], logfile)
        run(["cmake", "--build", work / "build"], logfile)
        run(["cmake", "--install", work / "build"], logfile, env={**os.environ, "DESTDIR": str(staged)})
        # The rename is the last step, so that a build that was interrupted leaves nothing that looks finished.
        shutil.rmtree(prefix, ignore_errors=True)
        (staged / prefix.relative_to("/")).rename(prefix)


def main():
    prefixes = []
    for name, recipe in RECIPES.items():
        prefix = cache_root().resolve() / key(name, recipe)
        if not prefix.is_dir():
            build(name, recipe, prefix)
        prefixes.append(str(prefix))
    print(";".join(prefixes))


if __name__ == "__main__":
    main()
