/* import_array() and import_umath() one after the other. */
#include "farm.h"
#include <numpy/ufuncobject.h>

static void twice(char **args, npy_intp *dimensions, npy_intp *steps, void *data)
{
    npy_intp i;
    for (i = 0; i < dimensions[0]; i++) {
        *(double *)(args[1] + i * steps[1]) = 2 * *(double *)(args[0] + i * steps[0]);
    }
}

FARM_FUNCTION(looped)
{
    static PyUFuncGenericFunction loops[1];
    static void *data[1];
    static char types[] = {NPY_DOUBLE, NPY_DOUBLE};
    static int none[] = {NPY_LONG, NPY_LONG};
    PyObject *ufunc;
    loops[0] = (PyUFuncGenericFunction)twice;
    ufunc = PyUFunc_FromFuncAndData(loops, (void *)data, types, 1, 1, 1, PyUFunc_None, "twice", NULL, 0);
    if (ufunc == NULL || PyUFunc_RegisterLoopForType((PyUFuncObject *)ufunc, NPY_LONG, loops[0], none, NULL) < 0) {
        return NULL;
    }
    return ufunc;
}

FARM_FUNCTION(converted)
{
    PyArrayObject *output = NULL;
    npy_intp number = PyArray_PyIntAsIntp(arg);
    if (number == -1 || !PyArray_OutputConverter(arg, &output)) {
        return NULL;
    }
    return PyArray_EnsureArray(PyLong_FromSsize_t(number));
}

FARM_METHODS(FARM_METHOD(looped), FARM_METHOD(converted));
FARM_DEFINITION;

FARM_INIT
{
    PyObject *module = PyModule_Create(&farm_definition);
    import_array();
    import_umath();
    return module;
}
