/* targets: 1.26, 2.0, 2.2 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

#define SIZE_OF(descr) ((descr)->elsize)

static int item_size(PyArray_Descr *descr) {
  int size = descr->elsize; /* expect: NPY420 */
  size += SIZE_OF(descr);   /* expect: NPY420 */
  descr->alignment = 4;     /* expect: NPY420 */
  return size + descr->type_num + PyDataType_HASFIELDS(descr);
}

static PyObject *names_of(PyArrayObject *array) {
  return PyArray_DESCR(array)->names; /* expect: NPY420 */
}

static double real_part(npy_cdouble value) {
  return value.real; /* expect: NPY440 */
}

static PyObject *sizes(PyObject *self, PyObject *array) {
  (void)self;
  if (!PyArray_Check(array)) Py_RETURN_NONE;
  npy_cdouble zero = {0};
  if (names_of((PyArrayObject *)array) == NULL) Py_RETURN_NONE;
  return PyFloat_FromDouble(item_size(PyArray_DESCR((PyArrayObject *)array)) + real_part(zero));
}

static PyMethodDef methods[] = {{"sizes", sizes, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "removed_members", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_removed_members(void) {
  import_array();
  return PyModule_Create(&module);
}
