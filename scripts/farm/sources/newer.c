/* PyArray_ImportNumPyAPI(), and what only NumPy 2 has. */
#include "farm.h"
#include <numpy/npy_2_compat.h>

FARM_FUNCTION(sized)
{
    PyArray_Descr *descr = PyArray_DescrFromType(NPY_DEFAULT_INT);
    Py_ssize_t size = PyDataType_ELSIZE(descr);
    PyArray_ArrFuncs *functions = PyDataType_GetArrFuncs(descr);
    return PyLong_FromSsize_t(functions->nonzero != NULL ? size : PyArray_ITEMSIZE(FARM_ARRAY(arg)));
}

#if NPY_FEATURE_VERSION >= 0x12
FARM_FUNCTION(packed)
{
    PyArray_DTypeMeta *wanted = &PyArray_DoubleDType;
    char place[16];
    if (PyArray_Pack(PyArray_DESCR(FARM_ARRAY(arg)), place, arg) < 0) {
        return NULL;
    }
    Py_INCREF((PyObject *)wanted);
    return (PyObject *)wanted;
}

FARM_FUNCTION(dated)
{
    npy_datetimestruct parts;
    PyArray_DatetimeMetaData unit = {NPY_FR_D, 1};
    npy_datetime value;
    if (NpyDatetime_ConvertDatetime64ToDatetimeStruct(&unit, 1, &parts) < 0 || NpyDatetime_ConvertDatetimeStructToDatetime64(&unit, &parts, &value) < 0) {
        return NULL;
    }
    return PyLong_FromLongLong(value);
}
#define FARM_NEWER , FARM_METHOD(packed), FARM_METHOD(dated)
#else
#define FARM_NEWER
#endif

FARM_METHODS(FARM_METHOD(sized) FARM_NEWER);
FARM_DEFINITION;

FARM_INIT
{
    if (PyArray_ImportNumPyAPI() < 0) {
        return NULL;
    }
    return PyModule_Create(&farm_definition);
}
