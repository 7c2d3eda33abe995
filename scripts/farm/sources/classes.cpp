// C++: a class that owns an array, a vector, exceptions; _import_array() in a function that throws.
#include <stdexcept>
#include <vector>
#include "farm.h"

class Owned {
 public:
  explicit Owned(PyObject* object) : object_(object) {
    if (object == nullptr) throw std::runtime_error("no array");
  }
  ~Owned() { Py_XDECREF(object_); }
  PyArrayObject* array() const { return reinterpret_cast<PyArrayObject*>(object_); }
  PyObject* release() {
    PyObject* it = object_;
    object_ = nullptr;
    return it;
  }

 private:
  PyObject* object_;
};

FARM_FUNCTION(collected) {
  try {
    Owned flat(PyArray_Flatten(FARM_ARRAY(arg), NPY_CORDER));
    std::vector<double> values(PyArray_SIZE(flat.array()));
    for (double& value : values) value = *static_cast<double*>(PyArray_DATA(flat.array()));
    Owned cast(PyArray_CastToType(flat.array(), PyArray_DescrFromType(NPY_FLOAT), 0));
    return PyFloat_FromDouble(values.empty() ? 0.0 : values.back());
  } catch (const std::exception& problem) {
    PyErr_SetString(PyExc_ValueError, problem.what());
    return nullptr;
  }
}

FARM_FUNCTION(viewed) {
  Owned array(PyArray_FromBuffer(arg, PyArray_DescrFromType(NPY_UINT8), -1, 0));
  npy_intp place[1] = {0};
  if (PyArray_GetPtr(array.array(), place) == nullptr || PyArray_ElementStrides(arg) == 0) return nullptr;
  return array.release();
}

FARM_METHODS(FARM_METHOD(collected), FARM_METHOD(viewed));
FARM_DEFINITION;

static void need_numpy() {
  if (_import_array() < 0) throw std::runtime_error("numpy");
}

FARM_INIT {
  try {
    need_numpy();
  } catch (const std::exception&) {
    return nullptr;
  }
  return PyModule_Create(&farm_definition);
}
