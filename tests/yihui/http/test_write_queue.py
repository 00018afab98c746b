"""Who looks for a place doesn't wait behind those who write, however long a write takes."""

import asyncio
from collections.abc import Sequence

from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.yihui.http.conftest import RIDERS
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app

HERE = "http://127.0.0.1"
REPORTS = "/api/v1/stations/quancheng/reports"
KEY = "0123456789abcdef0123456789abcdef"


class Counting:
    """Lets everything through, and knows how many requests have been read to the end of their body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self.read = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told() -> dict[str, object]:
            message = dict(await receive())
            self.read += message["type"] == "http.request" and not message.get("more_body")
            return message

        await self._app(scope, told, send)


def asker(app: ASGIApp, number: int = 1) -> AsyncClient:
    """Somebody of an address of their own: one address may only say so much an hour."""
    return AsyncClient(transport=ASGITransport(app, client=(f"10.0.1.{number}", 1)), base_url=HERE)


def said(app: ASGIApp, number: int, key: str) -> "asyncio.Task[Response]":
    """What one of many says: by the API, by the page's form, or as the keeper."""
    who = asker(app, number)
    if number % 3 == 0:
        sent = who.post(REPORTS, json={"observation": "fine"})
    elif number % 3 == 1:
        sent = who.post(
            "/reports", headers={"origin": HERE}, data={"station": "quancheng", "found": "locked"}
        )
    else:
        keeper = {"Authorization": f"Bearer {key}"}
        sent = who.post("/api/v1/stations/quancheng/keep", headers=keeper, json={"act": "locked"})
    return asyncio.create_task(sent)


async def until_read(counting: Counting, number: int) -> None:
    async with asyncio.timeout(60):
        while counting.read < number:
            await asyncio.sleep(0)


async def _while_the_database_is_written_to(
    wiring: Wiring, key: str
) -> tuple[Response, int, Sequence[Response]]:
    """What the page answers, how many had been answered until then, and what they all hear in the end."""
    app = Counting(create_app(wiring, RIDERS))
    assert (await asker(app).get("/")).status_code == 200  # stations are in memory now
    before = app.read
    with wiring.database.write():
        waiting = [said(app, number, key) for number in range(60)]
        await until_read(app, before + 60)
        page = await asker(app).get("/", params={"q": "泉城路"})
        answered = sum(task.done() for task in waiting)
    return page, answered, await asyncio.gather(*waiting)


def test_the_page_answers_while_sixty_wait_to_be_written_down(wiring: Wiring, key: str) -> None:
    page, answered, heard = asyncio.run(_while_the_database_is_written_to(wiring, key))
    assert page.status_code == 200
    assert answered == 0, "the page waited until they were through"
    assert [response.status_code for response in heard] == [202, 303, 202] * 20


async def _twice_at_once(wiring: Wiring) -> Sequence[Response]:
    app = Counting(create_app(wiring, RIDERS))
    report = {"observation": "locked", "idempotency_key": KEY}
    with wiring.database.write():
        waiting = [asyncio.create_task(asker(app, number).post(REPORTS, json=report)) for number in (1, 2)]
        await until_read(app, 2)
        assert not any(task.done() for task in waiting)
    return await asyncio.gather(*waiting)


def test_what_comes_twice_while_it_is_written_is_written_once(wiring: Wiring) -> None:
    heard = asyncio.run(_twice_at_once(wiring))
    assert [response.status_code for response in heard] == [202, 202]
    assert len({response.json()["number"] for response in heard}) == 1
    with wiring.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ingress").scalar() == 1


async def _twice_in_vain(impatient: Wiring) -> Sequence[Response]:
    app = create_app(impatient, RIDERS)
    report = {"observation": "locked", "idempotency_key": KEY}
    with impatient.database.write():
        refused = await asyncio.gather(*(asker(app, n).post(REPORTS, json=report) for n in (1, 2)))
    return [*refused, await asker(app).post(REPORTS, json=report)]


def test_nobody_is_told_that_it_was_taken_where_it_could_not_be_written(wiring: Wiring) -> None:
    settings = Settings(
        database=wiring.database.target, data_folder=wiring.settings.data_folder, busy_timeout_s=0.2
    )
    impatient = build_wiring(settings, now=wiring.now)
    heard = asyncio.run(_twice_in_vain(impatient))
    impatient.database.close()
    assert [response.status_code for response in heard] == [503, 503, 202]
    assert heard[0].headers["retry-after"]
