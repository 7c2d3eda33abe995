// targets: 1.26, 2.0, 2.5
#include <Python.h>
#include <numpy/arrayobject.h>

// 0 says that it failed, as NULL does.
bool in_bool() {
  import_array();
  return true;
}

int in_int() {
  import_array();  // expect: NPY405
  return 0;
}

void in_void() {
  import_array();  // expect: NPY405
}
