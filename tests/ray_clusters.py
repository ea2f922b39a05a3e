"""Ray clusters on this machine, whose workers find the test stages."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ray_lines import WHERE


@contextmanager
def one_node_cluster() -> Iterator[Any]:
    """A cluster with the driver's node alone; others may come and go."""
    import ray
    from ray.cluster_utils import Cluster

    os.environ.setdefault("RAY_worker_niceness", "0")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), before or ""])
    first = {"num_cpus": 1, "env_vars": {WHERE: "first"}, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=first)
    try:
        ray.init(address=cluster.address, log_to_driver=False, logging_level="ERROR")
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before


def once(condition, act) -> threading.Thread:
    """Do something in a thread as soon as a condition gives something to do it with."""

    def wait() -> None:
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            if given := condition():
                act(given)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread
