/* targets: 1.26, 2.0, 2.5 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_ignored", NULL, -1, NULL, NULL, NULL, NULL, NULL};

static void caller_asks(void) { _import_umath(); }

static int init_numpy(void) {
  import_array1(-1);
  return 0;
}

static void *init_numpy_with_null(void) {
  import_array();
  return NULL;
}

PyMODINIT_FUNC PyInit_import_ignored(void) {
  init_numpy(); /* expect: NPY404 */
  init_numpy_with_null(); /* expect: NPY404 */
  _import_array(); /* expect: NPY404 */
#if NPY_ABI_VERSION >= 0x02000000
  (void)PyArray_ImportNumPyAPI(); /* expect: NPY404 @2.0,2.5 */
#endif
  return PyModule_Create(&module);
}

int looks_afterwards(void) {
  _import_array();
  return PyErr_Occurred() ? -1 : 0;
}

int looks_at_the_table(void) {
  _import_array();
  return PyArray_API == NULL ? -1 : 0;
}

int looks_for_another(void) {
  caller_asks();
  return PyErr_Occurred() ? -1 : 0;
}

int looks_behind_its_own(void) {
  init_numpy();
  return PyErr_Occurred() ? -1 : 0;
}

int takes_it_from_its_own(void) { return init_numpy() < 0 ? -1 : 1; }

int takes_it(void) { return _import_array(); }
