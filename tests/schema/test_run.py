"""The JSON of real runs satisfies the shipped schemas. Exit status 77 when there is no jsonschema."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import EXAMPLES, run  # noqa: E402

VALIDATE = pathlib.Path(__file__).with_name("validate.py")


def validated(schema, text):
    return subprocess.run([sys.executable, str(VALIDATE), "--schema", schema], input=text, text=True).returncode


def database_commands():
    listing = run("db", "list", "--format", "json").stdout
    yield "abicheck-db-list-1", listing
    minors = [row["minor"] for row in json.loads(listing)["minors"]]
    for minor, before in list(zip(minors, minors[:1] + minors))[::6]:
        yield "abicheck-db-show-1", run("db", "show", minor, "--format", "json").stdout
        yield "abicheck-db-diff-1", run("db", "diff", before, minor, "--format", "json").stdout
    yield "abicheck-db-diff-1", run("db", "diff", minors[-1], minors[0], "--format", "json").stdout


def main():
    wheels = sorted(EXAMPLES.glob("*.whl"))
    sources = pathlib.Path(__file__).parents[1] / "sources" / "annotated"
    for arguments in ([sources, next(sources.glob("*.c")), "--numpy", "1.26,2.0"], ["--numpy", "2.0"], ["--numpy", "all"], []):
        done = run(*wheels, wheels[0].with_name("missing.whl"), *arguments, "--format", "json")
        status = validated("abicheck-report-1", done.stdout)
        if status:
            return status
    return next((status for schema, text in database_commands() if (status := validated(schema, text))), 0)


if __name__ == "__main__":
    sys.exit(main())
