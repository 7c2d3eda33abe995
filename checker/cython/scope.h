// The words that a Cython source has bound, and the blocks that a statement stands in.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace abicheck {

// A type of NumPy: as its Cython declarations name it, or as the source itself declares a structure of its C headers.
struct CythonType {
  std::string name;  // "ndarray", "npy_cdouble"; "PyArray_Descr" when it is `own`
  bool own = false;
  bool empty() const { return name.empty(); }
};

struct CythonBlock {
  enum class Kind { kModule, kFunction, kClass, kExtern, kDeclarations, kStruct, kEnum, kFused, kCondition, kPlain };
  Kind kind = Kind::kPlain;
  unsigned indent = 0;  // of the statement that opens it
  std::string name;     // of a function; the C structure of a class or struct that the source declares of NumPy
  bool without_gil = false;
  bool of_numpy = false;                        // an extern block of one of its headers, and what stands in it
  std::map<std::string, CythonType> variables;  // of a function or the module
};

// What the source says of the C headers of NumPy by itself.
struct OwnDeclarations {
  std::map<std::string, std::string> names;  // function or constant, as the source knows it -> its C name
  std::map<std::string, std::string> types;  // class or struct -> its C structure
  std::map<std::string, std::string>
      members;  // "PyArray_Descr.itemsize", as the source knows it -> "PyArray_Descr.elsize"
};

class CythonScope {
 public:
  CythonScope() : blocks_(1) { blocks_.front().kind = CythonBlock::Kind::kModule; }

  // A file that another includes stands in that one's blocks; its indents count from nothing. What begins gives how
  // many blocks the outer file began with, for its end.
  std::size_t begin_file() { return std::exchange(outer_, blocks_.size()); }
  void end_file(std::size_t outer_before);

  // Leaves the blocks of the file that a statement with this indent is not in.
  void leave(unsigned indent);
  void enter(CythonBlock block) { blocks_.push_back(std::move(block)); }

  const CythonBlock& block() const { return blocks_.back(); }
  bool is_in(CythonBlock::Kind kind) const;
  std::string function() const;
  bool without_gil() const { return blocks_.back().without_gil; }
  bool of_numpy() const { return blocks_.back().of_numpy; }

  bool declares_members() const;  // of a class or structure, not variables
  std::string structure() const;  // of NumPy's headers, that the class or struct around is declared as

  void declare(const std::string& name, CythonType type);
  const CythonType* variable(const std::string& name) const;

  std::set<std::string, std::less<>> modules;             // words that are numpy's: "np"
  std::set<std::string, std::less<>> python;              // words that Python's import binds to numpy
  std::map<std::string, std::string, std::less<>> names;  // word -> the name that was cimported from numpy
  bool star = false;                                      // from numpy cimport *
  OwnDeclarations own;

 private:
  std::vector<CythonBlock> blocks_;  // never empty; the module first
  std::size_t outer_ = 1;            // those that the file stands in
};

}  // namespace abicheck
