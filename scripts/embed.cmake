# Writes OUTPUT, a C++ source that holds the files INPUTS as (name, text) pairs.
set(text "// Generated from abi_db/; do not edit.\n#include \"abi/embedded_database.h\"\n\nnamespace abicheck {\n\nconst std::vector<EmbeddedFile>& embedded_database() {\n  static const std::vector<EmbeddedFile> kFiles = {\n")
foreach(input IN LISTS INPUTS)
  get_filename_component(name ${input} NAME)
  file(READ ${input} content)
  # A raw string literal stops at 64 kB on some compilers; every file of abi_db is far below.
  string(APPEND text "      {\"${name}\", R\"abicheck(${content})abicheck\"},\n")
endforeach()
string(APPEND text "  };\n  return kFiles;\n}\n\n}  // namespace abicheck\n")
file(WRITE ${OUTPUT} "${text}")
