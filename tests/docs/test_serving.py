"""The proxy that docs/serving.md shows: a real nginx runs its very block, before a real site."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.docs.proxied import NAME, Proxy, largest_bodies, proxied, size_in_bytes
from tests.yihui.http.conftest import STATIONS, import_into
from tests.yihui.http.serving import serving, until
from tools.servers.postgres import free_port
from yihui.bootstrap import Settings, build_wiring
from yihui.http.face_routes import load_body_limits
from yihui.http.guard.limits import DEFAULT_MAX_BODY_BYTES
from yihui.runtime.audiences import ALL_AUDIENCES

WHERE = {"lon": "117.0204", "lat": "36.6683", "datum": "wgs84"}
REPORTS = "/api/v1/stations/quancheng/reports"
pytestmark = pytest.mark.needs("nginx")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Before a site that gives each address one answer in ten seconds, and one report in a hundred."""
    folder = tmp_path_factory.mktemp("site")
    filled = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder))
    import_into(filled, STATIONS)
    filled.database.close()
    options = ("--public", NAME, "--behind-proxy", "127.0.0.1", "--per-client", "0.1")
    with serving(folder, *options) as site:
        port = int(site.rpartition(":")[2])
        with proxied(tmp_path_factory.mktemp("proxy"), port) as made:
            yield made


def test_the_page_comes_by_https_and_http_leads_there(proxy: Proxy) -> None:
    page = proxy.get("/", **WHERE)
    assert page.status_code == 200
    assert "泉城路" in page.text
    assert "strict-transport-security" in page.headers  # the site knows that it is reached by https
    plain = httpx.get(f"http://127.0.0.1:{proxy.http}/?lang=en", headers={"host": NAME})
    assert (plain.status_code, plain.headers["location"]) == (301, f"https://{NAME}/?lang=en")


def test_news_comes_through_while_the_stream_is_open(proxy: Proxy) -> None:
    listens = {"accept": "text/event-stream"}
    with proxy.rider() as rider, rider.stream("GET", "/api/v1/stations/news", headers=listens) as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 3000"
        with proxy.rider() as other:
            assert other.post(REPORTS, json={"observation": "locked"}).status_code == 202
        told = next(line for line in lines if line.startswith("data:"))
    assert "quancheng" in told


def test_a_form_of_our_page_is_taken_and_one_of_another_site_is_not(proxy: Proxy) -> None:
    said = {"station": "quancheng", "found": "fine"}
    with proxy.rider() as ours, proxy.rider() as theirs:
        from_here = {"origin": f"https://{NAME}:{proxy.https}"}
        assert ours.post("/reports", data=said, headers=from_here).status_code == 303
        foreign = {"origin": "https://evil.example"}
        assert theirs.post("/reports", data=said, headers=foreign).status_code == 403


def test_each_address_has_its_own_allowance_whatever_it_claims(proxy: Proxy) -> None:
    with proxy.rider() as greedy:
        claims = ({"x-forwarded-for": f"198.51.100.{n}"} for n in range(100))
        assert 429 in (greedy.get("/keep", headers=claim).status_code for claim in claims)
    assert proxy.get("/keep").status_code == 200


@pytest.mark.parametrize(("size", "status"), [(250, 422), (300, 413)])
def test_a_body_is_passed_on_up_to_what_the_site_takes_and_put_into_no_file(
    proxy: Proxy, size: int, status: int
) -> None:
    with proxy.rider() as rider:
        body = b'{"points": "' + b"x" * (size << 10) + b'"}'
        headers = {"content-type": "application/json"}
        answer = rider.post("/api/v1/stations/nearest", content=body, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize("page", ["serving.md", "serving.zh.md"])
def test_the_page_lets_as_much_through_for_each_face_as_it_takes(page: str) -> None:
    shown = {face: size_in_bytes(size) for face, size in largest_bodies(page).items()}
    assert shown.keys() == ALL_AUDIENCES
    for face in ALL_AUDIENCES:
        taken = max((DEFAULT_MAX_BODY_BYTES, *load_body_limits({face}).values()))
        whole = taken if taken < 1 << 20 else -(-taken >> 20) << 20  # in MB, rounded up
        assert shown[face] == whole, face


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Before a site of senders and officers, with the size that the page says for both."""
    folder, shown = tmp_path_factory.mktemp("large-site"), largest_bodies("serving.md")
    build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder)).close()
    size = max((shown["senders"], shown["desk"]), key=size_in_bytes)
    options = ("--faces", f"senders={NAME},desk={NAME}", "--behind-proxy", "127.0.0.1")
    with (
        serving(folder, *options, demo=False) as site,
        proxied(tmp_path_factory.mktemp("large"), int(site.rpartition(":")[2]), largest_body=size) as made,
    ):
        yield made


@pytest.mark.endure
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/api/v1/events", 3 << 20, 401),
        (
            "/api/v1/events",
            5 << 20,
            413,
        ),  # Yihui's, which reads the rest before it answers: otherwise it may be 502
        ("/desk/stations/import", 8 << 20, 303),  # to the log-in
        ("/desk/stations/import", 18 << 20, 413),
    ],
)
def test_the_largest_bodies_get_through_and_larger_ones_do_not(
    large: Proxy, path: str, size: int, status: int
) -> None:
    with large.rider() as sender:
        headers = {"content-type": "application/json", "origin": f"https://{NAME}:{large.https}"}
        answer = sender.post(path, content=b"x" * size, headers=headers)
    assert answer.status_code == status, answer.text
    if answer.status_code < 413:
        assert "content-security-policy" in answer.headers  # Yihui's answer, not nginx's


def test_the_log_says_who_asked_and_how_it_went_and_never_where_they_are(proxy: Proxy) -> None:
    visible = "127.77.7.7"
    page = f"https://{NAME}/?lon={WHERE['lon']}&lat={WHERE['lat']}"
    with proxy.rider(visible) as rider:
        for path in (
            "/",
            "/keep",
            "/api/v1/stations/nearest",
            "/reports/abcd-efgh",
            "/map/14/13513/6388.pbf",
        ):
            rider.get(path, params=WHERE, headers={"referer": page})
        rider.post(REPORTS, json={"observation": "fine"}, headers={"referer": page})
    httpx.get(f"http://127.0.0.1:{proxy.http}/", params=WHERE, headers={"host": NAME, "referer": page})
    until(lambda: '"GET /" 301' in proxy.logged() and '"POST /api/v1/stations" 202' in proxy.logged())
    logged = proxy.logged()
    assert visible in logged
    assert '"GET /keep" ' in logged
    for part in ("117.0204", "36.6683", "lon", "quancheng", "13513", "abcd-efgh", "?"):
        assert part not in logged


def test_where_the_site_is_away_the_log_says_so_and_not_where_the_rider_was(tmp_path: Path) -> None:
    with proxied(tmp_path, free_port()) as proxy:
        assert proxy.get("/", **WHERE).status_code == 502
        until(lambda: '"GET /" 502' in proxy.logged())
        assert "117.0204" not in proxy.logged()


def test_one_address_can_not_hold_all_connections(proxy: Proxy) -> None:
    """Requests whose body never comes; another address is served meanwhile."""
    trust = ssl.create_default_context(cafile=str(proxy.folder / "site.pem"))
    unfinished = f"POST {REPORTS} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9\r\n\r\n".encode()
    with ExitStack() as held:
        for _ in range(300):
            plain = socket.create_connection(("127.0.0.1", proxy.https), 30, ("127.88.8.8", 0))
            line = held.enter_context(trust.wrap_socket(held.enter_context(plain), server_hostname=NAME))
            line.sendall(unfinished)
        with proxy.rider("127.88.8.8") as greedy:
            until(lambda: greedy.get("/static/icon.svg").status_code == 429)
        assert proxy.get("/static/icon.svg").status_code == 200
    with proxy.rider("127.88.8.8") as greedy:
        until(lambda: greedy.get("/static/icon.svg").status_code == 200)
