"""Jobs: what takes long has a folder, and a process that outlives whoever starts it.

A kind of job is a class of folders (`Job`) that names its files and its module, what it tells of
itself (`JobStatus`), and that module, which does the work (`core.jobs.worker`). All else is here.
"""

from core.jobs.devices import list_devices
from core.jobs.folder import File, Job
from core.jobs.locks import device_lock, is_held
from core.jobs.queue import finish, resume, stop, submit, wait
from core.jobs.roots import active
from core.jobs.status import ACTIVE, STATES, JobStatus

__all__ = [
    "ACTIVE",
    "STATES",
    "File",
    "Job",
    "JobStatus",
    "active",
    "device_lock",
    "finish",
    "is_held",
    "list_devices",
    "resume",
    "stop",
    "submit",
    "wait",
]
