"""Send load to a server from one thread: at a constant rate that doesn't wait for answers, or as fast as it
answers.
"""

import selectors
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

_CHUNK = 1 << 18
_LENGTH = b"content-length:"


@dataclass(slots=True)
class _Connection:
    """One open connection.

    ``due`` is when its request should have been sent; None while idle.
    """

    socket: socket.socket
    due: float | None = None
    got: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read; return whether the answer is complete.

        *Raises*: AssertionError if its status is neither 200 nor 202.
        """
        got = self.socket.recv(_CHUNK)
        assert got, "the server hung up"
        self.got += got
        end = self.got.find(b"\r\n\r\n")
        if end < 0 or len(self.got) < end + 4 + _length(self.got[:end]):
            return False
        assert self.got.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")), bytes(self.got[:400])
        self.got.clear()
        return True


def _length(head: bytearray) -> int:
    start = head.lower().index(_LENGTH) + len(_LENGTH)
    return int(head[start:].split(b"\r\n", 1)[0])


def format_get_request(path: str, host: str, accept: str = "application/json", encoding: str = "") -> bytes:
    """Format a GET request as a browser's script would send it; ``encoding`` such as gzip."""
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n"
    return (head + (f"Accept-Encoding: {encoding}\r\n" if encoding else "") + "\r\n").encode()


@contextmanager
def _connections(port: int, count: int) -> Iterator[tuple[list[_Connection], selectors.BaseSelector]]:
    lines, chosen = [], selectors.DefaultSelector()
    for _ in range(count):
        line = _Connection(socket.create_connection(("127.0.0.1", port)))
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chosen.register(line.socket, selectors.EVENT_READ, line)
        lines.append(line)
    try:
        yield lines, chosen
    finally:
        chosen.close()
        for line in lines:
            line.socket.close()


def measure_waits_s(
    port: int, requests: Sequence[bytes], rate: float, seconds: float, lines: int = 64
) -> list[float]:
    """Return how long each of ``rate`` × ``seconds`` requests waited for its answer, counted from when it was due.

    If all connections are busy, a request is sent late, and that delay counts too: a server that stops for a
    second can't hide that it delayed a second's requests (*coordinated omission*).
    """
    waits: list[float] = []
    with _connections(port, lines) as (idle_lines, chosen):
        idle, number, count = deque(idle_lines), 0, int(rate * seconds)
        begin = perf_counter()
        while len(waits) < count:
            now = perf_counter()
            while number < count and idle and begin + number / rate <= now:
                idle.popleft().send(requests[number % len(requests)], begin + number / rate)
                number += 1
            pause = begin + number / rate - perf_counter() if number < count and idle else None
            for key, _ in chosen.select(None if pause is None else max(0.0, pause)):
                line: _Connection = key.data
                if line.receive():
                    assert line.due is not None, "an answer that nobody asked for"
                    waits.append(perf_counter() - line.due)
                    idle.append(line)
    return waits


def measure_answers_per_s(port: int, requests: Sequence[bytes], seconds: float, lines: int = 16) -> float:
    """Return the answers a second if each connection sends its next request as soon as it has its answer."""
    answered = 0
    with _connections(port, lines) as (all_lines, chosen):
        for number, line in enumerate(all_lines):
            line.send(requests[number % len(requests)], 0.0)
        begin = now = perf_counter()
        while now < begin + seconds:
            for key, _ in chosen.select():
                if key.data.receive():
                    answered += 1
                    key.data.send(requests[(answered + lines) % len(requests)], 0.0)
            now = perf_counter()
    return answered / (now - begin)
