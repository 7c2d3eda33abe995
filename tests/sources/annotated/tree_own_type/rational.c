/* targets: 1.19, 1.26, 2.0, 2.5 */
/* A type of its own, registered as before NumPy 2. */
#include <Python.h>
#include <numpy/arrayobject.h>

typedef struct {
  npy_int32 n, d;
} rational;

static PyTypeObject *object_type = &PyBaseObject_Type;
static PyArray_ArrFuncs functions;

static PyObject *get_item(void *data, void *array) { return PyLong_FromLong(((rational *)data)->n); }

static void swap(void *to, void *from, int swapped, void *array) {
  PyArray_Descr *half = PyArray_DescrFromType(NPY_INT32);
  half->f->copyswap(to, from, swapped, array); /* expect: NPY420 */
  Py_DECREF(half);
}

/* C compilers only warn of more values than members. */
static PyArray_Descr description = { /* expect: NPY420 */
    PyObject_HEAD_INIT(NULL)
    NULL,
    'V',
    'r',
    '=',
    NPY_NEEDS_PYAPI,
    0,
    sizeof(rational),
    sizeof(npy_int32),
    NULL,
    NULL,
    NULL,
    &functions,
};

/* One for every NumPy. */
#if NPY_ABI_VERSION < 0x02000000
#define PyArray_DescrProto PyArray_Descr
#endif
static PyArray_DescrProto prototype = {
    PyObject_HEAD_INIT(NULL) NULL, 'V', 's', '=', NPY_NEEDS_PYAPI, 0, sizeof(rational), sizeof(npy_int32), NULL, NULL,
    NULL, &functions,
};

static PyArray_Descr *made(void) {
  PyArray_Descr *description = PyArray_DescrFromType(NPY_DOUBLE);
  return description;
}

static int registered(void) {
  PyArray_InitArrFuncs(&functions);
  functions.getitem = (PyArray_GetItemFunc *)get_item;
  functions.copyswap = (PyArray_CopySwapFunc *)swap;
  description.typeobj = object_type;
  prototype.typeobj = object_type;
  if (PyArray_RegisterDataType(&prototype) < 0 || made() == NULL) return -1;
  return PyArray_RegisterDataType(&description);
}

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "rational", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_rational(void) {
  import_array();
  if (registered() < 0) return NULL;
  return PyModule_Create(&definition);
}
