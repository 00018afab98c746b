"""A long answer goes on after the app has returned, and holds nothing of the request."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from tests.coroutines import carried_out
from yihui.http.handover import HandoverMiddleware, LongResponse


class Line:
    """A server's side of one request: what it is sent, and when the app returned."""

    def __init__(self, method: str = "GET") -> None:
        self.log: list[str] = []
        self.scope: Scope = {"type": "http", "method": method, "path": "/news", "headers": []}

    async def receive(self) -> Message:
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        more = " and more" if message.get("more_body") else ""
        self.log.append(f"{message['type']} {message.get('body', b'').decode()}{more}".strip())

    async def long(self, receive: Receive, send: Send) -> None:
        self.log.append((await receive())["type"])
        await send({"type": "http.response.body", "body": b"news", "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = {**scope, "route": object()}
        scope["endpoint"] = object()
        await LongResponse(self.long, "text/event-stream", {})(inner, receive, send)
        self.log.append("the app has returned")

    def answer(self) -> list[str]:
        carried_out(HandoverMiddleware(self.app)(self.scope, self.receive, self.send))
        return self.log


def test_the_body_is_sent_after_the_app_has_returned() -> None:
    line = Line()
    assert line.answer() == [
        "http.response.start",
        "the app has returned",
        "http.disconnect",
        "http.response.body news and more",
        "http.response.body",
    ]
    assert line.scope.keys() == {"type", "method", "path", "headers"}


def test_a_head_request_gets_no_body() -> None:
    assert Line("HEAD").answer() == ["http.response.start", "the app has returned", "http.response.body"]


@pytest.mark.parametrize("kind", ["http", "lifespan"])
def test_other_answers_pass_unchanged(kind: str) -> None:
    line = Line()
    line.scope["type"] = kind
    app = HandoverMiddleware(PlainTextResponse("hello"))
    carried_out(app(line.scope, line.receive, line.send))
    assert line.log == ["http.response.start", "http.response.body hello"]


def test_a_long_answer_does_not_say_its_length() -> None:
    names = [name for name, _ in LongResponse(Line().long, "text/event-stream", {"X-A": "b"}).raw_headers]
    assert b"content-length" not in names and b"x-a" in names
