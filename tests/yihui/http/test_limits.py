"""How long a request may be, and how slow: whatever router it is for; connections that say nothing stop no rider."""

import asyncio
import json
import resource
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.request import urlopen

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from tests.coroutines import in_a_loop
from tests.yihui.http.serving import serving
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http import supervisor
from yihui.http.app import create_app
from yihui.http.body import BodyRefused, parse_file_form
from yihui.http.guard.limits import (
    DEFAULT_MAX_BODY_BYTES,
    MAX_ADDRESS_BYTES,
    MAX_DISCARDED_BYTES,
    MAX_HEADER_BYTES,
    RequestLimitsMiddleware,
)
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.runtime.language import load_language

PROBLEM = "application/problem+json"
EN = {"accept-language": "en"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    """With a router that reads bodies by pydantic and says nothing of their length."""
    made = create_app(filled, ServingOptions(chosen=frozenset({Audience.RIDERS, Audience.SENDERS})))

    @made.post("/careless")
    def careless(words: list[str]) -> int:
        return len(words)

    return TestClient(made)


def of_length(count: int) -> bytes:
    """A list of one word, so many bytes long."""
    return b'["' + b"x" * (count - 4) + b'"]'


def in_pieces(body: bytes) -> Iterator[bytes]:
    """Without a length that is told beforehand."""
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in pieces"])
def test_a_body_of_the_limit_is_read_and_one_byte_more_is_refused(client: TestClient, told: bool) -> None:
    for count, status in ((DEFAULT_MAX_BODY_BYTES, 200), (DEFAULT_MAX_BODY_BYTES + 1, 413)):
        body = of_length(count)
        headers = {"content-type": "application/json", **EN}
        answer = client.post("/careless", content=body if told else in_pieces(body), headers=headers)
        assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["errors"][0]["message"] == "the body is longer than 256 kB"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_batch_of_events_may_be_longer(client: TestClient) -> None:
    headers = {"content-type": "application/cloudevents-batch+json"}
    body = b"[" + b" " * (DEFAULT_MAX_BODY_BYTES + 1) + b"]"
    assert client.post("/api/v1/events", content=body, headers=headers).status_code not in (413, 500)
    long = client.post("/api/v1/events", content=b"[" + b" " * (4 << 20) + b"]", headers=headers)
    assert long.status_code == 413


def test_an_address_that_is_too_long_is_refused(client: TestClient) -> None:
    answer = client.get("/?q=" + "x" * MAX_ADDRESS_BYTES, headers=EN)
    assert answer.status_code == 414
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["errors"][0]["message"] == "the address is longer than 8 kB"
    assert client.get("/healthz?q=" + "x" * (MAX_ADDRESS_BYTES - 20)).status_code == 200


def test_headers_that_are_too_long_are_refused(client: TestClient) -> None:
    answer = client.get("/healthz", headers={"x-long": "x" * MAX_HEADER_BYTES, **EN})
    assert answer.status_code == 431
    assert answer.headers["content-type"] == PROBLEM
    assert client.get("/healthz", headers={"x-long": "x" * (MAX_HEADER_BYTES - 1_000)}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", rb'["a\u0000b"]', 400),
        ("application/json", b'["a\0b"]', 400),
        ("application/json", rb'["a\\u0000b"]', 200),
        ("application/json", rb'["a\\\u0000b"]', 400),
        ("application/x-www-form-urlencoded", b"q=a%00b", 400),
        ("application/x-www-form-urlencoded", b"q=a%2500b", 422),
    ],
)
def test_no_text_may_hold_a_nul(client: TestClient, kind: str, body: bytes, status: int) -> None:
    answer = client.post("/careless", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert (status == 400) == ("U+0000" in answer.text)


def test_a_key_that_stands_twice_is_refused_by_name(client: TestClient) -> None:
    for kind in ("application/json", "application/cloudevents+json"):
        answer = client.post(
            "/careless", content=b'[{"a": 1, "b": 2, "a": 3}]', headers={"content-type": kind, **EN}
        )
        assert answer.status_code == 400 and "“a” stands twice" in answer.text


def test_a_parameter_that_is_given_twice_is_refused_unless_it_is_a_list(client: TestClient) -> None:
    where = "/api/v1/stations/nearest?lat=36.6683"
    for query in ("lon=117.02&lon=120", "lon=117.02&k=1&l%6Fn=117.02"):
        answer = client.get(f"{where}&{query}", headers=EN)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "lon")
    assert client.get(f"{where}&lon=117.02&datum=wgs84&facility=toilet&facility=water").status_code == 200


def test_no_path_and_no_query_may_hold_a_nul(client: TestClient) -> None:
    for path in ("/healthz?q=%00", "/healthz/%00", "/healthz?a%00b=1"):
        assert client.get(path).status_code == 400, path
    assert client.get("/healthz?q=%2500").status_code == 200


def test_no_field_of_a_form_with_files_may_hold_a_nul_or_another_encoding() -> None:
    def form(field: bytes, file: bytes) -> bytes:
        named = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n' + field
        other = b'\r\n--x\r\ncontent-disposition: form-data; name="b"; filename="f"\r\n\r\n' + file
        return named + other + b"\r\n--x--\r\n"

    kind = "multipart/form-data; boundary=x"
    fields, files = parse_file_form(kind, form(b"text", b"\0bytes"))
    assert (fields["a"], files["b"].content) == (["text"], b"\0bytes")
    with pytest.raises(BodyRefused):
        parse_file_form(kind, form(b"te\0xt", b""))
    with pytest.raises(BodyRefused) as refused:
        parse_file_form(kind, form("张三".encode("gb18030"), b""))
    assert refused.value.short_code == "charset"


# --- bodies that come slowly, or never: by hand, since a test doesn't wait


async def _never(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the app was asked")


def _posted(*pieces: Message) -> tuple[Scope, Receive]:
    scope = {
        "type": "http", "method": "POST", "path": "/careless", "raw_path": b"/careless", "query_string": b"",
        "headers": [(b"transfer-encoding", b"chunked")], "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    rest = list(pieces)

    async def receive() -> Message:
        if rest:
            return rest.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("nothing comes any more")

    return scope, receive


def _collecting() -> tuple[list[Message], Callable[[Message], Awaitable[None]]]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    return sent, send


@in_a_loop
async def test_a_body_that_never_ends_is_given_up() -> None:
    limits = RequestLimitsMiddleware(_never, lambda _: load_language("en"), {}, within_s=0.001)
    sent, send = _collecting()
    scope, receive = _posted({"type": "http.request", "body": b"[", "more_body": True})
    await limits(scope, receive, send)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    told = json.loads(sent[1]["body"])["errors"][0]
    assert told["message"] == "the body had not arrived after 0.001 seconds"


@pytest.mark.parametrize(
    ("headers", "pieces", "left"),
    [
        ([(b"content-length", b"3000000")], 30, 0),
        ([(b"transfer-encoding", b"chunked")], 30, 0),
        ([(b"content-length", b"3000000"), (b"expect", b"100-continue")], 30, 30),
        ([(b"content-length", b"99000000")], 990, 990 - -(-MAX_DISCARDED_BYTES // 100_000)),
    ],
)
@in_a_loop
async def test_a_body_that_is_refused_is_read_first_as_far_as_it_may_be(
    headers: list[tuple[bytes, bytes]], pieces: int, left: int
) -> None:
    """A proxy that is still sending hears no answer, and calls the site broken."""
    sent, send = _collecting()
    body = [b"x" * 100_000] * pieces
    scope, _ = _posted()

    async def receive() -> Message:
        return {"type": "http.request", "body": body.pop(), "more_body": len(body) > 0}

    limits = RequestLimitsMiddleware(_never, lambda _: load_language("en"), {})
    await limits({**scope, "headers": headers}, receive, send)
    assert (sent[0]["status"], len(body)) == (413, left)


@in_a_loop
async def test_a_body_that_breaks_off_is_refused_and_the_connection_ends() -> None:
    """The server reports malformed chunks as if the client had hung up; without an answer it sent 500."""
    limits = RequestLimitsMiddleware(_never, lambda _: load_language("en"), {})
    sent, send = _collecting()
    scope, receive = _posted(
        {"type": "http.request", "body": b"[", "more_body": True}, {"type": "http.disconnect"}
    )
    await limits(scope, receive, send)
    assert sent[0]["status"] == 400
    assert (b"connection", b"close") in sent[0]["headers"]
    assert "malformed" in json.loads(sent[1]["body"])["errors"][0]["message"]


@in_a_loop
async def test_the_app_gets_the_body_whole_and_hears_when_the_sender_hangs_up() -> None:
    got: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        got.extend([await receive(), await receive()])

    scope, receive = _posted(
        {"type": "http.request", "body": b"[1", "more_body": True},
        {"type": "http.request", "body": b"]", "more_body": False},
        {"type": "http.disconnect"},
    )
    sent, send = _collecting()
    await RequestLimitsMiddleware(app, lambda _: load_language("en"), {})(scope, receive, send)
    assert got == [{"type": "http.request", "body": b"[1]", "more_body": False}, {"type": "http.disconnect"}]
    assert sent == []


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
