"""What the numpy.core that NumPy 2 keeps for old modules raises, warns and prints, out of its Python files."""
import ast
import re
import textwrap

from . import Changed

REFUSING, WARNING = "numpy/core/_multiarray_umath.py", "numpy/core/_utils.py"
# Expressions in the f-strings of these files, as abi_db/ writes them.
WORDS = {"short_version": "{release}", "attr_name": "{attribute}", "attr": "{attribute}",
         "old_module": "numpy.core.{module}", "new_module": "numpy._core.{module}"}


def formatted(tree):
    """Texts of the f-strings of a Python file, their expressions replaced by WORDS."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            expressions = (ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else None for part in node.values)
            yield "".join(part.value if name is None else WORDS.get(name, "{" + name + "}") for part, name in zip(node.values, expressions))


def texts(release, refusing, warning):
    """{"missing", "refusal", "warning": message} out of the contents of REFUSING and WARNING."""

    def only(tree, mark):
        found = [text for text in formatted(tree) if mark in text]
        if len(found) != 1:
            raise Changed(f"the shims of NumPy {release} have {len(found)} texts with '{mark}'")
        return found[0]

    refusing, warning = ast.parse(refusing), ast.parse(warning)
    missing = only(refusing, "has no attribute").replace("numpy.core._multiarray_umath", "numpy.core.{module}")
    refusal = textwrap.dedent(only(refusing, "cannot be run in"))
    return {
        "missing": {"type": "AttributeError", "text": missing},
        "refusal": {"type": "ImportError", "text": refusal, "stderr": refusal + stack(release, refusing)},
        "warning": {"type": "DeprecationWarning", "text": only(warning, "is deprecated")},
    }


def stack(release, refusing):
    """What follows the text on standard error: a first line and the stack."""
    statements = ast.unparse(refusing)
    first = re.search(r"tb_msg = '([^']*)'", statements)
    if not first or "sys.stderr.write(msg + tb_msg)" not in statements:
        raise Changed(f"{REFUSING} of NumPy {release} does not print its refusal as it did")
    return first[1] + "{stack}"
