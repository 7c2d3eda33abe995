// A DType of the new API whose functions are named by NPY_DT_PyArray_ArrFuncs numbers, which NumPy 2.4 changed.
#define NPY_NO_DEPRECATED_API NPY_2_0_API_VERSION
#define NPY_TARGET_VERSION NPY_2_0_API_VERSION
#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/dtype_api.h>

typedef struct {
  PyArray_Descr base;
} Descr;

static PyObject *name(PyObject *self) {
  (void)self;
  return PyUnicode_FromString("Box()");
}

static PyArray_DTypeMeta Box = {{{PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "custom_dtype.Box", .tp_basicsize = sizeof(Descr), .tp_repr = name, .tp_str = name,
    .tp_flags = Py_TPFLAGS_DEFAULT}}};
static PyTypeObject Scalar = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = "custom_dtype.Scalar", .tp_basicsize = sizeof(PyObject), .tp_flags = Py_TPFLAGS_DEFAULT};

static PyArray_Descr *discover(PyArray_DTypeMeta *cls, PyObject *obj) {
  (void)cls, (void)obj;
  return NULL;
}
static PyArray_Descr *common(PyArray_DTypeMeta *cls, PyArray_DTypeMeta *other) {
  (void)cls, (void)other;
  Py_INCREF(Py_NotImplemented);
  return (PyArray_Descr *)Py_NotImplemented;
}
static npy_bool nonzero(void *item, void *array) {
  (void)item, (void)array;
  return 1;
}
static PyObject *getitem(PyArray_Descr *descr, char *item) {
  (void)descr, (void)item;
  Py_RETURN_NONE;
}
static int setitem(PyArray_Descr *descr, PyObject *obj, char *item) {
  (void)descr, (void)obj, (void)item;
  return 0;
}
static PyArray_Descr *canonical(PyArray_Descr *self) {
  Py_INCREF(self);
  return self;
}
static PyArray_Descr *common_instance(PyArray_Descr *one, PyArray_Descr *other) {
  (void)other;
  Py_INCREF(one);
  return one;
}
static PyType_Slot slots[] = {{NPY_DT_common_instance, (void *)common_instance},
                              {NPY_DT_ensure_canonical, (void *)canonical},
                              {NPY_DT_discover_descr_from_pyobject, (void *)discover},
                              {NPY_DT_common_dtype, (void *)common},
                              {NPY_DT_setitem, (void *)setitem},
                              {NPY_DT_getitem, (void *)getitem},
                              {NPY_DT_PyArray_ArrFuncs_nonzero, (void *)nonzero},
                              {0, NULL}};

static NPY_CASTING same(PyObject *method, PyArray_DTypeMeta *const *dtypes, PyArray_Descr *const *given, PyArray_Descr **loop, npy_intp *offset) {
  (void)method, (void)dtypes, (void)offset;
  Py_INCREF(given[0]);
  loop[0] = given[0];
  Py_INCREF(given[0]);
  loop[1] = given[0];
  return NPY_NO_CASTING;
}
static int copy(PyArrayMethod_Context *context, char *const *data, npy_intp const *n, npy_intp const *strides, NpyAuxData *aux) {
  (void)context, (void)data, (void)n, (void)strides, (void)aux;
  return 0;
}
static PyArray_DTypeMeta *same_types[] = {NULL, NULL};
static PyType_Slot cast_slots[] = {{NPY_METH_resolve_descriptors, (void *)same}, {NPY_METH_strided_loop, (void *)copy}, {NPY_METH_unaligned_strided_loop, (void *)copy}, {0, NULL}};
static PyArrayMethod_Spec within = {.name = "within", .nin = 1, .nout = 1, .casting = NPY_NO_CASTING, .flags = NPY_METH_SUPPORTS_UNALIGNED, .dtypes = same_types, .slots = cast_slots};
static PyArrayMethod_Spec *casts[] = {&within, NULL};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "custom_dtype", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_custom_dtype(void) {
  import_array();
  Scalar.tp_base = &PyGenericArrType_Type;
  if (PyType_Ready(&Scalar) < 0) return NULL;
  Py_SET_TYPE(&Box, &PyArrayDTypeMeta_Type);
  ((PyTypeObject *)&Box)->tp_base = &PyArrayDescr_Type;
  PyArrayDTypeMeta_Spec spec = {.typeobj = &Scalar, .flags = NPY_DT_PARAMETRIC, .casts = casts, .slots = slots};
  if (PyType_Ready((PyTypeObject *)&Box) < 0 || PyArrayInitDTypeMeta_FromSpec(&Box, &spec) < 0) return NULL;
  return PyModule_Create(&definition);
}
