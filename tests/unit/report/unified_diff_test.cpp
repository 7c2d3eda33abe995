#include "report/unified_diff.h"

#include <doctest/doctest.h>

using namespace abicheck;

TEST_CASE("lines that stay between those that change are told as such") {
  CHECK(unified_diff("a.c", "1\n2\n3\n4\n5\n", "1\nx\n3\ny\n5\n") ==
        "--- a/a.c\n+++ b/a.c\n@@ -1,5 +1,5 @@\n 1\n-2\n+x\n 3\n-4\n+y\n 5\n");
}

TEST_CASE("lines that are only put in or taken away") {
  CHECK(unified_diff("a.c", "1\n2\n", "1\nx\ny\n2\n") == "--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,4 @@\n 1\n+x\n+y\n 2\n");
  CHECK(unified_diff("a.c", "1\n2\n3\n", "1\n3\n") == "--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,2 @@\n 1\n-2\n 3\n");
  CHECK(unified_diff("a.c", "1\n", "1\n").empty());
}

TEST_CASE("changes far from each other are pieces of their own, and the last line may have no end") {
  std::string before;
  for (int i = 0; i < 20; ++i) before += std::to_string(i) + "\n";
  const std::string diff = unified_diff("a.c", before + "end", "new\n" + before + "END");
  CHECK(diff ==
        "--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,4 @@\n+new\n 0\n 1\n 2\n@@ -18,4 +19,4 @@\n 17\n 18\n 19\n-end\n\\ No "
        "newline at "
        "end of file\n+END\n\\ No newline at end of file\n");
}
