"""Servers that are down: one takes every connection and never says a word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent() -> Iterator[str]:
    """The address of a server that never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=hold, args=(server, held), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    for connection in held:
        connection.close()


def hold(server: socket.socket, held: list[socket.socket]) -> None:
    """Take connections until the server is closed."""
    while True:
        try:
            held.append(server.accept()[0])
        except OSError:
            return


@contextmanager
def gone() -> Iterator[str]:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    yield f"http://127.0.0.1:{port}"
