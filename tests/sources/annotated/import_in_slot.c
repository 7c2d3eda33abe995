/* targets: 1.19, 1.26, 2.0, 2.5 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>

static PyObject *use(PyObject *self, PyObject *o) {
  (void)self;
  return PyArray_Check(o) ? PyUFunc_FromFuncAndData(NULL, NULL, NULL, 0, 1, 1, PyUFunc_None, "f", "", 0) : o;
}

static int import_all(void) {
  import_array1(-1);
  import_umath1(-1);
  return 0;
}

static int execute(PyObject *m) {
  (void)m;
  return import_all();
}

static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)execute}, {0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "import_in_slot", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_import_in_slot(void) { return PyModuleDef_Init(&module); }
