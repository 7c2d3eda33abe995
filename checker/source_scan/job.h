// What the program is asked, as JSON on its standard input:
//   {"headers": [{"id": "2.0.2", "files": {"numpy/arrayobject.h": [0, 2000]}} | {"id": "...", "folder": "/..."}],
//    "targets": ["2.0.2"], "references": ["1.26.4"],
//    "files": {"/abicheck/tree/src/_core.c": [2001, 500]}, "archive": "/abicheck/tree/",
//    "seconds": 120, "names": ["PyArray_Descr", ...], "names_with_line_above": ["NPY_MIN", ...],
//    "units": [{"path": "/src/_core.c", "arguments": ["-I...", "-DX"]}]}
// Every unit is parsed against the headers of every target, and where one finds errors that NumPy's headers may have
// made against those of the references until there are none: what is an error with any headers is none of NumPy's.
// `files` are not on any disk. Texts are offset and size in the file that stands behind file descriptor
// kTextsDescriptor, each with a NUL behind it: sent once, whatever their encoding, and shared by all that are started.
#pragma once

#include <functional>
#include <istream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace abicheck::source_scan {

// By path; they lie in the mapped file and live as long as the program.
using Texts = std::map<std::string, std::string_view>;

// The headers of one NumPy: texts by the path they are included as, or the folder that holds numpy/.
struct HeaderSet {
  std::string id;
  Texts files;
  std::string folder;
};

struct Unit {
  std::string path;                    // absolute
  std::vector<std::string> arguments;  // as for clang, without the file and what to do with it
};

struct Job {
  std::map<std::string, HeaderSet> headers;
  std::vector<std::string> targets;
  std::vector<std::string> references;
  std::set<std::string, std::less<>> names;                  // that headers of some NumPy declare, and the headers
  std::set<std::string, std::less<>> names_with_line_above;  // whose fix needs a definition or header above all uses
  Texts files;
  std::string archive;   // what the paths of an archive's members begin with; answers name them without it
  unsigned seconds = 0;  // of the processor, for one unit and one set of headers
  std::vector<Unit> units;
};

// Throws std::runtime_error on anything else; the caller is abicheck itself.
Job read_job(std::istream& in, std::string_view texts);

// What stands behind the descriptor; empty when there is nothing.
std::string_view map_texts();

}  // namespace abicheck::source_scan
