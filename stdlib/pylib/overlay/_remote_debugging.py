"""Looking at what another process runs.

CPython does this by reading the memory of a process whose layout it knows.  Processes of this
interpreter cannot be read so: asking for one fails, and says why.
"""

from collections import namedtuple

PROCESS_VM_READV_SUPPORTED = False

FrameInfo = namedtuple("FrameInfo", ["filename", "lineno", "funcname"])
CoroInfo = namedtuple("CoroInfo", ["call_stack", "task_name"])
TaskInfo = namedtuple("TaskInfo", ["task_id", "task_name", "coroutine_stack", "awaited_by"])
AwaitedInfo = namedtuple("AwaitedInfo", ["thread_id", "awaited_by"])
ThreadInfo = namedtuple("ThreadInfo", ["thread_id", "frame_list"])


class RemoteUnwinder:
    """Tracebacks and tasks of another Python process."""

    def __init__(self, pid, *, all_threads=False, only_active_thread=False, debug=False):
        raise RuntimeError("Remote debugging is not supported by this interpreter")
