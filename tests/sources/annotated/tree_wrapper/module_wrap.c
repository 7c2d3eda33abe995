/* targets: 1.19, 1.26, 2.0, 2.5 */
/* What a generator of wrappers puts into its output for every NumPy there was. */
#include <Python.h>
#include <numpy/arrayobject.h>

#if !defined(NPY_API_VERSION) || NPY_API_VERSION < NPY_1_7_API_VERSION
#define NPY_ARRAY_DEFAULT NPY_DEFAULT
#define NPY_ARRAY_FARRAY NPY_FARRAY
#define NPY_FORTRANORDER NPY_FORTRAN
#endif

#define is_array(a) ((a) && PyArray_Check(a))
#define array_type(a) (int)(PyArray_TYPE((PyArrayObject *)a))
#define array_data(a) (((PyArrayObject *)a)->data)
#define array_flags(a) PyArray_FLAGS((PyArrayObject *)a)

static const char *describe(PyObject *object) {
  if (object == NULL) return "C NULL value";
  if (is_array(object)) return "an array";
  return "something else";
}

static PyArrayObject *without_conversion(PyObject *object, int type) {
  if (is_array(object) && (type == NPY_NOTYPE || PyArray_EquivTypenums(array_type(object), type)))
    return (PyArrayObject *)object;
  PyErr_Format(PyExc_TypeError, "an array is needed, %s was given", describe(object));
  return NULL;
}

static int make_writable(PyObject *object) {
  if ((array_flags(object) & NPY_ALIGNED) == 0) return -1; /* expect: NPY412 @1.19,1.26,2.0 */ /* expect: NPY410 @2.5 */
  return array_flags(object) & NPY_ARRAY_DEFAULT ? 0 : 1;
}

static PyObject *first_byte(PyObject *self, PyObject *object) {
  PyArrayObject *array = without_conversion(object, NPY_NOTYPE);
  if (array == NULL || make_writable(object) < 0) return NULL;
  return PyLong_FromLong(array_data(array)[0]); /* expect: NPY420 */
}

static PyObject *total(PyObject *self, PyObject *object) {
  PyArrayObject *array = without_conversion(object, PyArray_DOUBLE); /* expect: NPY412 @1.19,1.26 */ /* expect: NPY410 @2.0,2.5 */
  return array == NULL ? NULL : PyArray_Sum(array, NPY_MAXDIMS, NPY_DOUBLE, NULL); /* expect: NPY441 */
}

static PyMethodDef methods[] = {
    {"first_byte", first_byte, METH_O, NULL}, {"total", total, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "module", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_module(void) {
  import_array();
  return PyModule_Create(&definition);
}
