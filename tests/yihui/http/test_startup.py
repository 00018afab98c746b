"""While a site loads, no garbage is collected: a collection would walk the data again and again."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from yihui.http import startup
from yihui.http.startup import StartupProbe


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_garbage_is_collected_again_once_all_is_loaded(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    acts = ("disable", "freeze", "set_threshold", "enable")
    enabled = Event()

    def note(name: str) -> None:
        done.append(name)
        if name == "enable":
            enabled.set()

    noting = {name: lambda *_, name=name: note(name) for name in acts}
    monkeypatch.setattr(startup, "gc", SimpleNamespace(**noting))
    loaded = Event()
    loading = Thread(target=loaded.wait, daemon=True)
    loading.start()

    probe = StartupProbe("127.0.0.1", port, "ready")
    probe.start("bench.example", loading)
    assert probe.answered.wait(10)
    assert done == ["disable", "freeze", "set_threshold"]
    loaded.set()
    assert enabled.wait(10)
    assert done[3:] == ["freeze", "enable"]
