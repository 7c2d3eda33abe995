/* Slots that came late (1.14, 1.22, 2.5), each where the headers and the target declare it. */
#include "farm.h"

FARM_FUNCTION(handled)
{
#if NPY_FEATURE_VERSION >= 0xf
    PyObject *current = PyDataMem_GetHandler();
    Py_XDECREF(current);
    Py_INCREF(PyDataMem_DefaultHandler);
    return PyDataMem_SetHandler(PyDataMem_DefaultHandler);
#else
    Py_INCREF(arg);
    return arg;
#endif
}

FARM_FUNCTION(written_back)
{
#if NPY_API_VERSION >= 0xc
    PyObject *base = PyArray_FROM_OF(arg, NPY_ARRAY_WRITEBACKIFCOPY | NPY_ARRAY_CARRAY);
    if (base == NULL || PyArray_SetWritebackIfCopyBase(FARM_ARRAY(arg), FARM_ARRAY(base)) < 0 || PyArray_ResolveWritebackIfCopy(FARM_ARRAY(arg)) < 0) {
        return NULL;
    }
    return base;
#else
    return PyArray_CheckFromAny(arg, NULL, 0, 0, 0, NULL);
#endif
}

FARM_FUNCTION(scalar)
{
#if NPY_FEATURE_VERSION >= 0x16
    return PyLong_FromLongLong(_PyDatetimeScalarObject_GetValue(arg));
#else
    return PyArray_ToScalar(PyArray_DATA(FARM_ARRAY(arg)), FARM_ARRAY(arg));
#endif
}

FARM_METHODS(FARM_METHOD(handled), FARM_METHOD(written_back), FARM_METHOD(scalar));
FARM_DEFINITION;

FARM_INIT
{
    PyObject *module = PyModule_Create(&farm_definition);
    if (module == NULL) {
        return NULL;
    }
    import_array1(NULL);
    return module;
}
