/* What every module of the farm begins with. FARM_MODULE is the name of the module, given by the compiler's command
 * line. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <numpy/arrayobject.h>

#define FARM_JOIN_(a, b) a##b
#define FARM_JOIN(a, b) FARM_JOIN_(a, b)
#define FARM_TEXT_(a) #a
#define FARM_TEXT(a) FARM_TEXT_(a)

#ifdef _MSC_VER
/* The C library has it, to tell that floating point is used. */
__declspec(selectany) int _fltused = 1;
#endif
#ifdef __cplusplus
#define FARM_C extern "C"
#else
#define FARM_C
#endif
#ifdef _WIN32
#define FARM_EXPORT __declspec(dllexport)
#else
#define FARM_EXPORT __attribute__((visibility("default")))
#endif
#define FARM_INIT FARM_C FARM_EXPORT PyObject* FARM_JOIN(PyInit_, FARM_MODULE)(void)

#define FARM_FUNCTION(name) static PyObject* name(PyObject* self, PyObject* arg)
#define FARM_METHODS(...) static PyMethodDef farm_methods[] = {__VA_ARGS__, {NULL, NULL, 0, NULL}}
#define FARM_METHOD(name) \
  { #name, (PyCFunction)name, METH_O, NULL }
#define FARM_DEFINITION                         \
  static struct PyModuleDef farm_definition = { \
      PyModuleDef_HEAD_INIT, FARM_TEXT(FARM_MODULE), NULL, -1, farm_methods, NULL, NULL, NULL, NULL}
#define FARM_SLOTS_DEFINITION(slots)            \
  static struct PyModuleDef farm_definition = { \
      PyModuleDef_HEAD_INIT, FARM_TEXT(FARM_MODULE), NULL, 0, farm_methods, slots, NULL, NULL, NULL}

#define FARM_ARRAY(object) ((PyArrayObject*)(object))
