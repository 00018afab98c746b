"""Serve small pages for monitors at an address of their own: whether a process lives, is ready, and its metrics."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6
from typing import Any

from core.status_address import StatusAddress, StatusAddressError

StatusPage = tuple[int, str, bytes]  # HTTP status, content type, body
StatusPages = Mapping[str, Callable[[], StatusPage]]
_SLOWEST_CLIENT_S = 5.0
_MOST_AT_ONCE = 16
_LOG = logging.getLogger(__name__)


@contextmanager
def serve_status_pages(address: StatusAddress | None, pages: StatusPages) -> Iterator[None]:
    """Serve pages while the block runs, or none without an address. *Raises*: StatusAddressError."""
    if address is None:
        yield
        return
    server = start_status_server(address, pages)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def start_status_server(address: StatusAddress, pages: StatusPages) -> ThreadingHTTPServer:
    """Serve pages in threads that end with the process. *Raises*: StatusAddressError."""
    kind = _SixServer if ":" in address.host else _Server
    try:
        server = kind((address.host, address.port), _handler(pages))
    except OSError as error:
        raise StatusAddressError(error.errno, error.strerror, str(address)) from error
    threading.Thread(target=server.serve_forever, name="status pages", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    """Serves at most ``_MOST_AT_ONCE`` clients; others are closed, and a fault of a page is no traceback."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: the client left early."""


class _SixServer(_Server):
    address_family = AF_INET6


def _call_page(page: Callable[[], StatusPage] | None) -> StatusPage:
    if page is None:
        return 404, "text/plain", b""
    try:
        return page()
    except Exception as error:  # noqa: BLE001 a monitor gets an answer, whatever is wrong
        _LOG.error("a page for monitors failed: %s", type(error).__name__)
        return 503, "text/plain", b""


def _handler(pages: StatusPages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SLOWEST_CLIENT_S  # whoever says nothing holds no thread

        def do_GET(self) -> None:
            status, kind, body = _call_page(pages.get(self.path.partition("?")[0]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass  # a probe every few seconds is not worth a log line

    return Handler
