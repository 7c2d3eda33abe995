/* import_array() alone, and a universal function that is made while the module loads. */
#include "farm.h"
#include <numpy/ufuncobject.h>

static void twice(char **args, npy_intp *dimensions, npy_intp *steps, void *data)
{
    npy_intp i;
    for (i = 0; i < dimensions[0]; i++) {
        *(double *)(args[1] + i * steps[1]) = 2 * *(double *)(args[0] + i * steps[0]);
    }
}

static PyUFuncGenericFunction loops[] = {(PyUFuncGenericFunction)twice};
static char types[] = {NPY_DOUBLE, NPY_DOUBLE};

FARM_FUNCTION(listed)
{
    return PyArray_ToList(FARM_ARRAY(arg));
}

FARM_METHODS(FARM_METHOD(listed));
FARM_DEFINITION;

FARM_INIT
{
    PyObject *module, *ufunc;
    import_array();
    module = PyModule_Create(&farm_definition);
    if (module == NULL) {
        return NULL;
    }
    ufunc = PyUFunc_FromFuncAndData(loops, NULL, types, 1, 1, 1, PyUFunc_None, "twice", NULL, 0);
    if (ufunc == NULL || PyModule_AddObject(module, "twice", ufunc) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
