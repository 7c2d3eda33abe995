cimport numpy as np
