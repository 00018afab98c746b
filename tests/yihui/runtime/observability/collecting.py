"""A collector of traces beside what is tried: it hears OTLP over HTTP and keeps it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass
class Collector:
    """Hears OTLP over HTTP."""

    port: int
    heard: list[bytes] = field(default_factory=list)

    def names(self) -> dict[str, set[str]]:
        """Spans' names by trace."""
        found: dict[str, set[str]] = {}
        for body in self.heard:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        found.setdefault(span.trace_id.hex(), set()).add(span.name)
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    made = Collector(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()
