// What the program is asked, as JSON on its standard input:
//   {"headers": [{"id": "2.0.2", "files": {"numpy/arrayobject.h": "..."}} | {"id": "...", "folder": "/..."}],
//    "targets": ["2.0.2"], "references": ["1.26.4"],
//    "files": {"/abicheck/tree/src/_core.c": "..."},
//    "units": [{"path": "/src/_core.c", "arguments": ["-I...", "-DX"]}]}
// Every unit is parsed against the headers of every target, and where one finds errors against those of the references
// until there are none: what is an error with any headers is none of NumPy's. `files` are not on any disk.
#pragma once

#include <istream>
#include <map>
#include <string>
#include <vector>

namespace abicheck::source_scan {

// The headers of one NumPy: texts by the path they are included as, or the folder that holds numpy/.
struct HeaderSet {
  std::string id;
  std::map<std::string, std::string> files;
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
  std::map<std::string, std::string> files;
  std::vector<Unit> units;
};

// Throws std::runtime_error on anything else; the caller is abicheck itself.
Job read_job(std::istream& in);

}  // namespace abicheck::source_scan
