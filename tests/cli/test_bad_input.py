"""Bad input is ordinary input: one clear line with its place, the rest still checked, the status of the contract."""
import os
import pathlib
import shutil
import struct
import tempfile
import unittest

from program import EXAMPLES, PROGRAM, make_wheel, member_of_example, report, run

GOOD = next(EXAMPLES.glob("numexpr-2.10.1-*.whl"))
NAME = "demo-1.0-cp39-cp39-manylinux_2_17_x86_64.whl"
MODULE = "demo/_core.cpython-39-x86_64-linux-gnu.so"


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.native = member_of_example("numexpr-2.10.1-*.whl")[1]

    def wheel(self, members, **more):
        return make_wheel(self.folder / NAME, members, **more)

    def expect(self, path, code, *words, where=None):
        """Alone: status 2 or 3 and one line. Beside a good wheel: status 3, and the good one is checked."""
        status, found = report(path, GOOD, "--numpy", "2.0")
        self.assertEqual(status, 3)
        problems = [p for p in found["problems"] if p["code"] == code and all(word in p["message"] for word in words)]
        self.assertEqual(len(problems), 1, found["problems"])
        self.assertNotIn("\n", problems[0]["message"])
        self.assertTrue(problems[0]["path"].startswith(str(path)), problems)
        if where:
            self.assertTrue(problems[0]["path"].endswith("!" + where), problems)
        good = [f for f in found["files"] if f["path"] == str(GOOD)]
        self.assertEqual(good[0]["verdicts"], {"2.0": "compatible"})
        for file in found["files"]:
            if file["path"] == str(path):
                self.assertEqual(file["verdicts"]["2.0"], "unknown")

    def test_missing_file(self):
        self.expect(self.folder / "nothing.whl", "missing")
        alone = run(self.folder / "nothing.whl", "--numpy", "2.0")
        self.assertEqual((alone.returncode, alone.stdout), (2, ""))
        self.assertEqual(len(alone.stderr.splitlines()), 1)

    def test_directory_without_wheels(self):
        (self.folder / "readme.txt").write_text("nothing here")
        self.expect(self.folder, "missing")

    def test_empty_file(self):
        (self.folder / NAME).write_bytes(b"")
        self.expect(self.folder / NAME, "malformed")

    def test_text_file_named_wheel(self):
        (self.folder / NAME).write_text("this is no zip archive")
        self.expect(self.folder / NAME, "malformed", "zip")

    def test_truncated_wheel(self):
        path = self.wheel({MODULE: self.native})
        path.write_bytes(path.read_bytes()[:-100])
        self.expect(path, "malformed")

    def test_encrypted_member(self):
        path = self.wheel({MODULE: self.native})
        data = bytearray(path.read_bytes())
        directory = data.find(b"PK\x01\x02")
        data[directory + 8] |= 1
        data[6] |= 1
        path.write_bytes(data)
        self.expect(path, "encrypted", where=MODULE)

    def test_wrong_crc(self):
        path = self.wheel({MODULE: self.native})
        data = bytearray(path.read_bytes())
        directory = data.find(b"PK\x01\x02")
        data[directory + 16] ^= 0xFF
        path.write_bytes(data)
        self.expect(path, "corrupt", "CRC", where=MODULE)

    def test_member_that_claims_ten_gigabytes(self):
        path = self.wheel({MODULE: self.native})
        data = bytearray(path.read_bytes())
        directory = data.find(b"PK\x01\x02")
        # A zip64 extra field (APPNOTE 4.5.3) in place of 4 GB.
        extra = struct.pack("<HHQ", 1, 8, 10 << 30)
        name_size, extra_size = struct.unpack_from("<HH", data, directory + 28)
        self.assertEqual(extra_size, 0)
        struct.pack_into("<I", data, directory + 24, 0xFFFFFFFF)
        struct.pack_into("<H", data, directory + 30, len(extra))
        data[directory + 46 + name_size : directory + 46 + name_size] = extra
        end = data.rfind(b"PK\x05\x06")
        size = struct.unpack_from("<I", data, end + 12)[0]
        struct.pack_into("<I", data, end + 12, size + len(extra))
        path.write_bytes(data)
        self.expect(path, "too_large", where=MODULE)
        if "asan" not in PROGRAM:  # the sanitizers' own memory counts too
            self.assertLess(peak_megabytes(path), 100)

    def test_broken_elf(self):
        self.expect(self.wheel({MODULE: self.native[:40]}), "malformed", where=MODULE)

    def test_damaged_elf_is_never_compatible(self):
        for cut in (200, 5000, len(self.native) // 2):
            path = self.wheel({MODULE: self.native[:cut]})
            status, found = report(path, "--numpy", "2.0")
            self.assertIn(found["files"][0]["verdicts"]["2.0"], ("unknown", "incompatible"), cut)
            self.assertIn(status, (1, 3))

    def test_member_that_is_no_library(self):
        self.expect(self.wheel({MODULE: b"INPUT(libdemo.so.1)\n"}), "malformed", where=MODULE)

    def test_nested_wheel(self):
        path = self.wheel({"demo/bundled.whl": GOOD.read_bytes()})
        status, found = report(path, "--numpy", "2.0")
        self.assertEqual(status, 3)
        self.assertEqual([p["path"] for p in found["problems"]], [f"{path}!demo/bundled.whl"])

    def test_name_that_is_no_wheel_name(self):
        path = make_wheel(self.folder / "strange.whl", {MODULE: self.native})
        status, found = report(path, "--numpy", "2.0")
        self.assertEqual(status, 3)
        self.assertEqual(len(found["files"][0]["modules"]), 1)

    def test_another_processor_and_operating_system(self):
        other = bytearray(self.native)
        other[18:20] = (258).to_bytes(2, "little")
        self.expect(self.wheel({MODULE: bytes(other)}), "unsupported", "loongarch64", where=MODULE)
        # Code of one processor in a file that names another: none of the references is found.
        other[18:20] = (183).to_bytes(2, "little")
        status, found = report(self.wheel({MODULE: bytes(other)}), "--numpy", "2.0")
        self.assertEqual(found["files"][0]["verdicts"]["2.0"], "unknown")
        self.assertEqual(status, 3)
        wasm = self.wheel({MODULE: b"\0asm\1\0\0\0" + b"_ARRAY_API\0numpy\0"})
        self.expect(wasm, "unsupported", "wasm32", where=MODULE)
        windows = self.wheel({"demo/_core.cp39-win_amd64.pyd": b"MZ" + b"\0" * 100 + b"_ARRAY_API\0numpy\0"})
        self.expect(windows, "malformed", "PE", where="demo/_core.cp39-win_amd64.pyd")

    def test_each_slice_of_a_universal_file_is_a_module(self):
        # Two slices that end behind their headers (mach-o/fat.h, mach-o/loader.h); the second is cut off.
        thin = b"\xcf\xfa\xed\xfe" + (0x0100000c).to_bytes(4, "little") + bytes(24) + b"_ARRAY_API\0numpy\0"
        words = [0xcafebabe, 2, 0x0100000c, 0, 64, len(thin), 0, 0x01000007, 0, 4096, len(thin), 0]
        fat = b"".join(word.to_bytes(4, "big") for word in words).ljust(64, b"\0") + thin
        status, found = report(self.wheel({MODULE: fat}), "--numpy", "2.0")
        self.assertEqual(status, 3)
        self.assertEqual([(m["path"], m["format"], m["arch"]) for m in found["files"][0]["modules"]],
                         [(MODULE, "macho", "arm64"), (MODULE, "macho", "x86_64")])
        self.assertEqual([m["verdicts"]["2.0"]["verdict"] for m in found["files"][0]["modules"]], ["unknown", "unknown"])
        self.assertEqual([p["code"] for p in found["problems"]], ["malformed"])

    def test_hostile_name_cannot_write_to_the_terminal(self):
        path = self.wheel({"demo/\x1b[31mred.so": b"\x7fELF"})
        done = run(path, "--numpy", "2.0", "-v")
        self.assertNotIn("\x1b", done.stdout + done.stderr)

    def test_random_damage_never_crashes(self):
        import random

        source = self.wheel({MODULE: self.native}).read_bytes()
        generator = random.Random(1)
        for _ in range(40):
            data = bytearray(source)
            for _ in range(generator.randint(1, 8)):
                data[generator.randrange(len(data))] = generator.randrange(256)
            (self.folder / NAME).write_bytes(data)
            self.assertIn(run(self.folder / NAME, "--numpy", "2.0").returncode, (0, 1, 2, 3))

    def test_random_damage_of_the_module_never_crashes(self):
        import random

        generator = random.Random(2)
        for _ in range(60):
            data = bytearray(self.native)
            for _ in range(generator.randint(1, 40)):
                data[generator.randrange(4096 if generator.random() < 0.5 else len(data))] = generator.randrange(256)
            path = self.folder / "_core.cpython-39-x86_64-linux-gnu.so"
            path.write_bytes(data)
            self.assertIn(run(path, "--numpy", "2.0").returncode, (0, 1, 2, 3))


def peak_megabytes(path):
    import subprocess

    process = subprocess.Popen([PROGRAM, str(path), "--numpy", "2.0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


if __name__ == "__main__":
    unittest.main()
