"""A site whose database is down, hangs or only reads: it answers riders and tells the age of its data; it refuses the rest and says when to try again."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import pytest

from store import migrate_database, open_database
from tests.yihui.http.conftest import HERE, STATIONS, import_into
from tests.yihui.http.serving import serving, until
from tools.servers import postgres
from tools.servers.sending import Sender
from yihui.bootstrap import build_wiring, load_settings
from yihui.http.ingress_gate import RETRY_AFTER_S

pytestmark = [pytest.mark.endure, pytest.mark.needs("postgres")]
PLACE = f"lon={HERE[0]}&lat={HERE[1]}"
NEAREST = f"/api/v1/stations/nearest?{PLACE}&datum=wgs84"
PAGE = f"/?{PLACE}"
FOR_RIDERS = (
    NEAREST,
    f"{NEAREST}&facility=water",
    PAGE,
    f"{PAGE}&part=answer",
    "/api/v1/stations/regions/117.0_36.5",
    "/api/v1/stations/within?bbox=116.9,36.5,117.2,36.8",
    "/api/v1/stations",
    "/api/v1/places/search?q=%E6%B3%89%E5%9F%8E",
)
OUTDATED = "暂时连不上站点登记库"
ANSWERED_WITHIN_S = 10


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    age: str | None
    retry_after: str | None
    text: str


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres.cluster() as url:
        yield f"{url}/postgres"


@pytest.fixture(scope="module")
def site(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = open_database(server)
    migrate_database(database)
    database.close()
    wiring = build_wiring(load_settings({}, server))
    import_into(wiring, STATIONS)
    wiring.close()
    with serving(tmp_path_factory.mktemp("site"), YIHUI_DATABASE_URL=server) as address:
        yield address


def ask(site: str, path: str, body: bytes | None = None) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=ANSWERED_WITHIN_S)
    headers = {"Content-Type": "application/cloudevents+json"} if body is not None else {}
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return Answer(answer.status, answer.headers["Age"], answer.headers["Retry-After"], text)
    finally:
        connection.close()


def post_event(site: str, member: str) -> Answer:
    return ask(site, "/api/v1/events", Sender().imported(member).encode())


def down(server: str) -> AbstractContextManager[None]:
    return postgres.stopped(server.rpartition("/")[0])


def hanging(server: str) -> AbstractContextManager[None]:
    return postgres.frozen(server.rpartition("/")[0])


@contextmanager
def read_only(server: str) -> Iterator[None]:
    """As a standby is that has not been promoted yet."""
    configure(server, "SET default_transaction_read_only = on")
    try:
        yield
    finally:
        configure(server, "RESET default_transaction_read_only")


def configure(server: str, change: str) -> None:
    options = "-c default_transaction_read_only=off"
    with psycopg.connect(server, autocommit=True, options=options) as connection:
        connection.execute(f"ALTER SYSTEM {change}")
        connection.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("trouble", [down, hanging])
def test_riders_get_answers_with_their_age_while_the_database_is_away(
    site: str, server: str, trouble: Callable[[str], AbstractContextManager[None]]
) -> None:
    until(lambda: ask(site, NEAREST).age is None)
    before = {path: ask(site, path) for path in FOR_RIDERS}
    assert {answer.status for answer in before.values()} == {200}
    assert {answer.age for answer in before.values()} == {None}
    assert OUTDATED not in before[PAGE].text
    with trouble(server):
        until(lambda: ask(site, NEAREST).age is not None)
        for path in FOR_RIDERS:
            answer = ask(site, path)
            assert answer.status == 200, path
            assert answer.age is not None and int(answer.age) < 60, path
            assert (OUTDATED in answer.text) is path.startswith("/?"), path
            assert all(
                station.name in answer.text for station in STATIONS if station.name in before[path].text
            )
    until(lambda: ask(site, NEAREST).age is None)
    assert {ask(site, path).age for path in FOR_RIDERS} == {None}
    assert OUTDATED not in ask(site, PAGE).text


def test_what_is_refused_says_when_to_try_again_and_is_taken_then(site: str, server: str) -> None:
    for number, trouble in enumerate((down, read_only)):
        with trouble(server):
            until(lambda: post_event(site, "m-0").status == 503)
            refused = post_event(site, "m-0")
            assert refused.retry_after == str(RETRY_AFTER_S)
            assert f"{RETRY_AFTER_S} 秒" in refused.text
            assert "Traceback" not in refused.text and server not in refused.text
        until(lambda number=number: post_event(site, f"m-{number}").status == 202)


def test_a_database_that_only_reads_answers_riders_as_ever(site: str, server: str) -> None:
    with read_only(server):
        until(lambda: post_event(site, "m-9").status == 503)
        answers = [ask(site, path) for path in FOR_RIDERS]
    assert {(answer.status, answer.age) for answer in answers} == {(200, None)}
