// What is written once is compiled for several types.
#include <Python.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define PyDataType_ELSIZE(descr) ((descr)->elsize)
#define PyDataType_NAMES(descr) ((descr)->names)
#endif

#include <vector>

struct mine {
  int elsize;
};

template <typename T>
int size_of(T *thing) {
  return thing->elsize;
}

template <typename T>
T scaled(PyArray_Descr *d, T factor) {
  return factor * PyDataType_ELSIZE(d);
}

template <typename T>
struct Reader {
  PyArrayObject *array;
  T at(npy_intp i) const { return *reinterpret_cast<T *>(PyArray_BYTES(array) + i * PyArray_STRIDES(array)[0]); }
  int bytes() const { return PyDataType_ELSIZE(PyArray_DESCR(array)); }
};

template <typename A, typename B>
PyArray_Descr *chosen(A a, B) {
  return a;
}

int use(PyArrayObject *a, mine *m, PyArray_Descr *d) {
  Reader<double> r{a};
  std::vector<PyArray_Descr *> all{d};
  const int &one = all[0]->type_num;
  return size_of(m) + (int)scaled(d, 2.0) + (int)r.at(0) + r.bytes() + one +
         (int)PyDataType_NAMES((chosen<PyArray_Descr *, int>(d, 1)))->ob_refcnt;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
