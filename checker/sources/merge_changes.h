// Changes of one text that were found one by one, put together: those inside of others, those that are the same, those
// that exclude each other.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/text_edit.h"

namespace abicheck {

// What one finding asks for; `needs` as in a Finding.
struct ChangeGroup {
  std::vector<SourceChange> changes;
  std::vector<SourceNeed> needs;
};

struct MergedChanges {
  std::vector<TextEdit> edits;  // ascending, none meets another
  std::string needs;            // lines with what the text does not have yet
  std::vector<bool> applied;    // by group
};

MergedChanges merge_changes(const std::string& text, const std::vector<ChangeGroup>& groups);

// With edits that are ascending and do not meet.
std::string with_edits(const std::string& text, const std::vector<TextEdit>& edits);

// Puts whole lines in front of the line at this offset.
std::string with_lines_at(std::string text, std::size_t offset, const std::string& lines);

// Where a line begins; the text's end when it has fewer. 1-based.
std::size_t offset_of_line(const std::string& text, unsigned line);

}  // namespace abicheck
