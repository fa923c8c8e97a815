"""Jobs: what takes long has a folder, and a process that outlives whoever starts it.

A kind of job is a class of folders (`Job`) that names its files and its module, what it tells of
itself (`JobStatus`), and that module, which does the work (`core.jobs.worker`). All else is here.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
