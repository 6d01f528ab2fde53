# The interpreter's version line is what platform understands.
import platform
import sys

print(isinstance(platform.python_implementation(), str), platform.python_version() == sys.version.split()[0])
print(type(platform.python_build()), bool(platform.python_compiler()), bool(platform.platform()))
