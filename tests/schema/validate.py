#!/usr/bin/env python3
"""Validate JSON against a schema that is shipped: validate.py [--schema NAME] [FILE...], standard input without one.

Exit status: 0 valid, 1 not valid (the first error is printed with its place), 77 the jsonschema package
(Debian: python3-jsonschema) is not there, so nothing was tested.
"""

import json
import pathlib
import sys

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "checker" / "report"
SKIPPED = 77

try:
    import jsonschema
except ImportError:
    print("SKIPPED: NOT VALIDATED, the Python package jsonschema is missing (apt install python3-jsonschema)", file=sys.stderr)
    sys.exit(SKIPPED)


def make_validator(schema):
    # Debian 12 has 4.10; older releases do not know the dialect and would pass everything they do not understand.
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    return validator(schema)


def first_error(validator, text):
    """The place and message of the first error in document order; None when there is none."""
    try:
        document = json.loads(text)
    except ValueError as error:
        return f"not JSON: {error}"
    errors = sorted(validator.iter_errors(document), key=lambda error: [str(part) for part in error.absolute_path])
    if not errors:
        return None
    error = errors[0]
    return f"{error.json_path}: {error.message}"


def main(paths):
    name = "abicheck-report-1"
    if paths[:1] == ["--schema"]:
        name, paths = paths[1], paths[2:]
    validator = make_validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))
    try:
        texts = [(path, pathlib.Path(path).read_bytes()) for path in paths] or [("<stdin>", sys.stdin.buffer.read())]
    except OSError as error:
        print(error)
        return 1
    failed = False
    for path, text in texts:
        error = first_error(validator, text)
        failed |= error is not None
        print(f"{path}: {error or 'valid'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
