"""A receiver of webhooks: a real server in a thread, which notes what it hears and answers as it is told."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread


@dataclass(frozen=True)
class Heard:
    headers: Mapping[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def member(self) -> str:
        return str(json.loads(self.body)["subject"])


@dataclass(frozen=True)
class Reply:
    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Iterator[bytes] | None = None


@dataclass
class Receiver:
    """``answer`` says what to answer to what was heard; it may wait, and it may change at any time."""

    answer: Callable[[Heard], Reply] = lambda _: Reply()
    heard: list[Heard] = field(default_factory=list)
    url: str = ""
    _lock: Lock = field(default_factory=Lock)

    def note(self, heard: Heard) -> Reply:
        with self._lock:
            self.heard.append(heard)
        return self.answer(heard)

    def ids(self, member: str | None = None) -> list[str]:
        return [heard.id for heard in self.heard if member in (None, heard.member)]


@contextmanager
def receiving(
    answer: Callable[[Heard], Reply] = lambda _: Reply(), port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    receiver = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = receiver.note(Heard(headers, body))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.body is None:
                self.send_header("content-length", "0")
            self.end_headers()
            for part in reply.body or ():
                self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """A caller that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", port), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
