/* import_array2() with a text of its own. */
#include "farm.h"

FARM_FUNCTION(reduced)
{
    PyArrayObject *array = FARM_ARRAY(arg);
    switch (PyArray_NDIM(array)) {
    case 1: return PyArray_Max(array, 0, NULL);
    case 2: return PyArray_Min(array, 0, NULL);
    case 3: return PyArray_Ptp(array, 0, NULL);
    case 4: return PyArray_Mean(array, 0, NPY_DOUBLE, NULL);
    case 5: return PyArray_Sum(array, 0, NPY_DOUBLE, NULL);
    case 6: return PyArray_CumSum(array, 0, NPY_DOUBLE, NULL);
    case 7: return PyArray_Prod(array, 0, NPY_DOUBLE, NULL);
    case 8: return PyArray_Std(array, 0, NPY_DOUBLE, NULL, 0);
    default: return PyArray_Conjugate(array, NULL);
    }
}

FARM_FUNCTION(tested)
{
    PyObject *any = PyArray_Any(FARM_ARRAY(arg), 0, NULL), *all;
    if (any == NULL) {
        return NULL;
    }
    Py_DECREF(any);
    all = PyArray_All(FARM_ARRAY(arg), 0, NULL);
    Py_XDECREF(all);
    return PyArray_Nonzero(FARM_ARRAY(arg));
}

FARM_METHODS(FARM_METHOD(reduced), FARM_METHOD(tested));
FARM_DEFINITION;

FARM_INIT
{
    import_array2("this module wants an array library", NULL);
    return PyModule_Create(&farm_definition);
}
