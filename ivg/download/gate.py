"""A gate before every request: one worker that is told to slow down stops them all."""

from __future__ import annotations

import threading
import time


class Gate:
    """Open until it is closed for some seconds; shared by the workers."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.lock = threading.Lock()
        self.opens_at = 0.0

    def close_for(self, seconds: float) -> None:
        """Hold back every worker that comes to the gate in the next `seconds`."""
        with self.lock:
            self.opens_at = max(self.opens_at, time.monotonic() + seconds)

    def wait(self) -> None:
        """Wait until the gate is open, or until the run is told to stop."""
        while (left := self.opens_at - time.monotonic()) > 0:
            if self.stop.wait(left):
                return
