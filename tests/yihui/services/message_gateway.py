"""A gateway for messages: a real HTTP server that stores what it gets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread


class Gateway(HTTPServer):
    """A gateway for messages that stores what it gets."""

    status = 204
    before_answer: Callable[[], object] | None = None

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], str]] = []
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        if self.server.before_answer is not None:
            self.server.before_answer()
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Be silent."""


@contextmanager
def open_gateway() -> Iterator[Gateway]:
    """A gateway on a free port of this machine."""
    server = Gateway()
    thread = Thread(target=server.serve_forever, args=(0.01,))  # its end is looked for as often
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url(gateway: Gateway) -> str:
    """Its address, with a key that nobody may log."""
    return f"http://127.0.0.1:{gateway.server_port}/sms?key=geheim"
