"""abicheck db: its three commands on the real database, and what --db says to a database that is wrong."""
import json
import pathlib
import random
import shutil
import tempfile
import unittest

from program import DATABASE, EXAMPLES, run

WHEEL = next(EXAMPLES.glob("numexpr-2.10.1-*.whl"))


def answer(*arguments):
    done = run("db", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Commands(unittest.TestCase):
    def test_list_has_every_minor_with_its_releases(self):
        found = answer("list")
        minors = {row["minor"]: row for row in found["minors"]}
        self.assertEqual(sorted(p.stem[len("numpy-"):] for p in DATABASE.glob("numpy-*.json")), sorted(minors))
        self.assertEqual((found["database"]["numpy_min"], found["database"]["numpy_max"]), (found["minors"][0]["minor"], found["minors"][-1]["minor"]))
        row = minors["1.26"]
        self.assertEqual((row["abi_version"], row["api_version"], row["default_target"], row["default_target_numpy"]),
                         ("0x01000009", "0x00000011", "0x0000000d", "1.16"))
        self.assertEqual([r["version"] for r in row["releases"]][:5], [f"1.26.{i}" for i in range(5)])
        self.assertEqual((row["releases"][0]["date"], row["releases"][0]["python"]), ("2023-09-16", ["3.9", "3.10", "3.11", "3.12"]))
        self.assertIn("win_amd64", row["releases"][0]["wheels"]["cp312"])
        self.assertTrue(row["releases"][0]["own_facts"])
        text = run("db", "list").stdout.splitlines()
        self.assertEqual(len(text), 1 + len(minors))
        line = next(line for line in text if line.startswith("2.0 "))
        for word in ("0x02000000", "0x12", "0xd (1.16)", "3.9 to 3.12", "2.0.0 (2024-06-16)"):
            self.assertIn(word, line)

    def test_show_a_minor(self):
        found = answer("show", "2.0")
        self.assertEqual((found["numpy"], found["abi_version"], found["api_version"], found["default_target"]),
                         ("2.0", "0x02000000", "0x00000012", "0x0000000d"))
        self.assertEqual(found["python"], ["3.9", "3.10", "3.11", "3.12"])
        self.assertEqual((found["sizes"]["numpy.dtype"], found["sizes"]["numpy.ndarray"]), (88, 96))
        self.assertEqual(found["runtime_sizes"]["numpy.dtype"]["lp64"], 88)
        for table, length in found["table_lengths"].items():
            self.assertEqual(list(found["slots"][table]), [str(i) for i in range(length)])
        slots = found["slots"]["multiarray"]
        self.assertEqual((slots["0"], slots["50"], slots["211"], slots["1"]),
                         ("PyArray_GetNDArrayCVersion", "PyArray_CopyInto", "PyArray_GetNDArrayCFeatureVersion", None))
        self.assertEqual(found["import_paths"]["numpy.core._multiarray_umath._ARRAY_API"], "refuses")
        self.assertEqual(found["layouts"]["PyArray_Descr"]["elsize"]["lp64"], [40, 8])
        self.assertIn("PyArray_DATA", found["names"])
        self.assertNotIn("numpy/noprefix.h", found["names"])
        self.assertIn("{release}", found["shims"]["refusal"]["text"])

    def test_show_a_release_with_facts_of_its_own(self):
        stub = "numpy._core._multiarray_umath._ARRAY_API"
        self.assertEqual(answer("show", "1.26.0")["import_paths"][stub], "absent")
        self.assertEqual(answer("show", "1.26.1")["import_paths"][stub], "works")
        newest = next(row for row in answer("list")["minors"] if row["minor"] == "1.26")["releases"][-1]["version"]
        self.assertEqual(answer("show", "1.26")["release"], newest)

    def test_show_as_a_page(self):
        text = run("db", "show", "2.0").stdout
        for part in ("NumPy 2.0, as of 2.0.2", "ABI version     0x02000000", "0x0000000d (NumPy 1.16)", "elsize 40+8 (0x12)",
                     "multiarray: 369 slots", "since NumPy 1.26", "numpy.core.umath._UFUNC_API", "BitGenerator"):
            self.assertIn(part, text)
        self.assertIn("that differ", run("db", "show", "1.26").stdout)

    def test_diff_across_the_change_of_the_abi(self):
        changes = answer("diff", "1.26", "2.0")["changes"]
        by_name = {section: {change["what"]: change for change in rows} for section, rows in changes.items()}
        self.assertEqual(by_name["versions"]["abi_version"], {"what": "abi_version", "change": "changed", "from": "0x01000009", "to": "0x02000000"})
        elsize = by_name["layouts"]["PyArray_Descr.elsize"]
        self.assertEqual((elsize["change"], elsize["from"]["lp64"], elsize["to"]["lp64"]), ("moved", [32, 4], [40, 8]))
        reused = by_name["slots"]["multiarray 50"]
        self.assertEqual((reused["change"], reused["from"]["name"], reused["to"]["name"]), ("reused", "PyArray_CastTo", "PyArray_CopyInto"))
        self.assertEqual((by_name["runtime_sizes"]["numpy.dtype"]["from"]["lp64"], by_name["runtime_sizes"]["numpy.dtype"]["to"]["lp64"]), (96, 88))
        self.assertEqual(by_name["import_paths"]["numpy.core._multiarray_umath._ARRAY_API"]["to"], "refuses")
        self.assertEqual(by_name["names_removed"]["numpy/noprefix.h"]["to"], None)
        text = run("db", "diff", "1.26", "2.0").stdout
        for line in ("  abi_version: 0x01000009 -> 0x02000000", "  multiarray 50 used again under another meaning: PyArray_CastTo -> PyArray_CopyInto",
                     "  PyArray_Descr.elsize moved: offset 32 -> 40, size 4 -> 8 (lp64, llp64)"):
            self.assertIn(line, text)
        self.assertRegex(text, r"\nNames removed \(\d+\)\n")

    def test_diff_tells_which_names_are_declared_otherwise(self):
        changes = answer("diff", "1.26", "2.0")["changes"]
        keys = list(changes)
        self.assertEqual(keys.index("names_changed") + 1, keys.index("names_removed"))
        by_name = {change["what"]: change for change in changes["names_changed"]}
        maxdims = by_name["NPY_MAXDIMS"]
        self.assertEqual((maxdims["change"], maxdims["from"]["value"], maxdims["to"]["value"]), ("value", 32, 64))
        self.assertEqual((by_name["PyArray_DATA"]["change"], by_name["PyArray_MIN"]["change"]), ("kind", "moved"))
        self.assertFalse(set(by_name) & {change["what"] for change in changes["names_removed"]})
        text = run("db", "diff", "1.26", "2.0").stdout
        lines = ("  NPY_MAXDIMS value 32 -> 64\n", "  PyArray_DATA macro -> function void *(const PyArrayObject *)\n", "  PyArray_Descr.alignment, elsize type int -> npy_intp\n",
                 "  PyArray_MAX, PyArray_MIN moved from numpy/ndarraytypes.h to numpy/npy_math.h\n")
        places = [text.index(line) for line in lines]
        self.assertEqual(places, sorted(places))
        self.assertEqual(answer("show", "1.26")["names"]["NPY_MAXDIMS"]["value"], 32)
        self.assertEqual(answer("show", "1.26")["names"]["PyArray_DATA"]["kind"], "macro")
        self.assertEqual(answer("show", "2.0")["names"]["PyArray_DATA"]["kind"], "function")

    def test_diff_the_other_way_and_between_equals(self):
        there = answer("diff", "1.26", "2.0")["changes"]
        back = answer("diff", "2.0", "1.26")["changes"]
        self.assertEqual([(c["what"], c["from"], c["to"]) for c in there["slots"]], [(c["what"], c["to"], c["from"]) for c in back["slots"]])
        self.assertEqual(len(there["names_removed"]), len(back["names_added"]))
        self.assertFalse(any(answer("diff", "2.0", "2.0")["changes"].values()))
        self.assertEqual(run("db", "diff", "2.0", "2.0").stdout, "NumPy 2.0 and 2.0: no difference that the database knows of\n")
        self.assertNotIn("\nSlots of the tables\n", run("db", "diff", "2.0.0", "2.0.1").stdout)

    def test_same_bytes_from_the_program_and_from_the_directory(self):
        for minor in (row["minor"] for row in answer("list")["minors"]):
            for form in ("text", "json"):
                inside = run("db", "show", minor, "-f", form)
                self.assertEqual(inside.returncode, 0)
                self.assertEqual(inside.stdout, run("db", "show", minor, "-f", form, "--db", DATABASE).stdout)
        self.assertEqual(run("db", "list", "-f", "json").stdout, run("db", "list", "-f", "json", "--db", DATABASE).stdout)

    def test_wrong_usage_is_2_with_a_clear_line(self):
        for arguments, words in ((["show", "2.99"], "'2.99' is no NumPy that the database knows; it has "), (["show", "2.0.99"], "there is no NumPy 2.0.99; the database has 2.0.0 to "),
                                 (["diff", "1.26", "numpy"], "'numpy' is no NumPy"), (["show"], "NUMPY is required"), (["diff", "1.26"], "TO is required"),
                                 ([], "give one of the commands list, show and diff"), (["list", "--format", "xml"], "abicheck: --format: 'xml' is not one of text, json\n"), (["-f", "xml", "list"], "abicheck: --format: 'xml' is not one of text, json\n"), (["list", "--db", "/nowhere"], "/nowhere"),
                                 (["remove"], "give one of the commands list, show and diff"), (["show", "2.0", "2.1"], "2.1"), (["show", "9" * 100_000], "'" + "9" * 61 + "...' is no NumPy"),
                                 (["show", "2.0", *["9" * 100_000] * 2], "999...")):
            with self.subTest(arguments=arguments):
                done = run("db", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("abicheck: "), done.stderr)
                self.assertIn(words, done.stderr)
                self.assertLess(len(done.stderr), 400)

    def test_options_before_and_after_the_command(self):
        self.assertEqual(run("db", "-f", "json", "list").stdout, run("db", "list", "-f", "json").stdout)
        self.assertEqual(run("db", "--db", DATABASE, "show", "2.0").stdout, run("db", "show", "2.0").stdout)
        self.assertIn("/nowhere", run("db", "--db", "/nowhere", "list").stderr)

    def test_no_line_of_a_page_is_wide(self):
        for minor in (row["minor"] for row in answer("list")["minors"]):
            for line in run("db", "show", minor).stdout.splitlines():
                self.assertLessEqual(len(line), 120)

    def test_target_macros_are_in_the_order_of_the_versions(self):
        macros = list(answer("show", "2.0")["target_macros"])
        self.assertEqual(macros, sorted(macros, key=lambda name: [int(n) for n in name.split("_")[1:3]]))
        text = run("db", "show", "2.0").stdout
        self.assertLess(text.index("NPY_1_7_API_VERSION"), text.index("NPY_1_25_API_VERSION"))

    def test_help_names_the_commands(self):
        self.assertIn("abicheck db", run("--help").stdout)
        for arguments in (["--help"], ["show", "--help"]):
            done = run("db", *arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("show", done.stdout)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def test_a_file_named_db_is_a_path_all_the_same(self):
        shutil.copy(WHEEL, self.folder / "db")
        for arguments in (["./db", "--numpy", "2.0"], ["--numpy", "2.0", "db"]):
            self.assertIn("db: OK for NumPy 2.0", run(*arguments, cwd=self.folder).stdout)

    def test_a_database_that_is_wrong_is_told_by_file_and_place(self):
        def damage(name, change):
            database = self.folder / "db"
            shutil.rmtree(database, ignore_errors=True)
            shutil.copytree(DATABASE, database)
            text = (database / name).read_text()
            document = json.loads(text)
            changed = change(document)
            (database / name).write_text(changed if isinstance(changed, str) else json.dumps(document))
            return database

        def setter(*keys, value):
            def change(document):
                for key in keys[:-1]:
                    document = document[key]
                document[keys[-1]] = value
            return change

        cases = (
            ("numpy-2.0.json", lambda d: "{", "it is not valid JSON: parse error at line 1, column 2"),
            ("numpy-2.0.json", lambda d: "", "it is not valid JSON: parse error at line 1, column 1"),
            ("numpy-2.0.json", lambda d: "\0" * 1000, "it is not valid JSON"),
            ("numpy-2.0.json", lambda d: "[" * 10_000_000, "nested deeper than 16 levels"),
            ("numpy-2.0.json", lambda d: "[" + "0," * 3_000_000 + "0]", "it holds more than 2000000 values"),
            ("numpy-2.0.json", lambda d: " " * (17 << 20), "the file is larger than 16 MB"),
            ("numpy-2.0.json", lambda d: '{"minor": 1e9999}', "number overflow"),
            ("numpy-2.0.json", lambda d: '{"minor": "2.0", "minor": "2.0"}', "the key 'minor' stands twice"),
            ("numpy-2.0.json", lambda d: d.pop("layouts") and None, "the key 'layouts' is missing"),
            ("numpy-2.0.json", setter("runtime_sizes", "numpy.dtype", "lp64", value="88"),
             "runtime_sizes.numpy.dtype.lp64: expected a number of bytes from 1 to 2147483647, found '88'"),
            ("numpy-2.0.json", setter("releases", 2, "date", value="26 August 2024"), "releases[2].date: expected a day (YYYY-MM-DD), found '26 August 2024'"),
            ("numpy-2.0.json", setter("minor", value="2.1"), "minor: expected this minor in a file named numpy-2.1.json"),
            ("numpy-2.0.json", lambda d: '{"minor": "' + "x" * 3_000_000, "column 3000012: syntax error while parsing value - invalid string: missing closing quote"),
            ("numpy-2.0.json", lambda d: json.dumps({"x" * 3_000_000: 1, **d}), "the key '" + "x" * 61 + "...' is unknown"),
            ("numpy-2.0.json", setter("table_lengths", "multiarray", value=368), "table_lengths.multiarray: expected 369, to which slots.json has slots in NumPy 2.0.0, found 368"),
            ("names.json", setter("PyArray_DATA", "since", value="1.5.0"), "PyArray_DATA.since: expected a release of the database, found '1.5.0'"),
            ("numpy-2.0.json", setter("releases", 1, "overrides", value={"abi_version": 2}),
             "releases[1].overrides.abi_version: expected a hexadecimal number such as '0x0123abcd', found 2"),
            ("slots.json", setter("multiarray", 0, "since", value="2"), "multiarray[0].since: expected a NumPy release (X.Y.Z), found '2'"),
            ("names.json", setter("PyArray_DATA", value=[]), "PyArray_DATA: expected an object, found a list"),
        )
        for name, change, message in cases:
            with self.subTest(message=message):
                database = damage(name, change)
                for arguments in ((WHEEL, "--numpy", "2.0"), ("db", "list")):
                    done = run(*arguments, "--db", database)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                    self.assertLess(len(done.stderr), 400)
                    self.assertTrue(done.stderr.startswith(f"abicheck: {database / name}: "), done.stderr)
                    self.assertIn(message, done.stderr)

    def test_random_damage_never_crashes(self):
        generator = random.Random(7)
        database = self.folder / "db"
        shutil.copytree(DATABASE, database)
        good = {name: (database / name).read_text() for name in ("numpy-2.0.json", "slots.json", "names.json")}
        values = (None, True, -1, 0, 2 ** 63, 1e308, "", "x" * 1000, [], [[]], {}, {"": {}})
        for turn in range(40):
            name = generator.choice(list(good))
            document = json.loads(good[name])
            place = document
            while True:  # one value somewhere becomes another
                key = generator.choice(list(place) if isinstance(place, dict) else range(len(place)))
                if not isinstance(place[key], (dict, list)) or not place[key] or generator.random() < 0.2:
                    break
                place = place[key]
            place[key] = generator.choice(values)
            text = json.dumps(document)
            (database / name).write_text(text[:generator.randrange(len(text))] if turn % 5 == 0 else text)
            done = run("db", "show", "2.0", "--db", database)
            self.assertIn(done.returncode, (0, 2), (name, key, done.stderr))
            self.assertEqual(len(done.stderr.splitlines()), 1 if done.returncode else 0)
            (database / name).write_text(good[name])

    def test_files_that_are_not_there(self):
        for missing in ("slots.json", "names.json"):
            database = self.folder / missing
            shutil.copytree(DATABASE, database)
            (database / missing).unlink()
            done = run("db", "list", "--db", database)
            self.assertEqual((done.returncode, done.stderr), (2, f"abicheck: {database}: there is no {missing} in the database directory\n"))
        (self.folder / "empty").mkdir()
        self.assertIn("there is no numpy-*.json", run("db", "list", "--db", self.folder / "empty").stderr)

    def test_overlay_is_not_read(self):
        database = self.folder / "db"
        shutil.copytree(DATABASE, database)
        (database / "overlay.json").write_text("{")
        self.assertEqual(run("db", "list", "--db", database).returncode, 0)


if __name__ == "__main__":
    unittest.main()
