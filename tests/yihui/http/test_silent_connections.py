"""Connections that say nothing: they stop no rider, and are closed."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.request import urlopen

import pytest

from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, build_wiring
from yihui.http import supervisor

SILENT = 3_000


@contextmanager
def open_files(most: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < most:
        pytest.skip(f"this machine allows {hard} open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder))
    assert wiring.database
    wiring.close()
    with open_files(SILENT + 1_000), serving(folder) as address:
        yield address


def connect(site: str, held: ExitStack) -> socket.socket:
    port = int(site.rpartition(":")[2])
    return held.enter_context(socket.create_connection(("127.0.0.1", port), 30))


@pytest.mark.endure
def test_three_thousand_silent_connections_stop_nobody(site: str) -> None:
    with ExitStack() as held:
        for _ in range(SILENT):
            connect(site, held)
        with urlopen(f"{site}/healthz", timeout=30) as page:
            assert page.status == 200


@pytest.mark.endure
def test_connections_without_a_request_are_closed(site: str) -> None:
    with ExitStack() as held:
        lines = [connect(site, held) for _ in range(3)]
        for line, begun in zip(lines, (b"", b"G", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"), strict=True):
            line.sendall(begun)
        for line in lines:
            answer = line.recv(1_000)  # a TimeoutError after 30 s if the connection stays open
            assert not answer or answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "raised"),
    [
        (1_024, 1_048_576, 8_192, 8_704),
        (1_024, resource.RLIM_INFINITY, 8_192, 8_704),
        (16_384, 16_384, 8_192, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 8_192, None),
        (1_024, 4_096, 3_584, 4_096),
        (256, 256, 128, 256),
    ],
)
def test_connections_fit_the_limit_of_open_files(
    soft: int, hard: int, connections: int, raised: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to: list[int] = []
    monkeypatch.setattr(supervisor.resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(supervisor.resource, "setrlimit", lambda _, limits: set_to.append(limits[0]))
    assert supervisor.allow_connections() == connections
    assert set_to == ([] if raised is None else [raised])
