"""A keeper at the page, by plain forms: what a browser without script sends and shows."""

import re
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO

from fastapi.testclient import TestClient
from httpx import Response
from PIL import Image

from geo.registry.keys import issue_keeper_key
from tests.yihui.http.conftest import RIDERS, Clock, nearest_places
from yihui.bootstrap import Wiring
from yihui.http.app import create_app

HOME = {"Origin": "http://127.0.0.1", "Accept-Language": "zh-CN"}


@dataclass
class Desk:
    """One phone with the page; ``client`` keeps its cookies."""

    wiring: Wiring
    clock: Clock
    client: TestClient
    page: str = ""
    headers: dict[str, str] = field(default_factory=lambda: dict(HOME))

    def add_key(self, station: str = "quancheng") -> str:
        with self.wiring.database.write() as connection:
            return issue_keeper_key(connection, station, self.clock.now).text

    def opens(self, key: str) -> Response:
        return self._seen(self.client.post("/keep/key", data={"key": key}, headers=self.headers))

    def looks(self, **asked: str) -> str:
        return self._seen(self.client.get("/keep", params=asked, headers=self.headers)).text

    def says(self, act: str, **fields: str | list[str]) -> Response:
        sent = {"act": act, **fields}
        return self._seen(self.client.post("/keep/say", data=sent, headers=self.headers))

    def _seen(self, response: Response) -> Response:
        self.page = response.text
        return response

    @property
    def words(self) -> str:
        """The page as one reads it."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.page.partition("<main")[2])).split())

    @property
    def seen(self) -> str:
        """What riders see now, by the page."""
        return self.words.partition("骑手现在看到的 ")[2].partition(" 截至")[0]

    @property
    def done(self) -> str:
        found = re.search(r'id="done".*?</section>', self.page, re.DOTALL)
        return (
            " ".join(unescape(re.sub(r"<[^>]*>", " ", found[0].partition(">")[2])).split()) if found else ""
        )

    def which(self, act: str) -> str:
        """The word that a form for this act names."""
        found = re.search(
            rf'name="act" value="{act}">\s*<input type="hidden" name="which" value="(\d+)"', self.page
        )
        assert found, f"the page offers no {act}"
        return found[1]

    def undoes(self) -> Response:
        return self.says("undo", which=self.which("undo"))

    def nearest(self, **asked: str) -> dict[str, str]:
        return nearest_places(self.client, **asked)


def app_of(wiring: Wiring, address: str = "10.0.0.1", site: str = "http://127.0.0.1") -> TestClient:
    """The pages of riders and keepers alone, which are built in a fifth of the time that all faces take."""
    return TestClient(create_app(wiring, RIDERS), site, client=(address, 5000))


def mend(desk: Desk, act: str, **fields: str | list[str]) -> int:
    """Send a form of the register; return how many pages that loaded."""
    answer = desk._seen(desk.client.post("/keep/mend", data={"act": act, **fields}, headers=desk.headers))
    return 1 if answer.status_code == 200 else 0


def as_rider(desk: Desk, station: str = "quancheng") -> dict[str, object]:
    with app_of(desk.wiring, "10.9.9.9") as rider:
        found: dict[str, object] = rider.get(f"/api/v1/stations/{station}").json()
    return found


def send_photo(desk: Desk) -> Response:
    """Send a photo as a camera writes it."""
    made, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "secret camera"
    Image.new("RGB", (1600, 800), "green").save(made, "JPEG", exif=exif)
    files = {"picture": ("a.jpg", made.getvalue())}
    return desk._seen(desk.client.post("/keep/photo", files=files, headers=desk.headers))
