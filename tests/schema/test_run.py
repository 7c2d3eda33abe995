"""The JSON of a real run satisfies the shipped schema. Exit status 77 when there is no jsonschema."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))
from program import EXAMPLES, run  # noqa: E402

VALIDATE = pathlib.Path(__file__).with_name("validate.py")


def main():
    wheels = sorted(EXAMPLES.glob("*.whl"))
    for arguments in (["--numpy", "2.0"], ["--numpy", "all"], []):
        done = run(*wheels, wheels[0].with_name("missing.whl"), *arguments, "--format", "json")
        checked = subprocess.run([sys.executable, str(VALIDATE)], input=done.stdout, text=True)
        if checked.returncode:
            return checked.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
