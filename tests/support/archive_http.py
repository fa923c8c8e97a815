"""A web server on this machine, in the place of one of the archive's, for the time of a test."""

import http.server
import threading


class LocalServer:
    """Answers at `root` by a handler, whose `archive` it is.

    A handler that keeps silent waits for `awake`, which is set in the end.
    """

    def __init__(self, handler):
        self.awake = threading.Event()
        bound = type("Bound", (handler,), {"archive": self})
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.root = f"http://127.0.0.1:{self._http.server_port}"

    def close(self):
        self.awake.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
