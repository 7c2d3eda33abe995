"""Static verdicts against recorded real imports: tests/differential/recorded.jsonl holds what Python said when each
module was loaded under each NumPy, parent packages not executed. Outcomes: ok; fail, with the exception (`crash`: the
process died); fail_soft, loaded after an error that was printed and dropped; fail_via, the failure of a sibling."""
import unittest

from corpus import WHEELS, fetch, predicted, recorded, report


class Recorded(unittest.TestCase):
    def test_every_recorded_import_is_predicted(self):
        fetch()
        judged = failures = 0
        for entry in recorded():
            versions = sorted({numpy for runs in entry["modules"].values() for numpy in runs})
            if not versions:
                continue
            found = report(WHEELS / entry["wheel"], "--numpy", ",".join(versions))[1]
            modules = {module["path"]: module for module in found["files"][0]["modules"]}
            for path, runs in entry["modules"].items():
                for numpy, (outcome, exception, _) in runs.items():
                    if outcome in ("fail_soft", "fail_via"):
                        continue
                    with self.subTest(wheel=entry["wheel"], module=path, numpy=numpy):
                        judged += 1
                        answer, texts = predicted(modules.get(path), numpy)
                        self.assertEqual(answer, outcome)
                        if outcome == "fail":
                            failures += 1
                            if exception != "crash":
                                self.assertIn(exception.rstrip(), texts)
        print(f"{judged} imports of {len(recorded())} wheels, {failures} of them failing")
        self.assertGreater(judged, 300)
        self.assertGreaterEqual(failures, 30)


if __name__ == "__main__":
    unittest.main()
