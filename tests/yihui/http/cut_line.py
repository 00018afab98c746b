"""A line between a browser and the site, which breaks when so many bytes went up, as a phone's does in a tunnel."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)  # close with a reset instead of an orderly end


class CutLine:
    """Passes connections on to a site; ``cut_after`` breaks it, ``mend`` lets it pass again."""

    def __init__(self, address: str) -> None:
        self._site = (urlsplit(address).hostname, urlsplit(address).port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._ends: list[socket.socket] = []
        self._left: int | None = None  # bytes that still go up; None: all
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, count: int) -> None:
        with self._lock:
            self._left = count

    def mend(self) -> None:
        with self._lock:
            self._left = None

    def is_cut(self) -> bool:
        with self._lock:
            return self._left == 0

    def close(self) -> None:
        self._door.close()
        self._break()

    def _accept(self) -> None:
        while True:
            try:
                browser = self._door.accept()[0]
            except OSError:
                return
            if self.is_cut():
                _reset(browser)
                continue
            site = socket.create_connection(self._site)
            with self._lock:
                self._ends += [browser, site]
            for source, target, is_up in ((browser, site, True), (site, browser, False)):
                threading.Thread(target=self._pass, args=(source, target, is_up), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_up: bool) -> None:
        try:
            while piece := source.recv(8192):
                target.sendall(self._take(piece) if is_up else piece)
                if is_up and self.is_cut():
                    self._break()
        except OSError:
            pass
        _reset(target)

    def _take(self, piece: bytes) -> bytes:
        """Return what of a piece still goes up."""
        with self._lock:
            if self._left is None:
                return piece
            passed = piece[: self._left]
            self._left -= len(passed)
            return passed

    def _break(self) -> None:
        with self._lock:
            ends, self._ends = self._ends, []
        for one in ends:
            _reset(one)


def _reset(one: socket.socket) -> None:
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is over already
    one.close()


@contextmanager
def cut_line(address: str) -> Iterator[CutLine]:
    made = CutLine(address)
    yield made
    made.close()
