/* targets: 1.19, 1.26, 2.0, 2.5 */
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

void in_void(void) {
  import_array(); /* expect: NPY405 */
}

int in_int(void) {
  import_array(); /* expect: NPY405 */
  return 0;
}

int in_int_from_one(void) {
  import_umath(); /* expect: NPY405 */
  return 1;
}

void *in_pointer(void) {
  import_array();
  return NULL;
}

void void_with_its_own_value(void) { import_array1(); }

int int_with_its_own_value(void) {
  import_array1(-1);
  return 0;
}
