#include "report/text.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "report/finding_groups.h"
#include "report/text_style.h"
#include "unit/report/golden.h"
#include "unit/report/sample_reports.h"

namespace abicheck {
namespace {

WriteOptions verbose(int level) {
  WriteOptions options = sample::options();
  options.verbose = level;
  return options;
}

WriteOptions wide(int columns) {
  WriteOptions options = sample::options();
  options.width = columns;
  return options;
}

WriteOptions quiet() {
  WriteOptions options = sample::options();
  options.quiet = true;
  return options;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("text: one situation a golden file") {
  golden::check("text_all_fine.txt", write_text(sample::all_fine(), sample::options()));
  golden::check("text_many_failures.txt", write_text(sample::many_failures(), sample::options()));
  golden::check("text_many_failures_v.txt", write_text(sample::many_failures(), verbose(1)));
  golden::check("text_many_failures_80.txt", write_text(sample::many_failures(), wide(80)));
  golden::check("text_through_another.txt", write_text(sample::through_another(), sample::options()));
  golden::check("text_other_outcomes.txt", write_text(sample::other_outcomes(), sample::options()));
  golden::check("text_other_outcomes_v.txt", write_text(sample::other_outcomes(), verbose(1)));
  golden::check("text_only_problems.txt", write_text(sample::only_problems(), sample::options()));
  golden::check("text_unread_member.txt", write_text(sample::unread_member(), sample::options()));
  golden::check("text_three_targets.txt", write_text(sample::three_targets(), sample::options()));
  golden::check("text_three_targets_v.txt", write_text(sample::three_targets(), verbose(1)));
  golden::check("text_three_targets_q.txt", write_text(sample::three_targets(), quiet()));
  golden::check("text_sixty_targets.txt", write_text(sample::sixty_targets(), sample::options()));
  golden::check("text_sixty_targets_40.txt", write_text(sample::sixty_targets(), wide(40)));
  golden::check("text_hostile.txt", write_text(sample::hostile(), sample::options()));
  golden::check("text_every_fact_vv.txt", write_text(sample::every_fact(), verbose(2)));
}

TEST_CASE("text: quiet says nothing when nothing is wrong, and no summary when something is") {
  CHECK(write_text(sample::all_fine(), quiet()) == "");
  const std::string text = write_text(sample::many_failures(), quiet());
  CHECK(text.starts_with("dist/foo-1.0"));
  CHECK_FALSE(has(text, "dist/before"));
  CHECK_FALSE(has(text, "3 wheels"));
  CHECK(has(write_text(sample::only_problems(), quiet()), "problem: dist/cut.whl: "));
}

TEST_CASE("text: colours only when asked, and they add nothing but colours") {
  WriteOptions options = sample::options();
  const std::string plain = write_text(sample::three_targets(), options);
  CHECK_FALSE(has(plain, "\x1b"));
  options.color = true;
  std::string colored = write_text(sample::three_targets(), options);
  CHECK(has(colored, "\x1b[1;31mFAIL\x1b[0m"));
  for (std::size_t at; (at = colored.find('\x1b')) != std::string::npos;)
    colored.erase(at, colored.find('m', at) + 1 - at);
  CHECK(colored == plain);
}

TEST_CASE("text: nothing of a scanned file reaches the terminal as a control sequence") {
  const std::string text = write_text(sample::hostile(), verbose(2));
  const auto obeyed = [](char c) { return (c >= 0 && c < 0x20 && c != '\n') || c == 0x7f; };
  CHECK(std::none_of(text.begin(), text.end(), obeyed));
  CHECK_FALSE(has(text, "\nOK for NumPy"));
  CHECK_FALSE(has(text, "\nproblem: two"));
}

TEST_CASE("text: without a target nothing is called fine") {
  Report report = sample::all_fine();
  report.targets.clear();
  for (FileReport& file : report.files) file.verdicts.clear();
  const std::string text = write_text(report, sample::options());
  CHECK_FALSE(has(text, "OK"));
  CHECK(has(text, "4 unknown"));
}

TEST_CASE("text: printable") {
  CHECK(printable("plain ü – ü") == "plain ü – ü");
  CHECK(printable("a\x1b[0m") == "a\\x1b[0m");
  CHECK(printable("\xc2\x9b"
                  "1m") == "\\x9b1m");                             // CSI as one C1 character
  CHECK(printable("\xc0\xaf") == "\\xc0\\xaf");                    // overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(printable("\xe2\x80\xae") == "\\u202e");                   // right-to-left override
  CHECK(printable("\xe2\x80") == "\\xe2\\x80");                    // cut
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
}

TEST_CASE("text: wrap") {
  CHECK(wrap("one two three", 0, 4, 4) == "one two three");
  CHECK(wrap("one two three", 40, 30, 2) == "one two\n  three");
  CHECK(wrap(std::string(90, 'x') + " y", 40, 0, 2) == std::string(90, 'x') + "\n  y");
}

TEST_CASE("text: neighbouring targets are named as a range only when the list is long") {
  Report report = sample::sixty_targets();
  CHECK(name_targets({0, 1, 2}, report.targets) == "1.16.0, 1.16.1, 1.16.2");
  CHECK(name_targets({0, 1, 2, 3, 4, 5, 6, 9}, report.targets) == "1.16.0 – 1.17.2, 1.18.1");
  CHECK(name_targets({0, 2, 4, 6, 8, 10, 11}, report.targets) ==
        "1.16.0, 1.16.2, 1.17.0, 1.17.2, 1.18.0, 1.18.2, 1.18.3");
}

TEST_CASE("text: findings of one target are never merged, even when only their numbers differ") {
  Report report = sample::three_targets();
  FileReport file = report.files[2];
  Finding other = file.modules[0].verdicts[1].second.findings[0];
  other.message += " 1";
  Finding another = other;
  another.message.back() = '2';
  file.modules.resize(1);
  file.modules[0].verdicts[1].second.findings = {other, another};
  file.modules[0].verdicts[2].second.findings = {};
  CHECK(group_findings(file, report.targets).size() == 2);
}

}  // namespace
}  // namespace abicheck
