#include "explain/explanations.h"

#include <algorithm>
#include <iterator>

namespace abicheck {

namespace {

constexpr Explanation kExplanations[] = {
    {"NPY101", "built for another ABI than this NumPy has, and refused",
     "The import fails: \"numpy.core.multiarray failed to import\", behind it \"_ARRAY_API not found\" or \"module "
     "compiled "
     "against ABI version ... but this version of numpy is ...\".",
     "import_array() compares the NPY_ABI_VERSION that was compiled into the module with that of the running NumPy. "
     "NumPy 2.0 "
     "changed it, and hides its C-API from modules that ask for it under the old name, so a module compiled with NumPy "
     "1.x "
     "headers never runs on NumPy 2. Modules compiled with NumPy 2 headers run on both.",
     "Rebuild with the headers of NumPy 2.0 or newer, or require numpy<2 in the package's metadata."},
    {"NPY102", "compiled for a newer C-API than this NumPy has",
     "The import fails: \"module compiled against API version 0x.. but this version of numpy is 0x..\".",
     "import_array() compares the NPY_FEATURE_VERSION that was compiled in with the API version of the running NumPy, "
     "which "
     "must not be older. Headers older than NumPy 1.25 always ask for their own version; newer ones ask for an older "
     "one "
     "unless NPY_TARGET_VERSION is defined.",
     "Require the NumPy that the message names, or build for an older one: with NumPy 1.25 or newer headers and no "
     "NPY_TARGET_VERSION, or one that is lower; with older headers, with those of the oldest NumPy to support."},
    {"NPY103", "takes the C-API from a module that this NumPy does not have",
     "The import fails: the module asks for numpy.core.multiarray, numpy.core._multiarray_umath, numpy._core or "
     "numpy.random and this NumPy has no such module.",
     "NumPy moved its compiled core: _multiarray_umath appeared in 1.16, numpy._core in 2.0. A module that was "
     "compiled to "
     "look in the new place only does not find it in an older NumPy.",
     "Require the NumPy that has the module, or build with headers that look in both places."},
    {"NPY104", "a NumPy type is smaller than the module was compiled for",
     "The import fails: \"ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from "
     "C header, "
     "got 88 from PyObject\".",
     "Modules that Cython writes compare sizeof() of NumPy's types, as the headers had them, with the types of the "
     "running "
     "NumPy. A smaller type means that members the module may read are not there.",
     "Rebuild with the headers of the oldest NumPy to support (NumPy 2.0 and newer ones also serve NumPy 1.x), or "
     "require a "
     "NumPy whose type is large enough."},
    {"NPY105", "a NumPy type has another size than the module insists on",
     "The import fails: \"ValueError: numpy... has the wrong size, try recompiling\" or \"size changed\".",
     "The Cython declaration the module was compiled with demands the very size (check_size error), so a type that has "
     "grown "
     "is refused as well.",
     "Rebuild for this NumPy, or compile with numpy's own .pxd files, which ask for at least the size."},
    {"NPY106", "imports another module of the same wheel, which does not load",
     "The import fails with the error of the other module.",
     "Loading this module runs an import of a sibling, often for Cython's type or function imports, and that one fails "
     "under "
     "this NumPy.",
     "Mend the module that is named as the root; this one follows."},
    {"NPY107", "makes a DType whose functions have other numbers in this NumPy",
     "The import fails, or a wrong function is called: PyArrayInitDTypeMeta_FromSpec gets slots with numbers of "
     "another NumPy.",
     "The functions of a new-style DType are named by numbers, some of which NumPy 2.4 gave anew; neither the ABI nor "
     "the API "
     "version tells.",
     "Rebuild with the headers of the NumPy to support."},
    {"NPY108", "takes the pointer to the C-API from a library that does not define it",
     "The module does not load: the loader says \"undefined symbol\", because no file of the wheel, and no library "
     "that "
     "it needs, defines the variable behind PyArray_API.",
     "With NO_IMPORT_ARRAY a file only declares that variable. One that defines it must be linked to the others: the "
     "one without NO_IMPORT_ARRAY, which calls import_array().",
     "Leave NO_IMPORT_ARRAY out in one file and call import_array() there, with the same PY_ARRAY_UNIQUE_SYMBOL in "
     "all."},
    {"NPY201", "loads, and fails when it first imports NumPy's C-API",
     "The module imports; the first function that needs NumPy raises the error that import_array() would have raised.",
     "import_array() is called in a function, not while the module is loaded.",
     "As for the error that is predicted; call import_array() in the module's init function so that the failure is "
     "seen at "
     "import."},
    {"NPY202", "import_array fails, and the module goes on without NumPy's C-API",
     "Python crashes (segmentation fault) in the first function that uses an array, or while the module is loaded when "
     "that "
     "uses one.",
     "The error of import_array() is cleared or ignored, so PyArray_API stays NULL and every use of it reads address "
     "0. A module that clears the error may ask a variable of its own before each use and do without NumPy: of such a "
     "module it is only a warning.",
     "Return NULL from the init function when import_array() fails, and rebuild for this NumPy."},
    {"NPY203", "pybind11 older than 2.12 reads structures that this NumPy lays out otherwise",
     "The module loads; arrays get wrong strides or item sizes, fields and flags are wrong, or Python crashes - "
     "without an "
     "error message.",
     "pybind11 has its own copy of NumPy's dtype structure. Before 2.12 it is that of NumPy 1.x; NumPy 2 moved the "
     "members "
     "behind the type number.",
     "Rebuild with pybind11 2.12 or newer."},
    {"NPY204", "rust-numpy older than 0.22 reads structures that this NumPy lays out otherwise",
     "The module loads; what it reads of a dtype is wrong under NumPy 2.",
     "rust-numpy has its own declarations of NumPy's structures; those before 0.22 are of NumPy 1.x.",
     "Rebuild with rust-numpy 0.22 or newer."},
    {"NPY205", "built with PYBIND11_NUMPY_1_ONLY",
     "The module loads; the first use of an array raises an ImportError of pybind11.",
     "The module was compiled with PYBIND11_NUMPY_1_ONLY, which makes pybind11 refuse NumPy 2.",
     "Rebuild without that macro, or require numpy<2."},
    {"NPY206", "pybind11 refuses a NumPy older than it was written for",
     "The first use of an array raises: \"pybind11 numpy support requires numpy >= ...\".",
     "pybind11 compares the API version that the running NumPy reports with the oldest it knows to handle.",
     "Require the NumPy that the message names."},
    {"NPY207", "uses a function of the C-API that this NumPy does not have",
     "Python crashes, or another function is called, when that function is used.",
     "Functions of the C-API are places in a table. This NumPy's table is shorter, has a hole in that place, or "
     "something "
     "else in it; import_array() compares version numbers only, which do not tell.",
     "Require the NumPy that has the function, do without it, or ask PyArray_RUNTIME_VERSION before calling it."},
    {"NPY208", "uses the C-API through a pointer that nothing fills: import_array() is missing",
     "Python crashes (segmentation fault) at the first use.",
     "Every source file has its own PyArray_API unless PY_ARRAY_UNIQUE_SYMBOL joins them. A file that never calls "
     "import_array() and does not share a filled table reads functions from address 0.",
     "Define PY_ARRAY_UNIQUE_SYMBOL in all files of the module, NO_IMPORT_ARRAY in all but one, and call "
     "import_array() in "
     "that one."},
    {"NPY209", "uses a function of the C-API that only raises an error in this NumPy",
     "The module loads; where it calls that function, the call fails with the exception that is told.",
     "NumPy keeps the places of functions that it has given up, so that old modules load. What stands there now raises "
     "an exception and does nothing else. A function that returns nothing cannot tell its caller, and Python then "
     "reports a SystemError as well.",
     "Use the function that took its place, and rebuild; or require a NumPy that still has it."},
    {"NPY210", "imports the C-API only in an exported function that nothing here calls",
     "Python crashes (segmentation fault) at the first use, unless something else has called that function by then.",
     "import_array() stands in a function that the module exports, and neither its init function nor anything that it "
     "hands to Python leads there. Another program may look the function up by name, which cannot be seen here.",
     "Call import_array() in the module's init function."},
    {"NPY301", "metadata allows a NumPy that the binary refuses",
     "An installer chooses a NumPy with which the package does not work.",
     "Requires-Dist is written by hand; what the compiled modules need is decided by the headers they were built with.",
     "Narrow the requirement to the range that is reported as supported, or rebuild."},
    {"NPY302", "built for another machine than its name or the wheel's says",
     "ImportError: Python does not find the module, or the system's loader refuses it, with every NumPy.",
     "An installer chooses a wheel by the platform tag in its name, and Python a module by the tag in its file name. "
     "Cross-compiling with the settings of the building machine gives either of them to code for another processor.",
     "Build the module for the machine of the tag, or give the wheel and the module the tags of their machine."},
    {"NPY401", "import_array() is missing", "Python crashes (segmentation fault) at the first call of the C-API.",
     "PyArray_API, a static pointer of this file or one that files share through PY_ARRAY_UNIQUE_SYMBOL, stays NULL "
     "until "
     "import_array() fills it.",
     "Call import_array() in the module's init function, in the file whose table is meant."},
    {"NPY402", "import_array() is not called on the way from the module's init function",
     "The module loads, and Python crashes at the first call of the C-API that comes before import_array().",
     "The call stands in a function that loading the module does not reach, or behind what needs it.",
     "Call import_array() first in the init function (or in a Py_mod_exec slot)."},
    {"NPY403", "import_array() is called in the wrong file",
     "The table that is filled is not the one that is used: Python crashes at the first call.",
     "Files share a table only when they define the same PY_ARRAY_UNIQUE_SYMBOL before including NumPy, and only a "
     "file "
     "without NO_IMPORT_ARRAY holds it.",
     "Define the same PY_ARRAY_UNIQUE_SYMBOL in all files, NO_IMPORT_ARRAY in all but the one that calls "
     "import_array()."},
    {"NPY404", "the result of the import is ignored",
     "When the import fails the module goes on: an exception is set and nobody reports it, and the first use crashes "
     "Python.",
     "_import_array() and PyArray_ImportNumPyAPI() return a negative number when they fail.",
     "if (PyArray_ImportNumPyAPI() < 0) return NULL; or use the macro import_array(), which returns by itself."},
    {"NPY405", "import_array() returns from a function of another type",
     "It does not compile, or the caller takes the result of a failed import for a good one.",
     "import_array() is a macro with a return statement in it: return NULL.",
     "Use import_array1(value) in functions that return something else, or PyArray_ImportNumPyAPI()."},
    {"NPY410", "uses a name that the headers of this NumPy do not have", "The source does not compile with this NumPy.",
     "The function, macro, constant, type or member was removed, is not there yet, is only declared for a higher "
     "NPY_TARGET_VERSION, or is declared otherwise; or an #if asks for it, and what is read instead does not compile.",
     "Use the replacement that is named. Names that NumPy 2 added work under NumPy 1.x through numpy/npy_2_compat.h."},
    {"NPY411", "does not compile with the headers of this NumPy",
     "The compiler reports an error with this NumPy's headers and none with those of another.",
     "What the headers declare has changed; the compiler's message tells how.",
     "See NumPy's release notes and migration guide for what the message names."},
    {"NPY412", "uses a name that this NumPy deprecates", "It compiles and works; the name will go.",
     "NumPy's headers or release notes mark it as deprecated.", "Use the replacement that is named."},
    {"NPY413", "includes a header that this NumPy does not have", "The source does not compile with this NumPy.",
     "NumPy removed or renamed the header, or did not have it yet.", "Include the header that took its place."},
    {"NPY420", "accesses a member of one of NumPy's structures",
     "Where the headers do not declare the member, the source does not compile (error). Where they do, it compiles, "
     "and "
     "no longer with other NumPys or settings (warning), or reads from a place that is compiled in (note).",
     "PyArrayObject's members are deprecated since NumPy 1.7 and hidden by NPY_NO_DEPRECATED_API. NumPy 2.0 moved "
     "those "
     "of PyArray_Descr: elsize, alignment, flags, metadata and hash are declared only for NPY_TARGET_VERSION 2.0 and "
     "newer; f, fields, names, subarray and c_metadata not at all. type, type_num, kind, byteorder and typeobj stay. "
     "Iterators and ufuncs are structures too, hidden where a module is built for Py_TARGET_ABI3T.",
     "Use the accessor that is named, such as PyArray_DATA or PyDataType_ELSIZE. numpy/npy_2_compat.h gives those of "
     "NumPy 2.0 to older ones: copy it into the project, and include it after numpy/ndarrayobject.h. A structure of "
     "the "
     "project's own that registers a dtype becomes a PyArray_DescrProto."},
    {"NPY430", "NPY_TARGET_VERSION asks for a newer NumPy than is to be supported",
     "The module that is built refuses the older NumPy: import_array() fails with the two versions in its message. "
     "Headers older than the version stop the compiler.",
     "NPY_TARGET_VERSION is the oldest NumPy that the module may meet at run time. Without it, headers since 1.25 take "
     "an old one of their own choice, older headers their own version.",
     "Set NPY_TARGET_VERSION to the oldest NumPy that the package's requirements allow, or raise those."},
    {"NPY431", "NPY_NO_DEPRECATED_API is not set, or higher than the headers know",
     "It compiles. What NumPy deprecates is not noticed while it can still be replaced.",
     "NPY_NO_DEPRECATED_API hides what was deprecated up to the version that it names; without it NumPy's headers "
     "declare all of it, one higher than the headers' own hides nothing more.",
     "Define NPY_NO_DEPRECATED_API as NPY_1_7_API_VERSION or newer before including NumPy's headers."},
    {"NPY432", "a version macro names a version that these headers do not define",
     "The compiler takes the name for 0 and NumPy's headers their default, without a word.",
     "In #if a name that is no macro is 0. Not every release has a name: there is no NPY_1_26_API_VERSION, and headers "
     "do not know the names of newer releases.",
     "Use a name that the oldest headers to build with have: NPY_1_25_API_VERSION for 1.26."},
    {"NPY440", "takes NumPy's complex numbers for structures",
     "z.real does not compile in C, nor in C++. A list of two numbers compiles in C, and GCC stores the first alone, "
     "with a warning: the imaginary part is 0.",
     "npy_cfloat, npy_cdouble and npy_clongdouble were structures with the members real and imag; since NumPy 2.0 they "
     "are C99's complex types in C, and a structure with other members in C++.",
     "Read with npy_creal(z) and npy_cimag(z) of numpy/npy_math.h, write with NPY_CSETREAL(&z, x) and NPY_CSETIMAG(&z, "
     "y) "
     "of numpy/npy_2_complexcompat.h, which may be copied into a project for older NumPys. In C++ cast pointers to "
     "std::complex."},
    {"NPY441", "counts on the most dimensions that arrays had",
     "As an axis: NumPy 2 raises AxisError, \"axis 64 is out of bounds\", and a comparison with what "
     "PyArray_AxisConverter stored is never true. As the project's own 32 for the length of a buffer: arrays of more "
     "dimensions write behind its end.",
     "NumPy 2.0 raised NPY_MAXDIMS from 32 to 64, and made NPY_RAVEL_AXIS the axis of what axis=None means, which "
     "NPY_MAXDIMS was before. A buffer of NPY_MAXDIMS elements is long enough: headers and NumPy agree on the number, "
     "as a module built with NumPy 1.x headers does not load with NumPy 2, and one built with NumPy 2 headers has room "
     "for more than NumPy 1.x needs.",
     "Use NPY_RAVEL_AXIS of numpy/npy_2_compat.h for axes, NPY_MAXDIMS for lengths, and compare PyArray_NDIM with a "
     "length of the project's own."},
    {"NPY442", "takes NPY_LONG for the integer of Python",
     "On 64-bit Windows only: arrays that np.array([1, 2]) makes are refused with \"Cannot cast array data from "
     "dtype('int64') to dtype('int32') according to the rule 'safe'\", are not recognised as integers, or are read "
     "with "
     "the wrong width.",
     "NumPy's default integer was C's long up to NumPy 1.26, which has 32 bits on Windows. Since NumPy 2.0 it is "
     "NPY_INTP on every 64-bit platform; NPY_LONG is still C's long.",
     "Ask for NPY_INTP or NPY_INT64 and read npy_intp or npy_int64; NPY_DEFAULT_INT is the default integer of the "
     "running NumPy, whose width is only known then."},
    {"NPY450", "uses an array that may be NULL",
     "Where the conversion fails, the process dies with a segmentation fault; otherwise nothing.",
     "PyArray_FROM_OTF, PyArray_SimpleNew and the like return NULL with an exception set: for an argument that cannot "
     "be converted (warning), or for want of memory (note). Accessors such as PyArray_DATA read the array without "
     "looking. A way through the function leads from the one to the other with nothing that compares the pointer.",
     "Compare it with NULL first, and return or clean up."},
    {"NPY451", "does not end what WRITEBACKIFCOPY began",
     "NumPy prints \"RuntimeWarning: WRITEBACKIFCOPY detected in array_dealloc\" and writes the copy back when the "
     "array "
     "is deleted, which may be much later. NPY_ARRAY_INOUT_ARRAY since NumPy 1.23: what the function writes into a "
     "copy "
     "is lost.",
     "NPY_ARRAY_WRITEBACKIFCOPY and NPY_ARRAY_INOUT_ARRAY2 make a copy of an argument of another type or layout, to be "
     "written back by PyArray_ResolveWritebackIfCopy. The older NPY_ARRAY_UPDATEIFCOPY, which did so by itself, was "
     "removed in NumPy 1.23, and NPY_ARRAY_INOUT_ARRAY lost it.",
     "Ask with NPY_ARRAY_INOUT_ARRAY2; call PyArray_ResolveWritebackIfCopy before the last Py_DECREF, and "
     "PyArray_DiscardWritebackIfCopy where the function fails."},
    {"NPY452", "calls NumPy's C-API without the GIL",
     "Counts of references are lost, memory is freed while in use, or the process dies, in one run of many.",
     "Between Py_BEGIN_ALLOW_THREADS or NPY_BEGIN_THREADS and its end other threads run Python code. Accessors that "
     "read a member (PyArray_DATA, PyArray_NDIM, PyArray_ITER_NEXT) are free, as are PyArray_SIZE, PyDataMem_NEW and "
     "the NpyIter functions that do not create, copy or delete; other functions touch Python objects.",
     "Call it before the GIL is released or after it is taken again, or between NPY_ALLOW_C_API and "
     "NPY_DISABLE_C_API."},
    {"NPY460", "uses the C-API from Cython without import_array()",
     "The module loads; Python crashes in the first function that uses NumPy's C-API.",
     "Functions such as PyArray_SimpleNew() are reached through a table that import_array() fills. Cython 3 adds the "
     "call "
     "where a .pyx cimports numpy and never mentions import_array, Cython before 3 does not; where only the .pxd "
     "cimports "
     "numpy, or the functions are declared in an extern block of one's own, no Cython does. Nor does any for ufuncs.",
     "Write numpy.import_array() behind `cimport numpy`, and numpy.import_ufunc() where functions of ufuncs are used."},
    {"NPY461", "names what the Cython declarations of this NumPy do not have",
     "Cython refuses the source: \"cimported module has no attribute\", \"is not a type identifier\", "
     "\"numpy/int_t.pxd not "
     "found\".",
     "The names behind `cimport numpy` are those of the numpy/__init__.pxd that NumPy installs, and of "
     "__init__.cython-30.pxd for Cython 3. long_t and ulong_t went in NumPy 1.25, int_t and uint_t in 2.0, the flags "
     "without ARRAY in their names in 2.3; others are new.",
     "Use the name that is given: numpy.npy_long is what int_t was, npy_longlong what long_t was."},
    {"NPY462", "uses a member in a way that this NumPy and Cython do not allow",
     "Cython or the C compiler refuses the source, or an AttributeError is raised when the line runs.",
     "For Cython 3 the members of ndarray are properties, and with NumPy 2 those of dtype: they can be read and not "
     "assigned. NumPy 2 declares npy_cdouble and its like without members, so that Cython makes a dict of the value to "
     "look for .real. A structure that the source declares in an extern block of its own has the members of the "
     "headers, "
     "and PyArray_Descr lost most of them in NumPy 2.",
     "Cimport numpy instead of declaring its structures; use complex types of Cython; make arrays with the data they "
     "are "
     "to have."},
    {"NPY463", "this NumPy's declarations need a newer Cython", "Cython refuses the source at `cimport numpy`.",
     "The .pxd files of NumPy 2.0 to 2.4 can be read by Cython from 0.29.31 on; that of NumPy 2.5 refuses Cython "
     "before "
     "3 with \"Build aborted: the NumPy Cython headers require Cython 3.0.0 or newer\".",
     "Ask for a new enough Cython in build-system.requires of pyproject.toml."},
    {"NPY901", "a version that decides could not be recovered", "Nothing is known of what happens.",
     "The number is not where compilers usually put it, or depends on what runs.",
     "Import the module under this NumPy; report the wheel, so that it can be read."},
    {"NPY902", "a size check could not be recovered or judged", "Nothing is known of what happens.",
     "The type, the size or the mode of a check is formed in a way that is not followed.",
     "Import the module under this NumPy; report the wheel, so that it can be read."},
    {"NPY903", "reaches for NumPy's C-API in an unknown way", "Nothing is known of what happens.",
     "The module takes the table by other code than import_array().", "Import the module under this NumPy and use it."},
    {"NPY904", "the module could not be read", "Nothing is known of what happens.",
     "The file is damaged, or of a kind or for a processor that is not read.", "See the problem that is named."},
    {"NPY905", "the source could not be parsed", "Nothing is known of what happens.",
     "A header was not found, or the source has errors with the headers of every NumPy.",
     "Give the compiler's arguments behind --, or a compile_commands.json with -p."},
};

void add_wrapped(std::string& out, std::string_view text, std::size_t width, std::size_t indent) {
  std::size_t column = width;  // the first word begins a line
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (column + 1 + end > width) {
      if (column != width || !out.ends_with('\n')) out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out += '\n';
}

}  // namespace

std::span<const Explanation> explanations() {
  return kExplanations;
}

const Explanation* find_explanation(std::string_view rule) {
  const auto* found = std::find_if(std::begin(kExplanations), std::end(kExplanations),
                                   [&](const Explanation& one) { return one.rule == rule; });
  return found == std::end(kExplanations) ? nullptr : found;
}

std::string explanation_text(const Explanation& explanation, std::size_t width) {
  constexpr std::size_t kIndent = 2;
  std::string out = std::string(explanation.rule) + ": " + std::string(explanation.title) + "\n";
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"What happens", explanation.what}, {"Why", explanation.why}, {"How to fix it", explanation.fix}};
  for (const auto& [heading, text] : parts) {
    out += "\n" + std::string(heading) + "\n";
    add_wrapped(out, text, width, kIndent);
  }
  return out;
}

std::string explanation_list() {
  std::string out;
  for (const Explanation& one : kExplanations) out += std::string(one.rule) + "  " + std::string(one.title) + "\n";
  return out;
}

}  // namespace abicheck
