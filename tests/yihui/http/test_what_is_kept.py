"""What a site has written when it ends, in whatever place: nothing of where riders were, nor of who they are.

Everything that may be told is told here: logs as JSON with errors in full. There is no log of requests; were
somebody to add one, this finds it.
"""

import sqlite3
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from geo.coverage.cells import cell_name_at
from geo.crs import to_wgs84
from geo.datum import Datum
from geo.registry.keys import issue_keeper_key
from geo.usage_counts import SEARCH_H3_RESOLUTION
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.conftest import STATIONS, import_into
from tests.yihui.http.riding import NOW
from tests.yihui.http.serving import serving, until
from yihui.bootstrap import Settings, build_wiring

pytestmark = pytest.mark.thorough  # one site is used and ended for all of them
# Where riders are and mean to go: digits that nothing else has.
HERE = (117.0271828, 36.6614159)
THERE = (117.0457721, 36.6573205)
PIN = (117.0216180, 36.6690339)
KEPT_OF_THE_PIN = (117.02162, 36.66903)  # to a metre, as docs/decisions/0008 says
ADDRESSES = ("203.0.113.77", "2001:db8:77:88:99aa:bbcc:ddee:ff01")
TYPED = "槐荫里弄堂八十八号"
EMPLOYER = "槐荫里纺织厂第七分厂"
AGENT = "Rider-Browser/77.88"
COOKIE = "rider-cookie-7788"


@dataclass
class Written:
    """All that is left of a site: files, what it said, and the table's rows."""

    folder: Path
    keys: list[str] = field(default_factory=list)

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """By where it stands, as bytes; of a database its rows as text as well."""
        found = {
            str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()
        }
        found["rows"] = "\n".join(self._rows()).encode()
        return found

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.folder / "yihui.db") as database:
            return list(database.execute(query))

    def _rows(self) -> Iterator[str]:
        with sqlite3.connect(self.folder / "yihui.db") as database:
            yield from database.iterdump()

    def where(self, *needles: bytes) -> list[str]:
        return [name for name, text in self.texts.items() if any(needle in text for needle in needles)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """After a day on which a rider did all that a rider can, and a keeper came."""
    folder = mark_demo(tmp_path_factory.mktemp("site"))
    wiring = build_wiring(Settings(database=str(folder / "yihui.db"), data_folder=folder), now=lambda: NOW)
    import_into(wiring, STATIONS)
    with wiring.database.write() as connection:
        key = issue_keeper_key(connection, "quancheng", NOW).text
    wiring.database.close()
    told = {"YIHUI_NOW": NOW.isoformat(), "YIHUI_LOG": "json", "YIHUI_DEBUG": "1"}
    faces = ("--faces", "riders", "--faces", "senders")
    with serving(folder, *faces, "--behind-proxy", "127.0.0.1", **told) as address:
        for sender in ADDRESSES:
            _a_day(address, sender)
        _keep(address, key)
        _another_app(address)
    return Written(folder, [key])


def _a_day(address: str, sender: str) -> None:
    """Every question with a position, the wrong ones too, and every word that a rider can say."""
    (lon, lat), (to_lon, to_lat) = HERE, THERE
    headers = {"X-Forwarded-For": sender, "User-Agent": AGENT, "Cookie": f"a={COOKIE}", "Origin": address}
    way = f"lon={lon}&lat={lat}&to_lon={to_lon}&to_lat={to_lat}&datum=wgs84"
    api = "/api/v1/stations"
    with httpx.Client(base_url=address, headers=headers, timeout=30, follow_redirects=True) as phone:
        for path in (
            f"/?lon={lon}&lat={lat}&datum=wgs84",
            f"/?lon={lon}&lat={lat}&datum=gcj02&part=answer",
            f"/?{way}",
            f"/?q={TYPED}",
            f"/?q={lon},{lat}",
            f"/?q={quote(f'https://uri.amap.com/marker?position={lon},{lat}&name=x')}",
            f"/?q={quote(f'https://surl.amap.com/{lon}')}",
            f"/?{way}&to_q={to_lat},{to_lon}",
            f"/api/v1/places/search?q={lon},{lat}&lon={lon}&lat={lat}",
            f"/?q={quote('厕所')}&by=q&lon={lon}&lat={lat}",
            f"/?lon={lon}&lat={lat}&datum=wgs84&employer={EMPLOYER}",
            f"/?lon={lon}&lat={lon}&employer={EMPLOYER}",
            f"/employers?q={EMPLOYER}",
            f"{api}/nearest?lon={lon}&lat={lat}&datum=wgs84&employer={EMPLOYER}",
            f"{api}/nearest?lon={lon}&lat={lat}&datum=wgs84",
            f"{api}/nearest?lon={lon}&lat={lat}&datum=bd09&usable=true",
            f"{api}/nearest?lon={lat}&lat={lon}&datum=wgs84",  # swapped: refused, with the value quoted
            f"{api}/nearest?lon={lon}&lat={lat}",
            f"{api}/along?{way}",
            f"{api}/along?{way}&k=0",
            f"{api}/within?bbox={lon},{lat},{to_lon},36.7&datum=wgs84",
            f"{api}/within?bbox={lon},{lat}",
            f"{api}/search?q={TYPED}",
            f"{api}/search?q=",
            f"/nowhere?lon={lon}&lat={lat}",
            f"{api}/{TYPED}",
        ):
            phone.get(path)
        phone.post(f"{api}/nearest", json={"points": [HERE, THERE], "datum": "wgs84"})
        phone.post(f"{api}/nearest", content=f"[{lon}, {lat}".encode())
        phone.post(f"{api}/quancheng/rests")
        phone.post("/rests", data={"station": "night"})
        phone.post("/reports", data={"station": "night", "found": "crowded", "lon": str(lon)})
        pin = {"lon": PIN[0], "lat": PIN[1], "datum": "wgs84"}
        phone.post(
            f"{api}/quancheng/reports",
            json={"observation": "wrong_place", "pin": {**pin, "lat": lat}, "x": lon},
        )
        taken = phone.post(f"{api}/quancheng/reports", json={"observation": "wrong_place", "pin": pin})
        assert taken.status_code == 202, taken.text
        until(lambda: phone.get(taken.json()["follow"]).status_code == 200)


def _keep(address: str, key: str) -> None:
    with httpx.Client(
        base_url=address, headers={"Origin": address}, follow_redirects=True, timeout=30
    ) as phone:
        assert phone.post("/keep/key", data={"key": f"{key[:-1]}0"}).status_code == 403
        assert phone.post("/keep/key", data={"key": key}).status_code == 200
        phone.post("/keep/say", data={"act": "crowded"})


def _another_app(address: str) -> None:
    """An event that comes over HTTP."""
    cell = cell_name_at(*THERE, SEARCH_H3_RESOLUTION)
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/apps/other",
        "type": "station.searched",
        "subject": cell,
        "time": NOW.isoformat(),
        "data": {"cell": cell, "hour": 1},
    }
    answer = httpx.post(f"{address}/api/v1/events", json=event, timeout=30)
    assert answer.status_code == 202, answer.text


def _ways_to_write(degrees: float, decimals: int) -> list[bytes]:
    """As text, as a whole number of millionths, and as a database keeps a number."""
    cut = f"{degrees:.9f}"
    whole, _, part = cut.partition(".")
    return [
        f"{whole}.{part[:decimals]}".encode(),
        f"{whole}{part[:6]}".encode(),
        struct.pack(">d", degrees),
        struct.pack("<d", degrees),
    ]


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02, Datum.BD09])
def test_no_position_of_a_rider_is_left_anywhere(written: Written, datum: Datum) -> None:
    """As it was sent, and as it was understood."""
    for point, decimals in ((HERE, 4), (THERE, 4), (PIN, 6)):
        for degrees in to_wgs84([point], datum)[0].tolist():
            assert written.where(*_ways_to_write(degrees, decimals)) == [], degrees


def test_of_a_pin_that_was_sent_the_metre_is_kept_with_the_report(written: Written) -> None:
    kept = written.rows("SELECT DISTINCT lon, lat FROM station_sayings WHERE lon IS NOT NULL")
    assert kept == [KEPT_OF_THE_PIN]
    assert written.rows("SELECT count(*) FROM ingress") == [(0,)]


def test_no_network_address_browser_cookie_typed_word_or_key_is_left_anywhere(written: Written) -> None:
    for told in (*ADDRESSES, "2001:db8:77:88", AGENT, COOKIE):
        assert written.where(told.encode()) == [], told
    for typed in (
        TYPED,
        EMPLOYER,
    ):  # each begins with the two characters of which the third form is the address's
        assert written.where(typed.encode(), typed.encode("unicode_escape"), b"%E6%A7%90%E8%8D%AB") == []
    for key in written.keys:
        assert written.where(key.encode(), key.partition("-")[2].encode()) == []


def test_searches_and_rests_are_left_as_counts(written: Written) -> None:
    assert (cell_name_at(*HERE, SEARCH_H3_RESOLUTION),) in written.rows(
        "SELECT DISTINCT cell FROM search_counts"
    )
    assert written.rows("SELECT station_id, count FROM use_counts ORDER BY station_id") == [
        ("night", 2),
        ("quancheng", 2),
    ]  # each rider once


def test_what_is_looked_through_is_really_there(written: Written) -> None:
    """Otherwise nothing would be found in it for a poor reason."""
    assert "rows" in written.where("泉城路户外劳动者驿站".encode())
    assert "yihui.db" in written.where(b"search_counts")
    assert "served.log" in written.where(b"http://127.0.0.1")
