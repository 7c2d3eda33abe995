# Compiled together with worker.c; the table that they share is filled here.
cimport numpy as cnp
cnp.import_array()
