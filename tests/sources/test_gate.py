"""A rate limit slows down all workers."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace

from ivg.download.downloader import Downloader
from ivg.download.gate import Gate
from ivg.download.settings import DownloadSettings
from ivg.errors import NetworkError, RateLimitedError


def seconds_at(gate: Gate) -> float:
    begun = time.monotonic()
    gate.wait()
    return time.monotonic() - begun


def test_gate_holds_back_until_it_opens() -> None:
    gate = Gate(threading.Event())
    assert seconds_at(gate) < 0.05
    gate.close_for(0.2)
    gate.close_for(0.1)  # the longer one counts
    assert 0.15 < seconds_at(gate) < 1
    assert seconds_at(gate) < 0.05


def test_gate_lets_go_when_the_run_ends() -> None:
    stop = threading.Event()
    gate = Gate(stop)
    gate.close_for(60)
    threading.Timer(0.05, stop.set).start()
    assert seconds_at(gate) < 5


def test_gate_is_closed_by_a_rate_limit_and_not_by_a_broken_line(tmp_path: Path) -> None:
    downloader = Downloader(DownloadSettings(), tmp_path)
    for error, held in ((NetworkError("cut"), False), (RateLimitedError("429"), True)):
        state = SimpleNamespace(
            outcome=SimpleNamespace(exception=lambda error=error: error),
            next_action=SimpleNamespace(sleep=30.0),
        )
        downloader.slow_down(state)
        assert (downloader.gate.opens_at > time.monotonic() + 25) is held
