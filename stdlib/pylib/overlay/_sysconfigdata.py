"""What `sysconfig` reports of the build."""

import sys as _sys

_prefix = _sys.base_prefix
_exec_prefix = _sys.base_exec_prefix
_version = "%d.%d" % _sys.version_info[:2]
_multiarch = getattr(_sys.implementation, "_multiarch", "")

build_time_vars = {
    "ABIFLAGS": _sys.abiflags,
    "AR": "ar",
    "ARFLAGS": "rcs",
    "BINDIR": _prefix + "/bin",
    "BINLIBDEST": _exec_prefix + "/lib/python" + _version,
    "BLDSHARED": "cc -shared",
    "CC": "cc",
    "CCSHARED": "-fPIC",
    "CFLAGS": "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O3 -Wall",
    "CXX": "c++",
    "EXE": "",
    "EXT_SUFFIX": ".krait-314-" + _multiarch + ".so",
    "HAVE_FORK": 1,
    "HOST_GNU_TYPE": _multiarch,
    "INCLUDEDIR": _prefix + "/include",
    "INCLUDEPY": _prefix + "/include/python" + _version,
    "INSTSONAME": "",
    "LDLIBRARY": "",
    "LDSHARED": "cc -shared",
    "LDVERSION": _version,
    "LIBDEST": _prefix + "/lib/python" + _version,
    "LIBDIR": _exec_prefix + "/lib",
    "LIBPC": _prefix + "/lib/pkgconfig",
    "MACHDEP": "linux",
    "MULTIARCH": _multiarch,
    "OPT": "-DNDEBUG -g -O3 -Wall",
    "PLATLIBDIR": "lib",
    "PYTHON": "python",
    "Py_DEBUG": 0,
    "Py_ENABLE_SHARED": 0,
    "Py_GIL_DISABLED": 0,
    "SHLIB_SUFFIX": ".so",
    "SOABI": "krait-314-" + _multiarch,
    "TEST_MODULES": "no",
    "TZPATH": "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo",
    "VERSION": _version,
    "WITH_DOC_STRINGS": 1,
    "WITH_PYMALLOC": 0,
    "datarootdir": _prefix + "/share",
    "exec_prefix": _exec_prefix,
    "prefix": _prefix,
    "srcdir": _prefix + "/lib/python" + _version,
}
