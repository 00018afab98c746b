"""Officers at their pages: they open a page, fill in one of its forms and send it, as a browser does."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from html import unescape

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import or_, select

from geo.registry import Register, import_stations
from geo.station import Access, Kind, Station
from tests.members.organisations.acting import NOW
from tests.yihui.http.two_districts import read_actor
from yihui.access.roles import RIGHTS, Right
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.http.site import ActorFinder
from yihui.runtime.audiences import Audience

ORIGIN = "http://127.0.0.1"
CASE_WORKER, DEMO = "case_worker/inside", "demo"
PLANNER, PLANNER_ABOVE = "planner/inside", "planner/ancestor"
_DESK = ServingOptions(
    chosen=frozenset({Audience.OFFICERS})
)  # all faces take more than twice as long to build


@dataclass(frozen=True, slots=True)
class Officers:
    client: TestClient

    def open(self, path: str, who: str = DEMO, language: str = "en") -> httpx.Response:
        return self.client.get(
            path, headers={"x-actor": who, "accept": "text/html", "accept-language": language}
        )

    def form_key(self, path: str, who: str = DEMO) -> str:
        page = self.open(path, who)
        found = re.search(r'name="form_key" value="([^"]+)"', page.text)
        assert found, page.text
        return found[1]

    def send(
        self, page: str, path: str, who: str = DEMO, key: str | None = None, **fields: str
    ) -> httpx.Response:
        """Send a form of a page with its key, ticked as checked."""
        key = self.form_key(page, who) if key is None else key
        return self.post(path, who, form_key=key, **{"checked": "yes", **fields})

    def post(self, path: str, who: str = DEMO, origin: str = ORIGIN, **fields: str) -> httpx.Response:
        headers = {"x-actor": who, "origin": origin, "accept": "text/html", "accept-language": "en"}
        return self.client.post(path, data=fields, headers=headers)


@contextmanager
def open_desk(
    wiring: Wiring,
    find_actor: ActorFinder = read_actor,
    serving: ServingOptions = _DESK,
    *,
    runs_jobs: bool = False,
) -> Iterator[Officers]:
    """Open the officers' pages of a wiring; who sends a request stands in its header.

    Unless it ``runs_jobs`` nothing works beside the requests: what waits stays.
    """
    app = create_app(wiring, serving, actor_finder=find_actor)
    client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
    with client if runs_jobs else nullcontext():
        yield Officers(client)


def officer_without(right: Right) -> str:
    """Return an officer of the first district who may do most else; of a right that all roles hold, whose role ended."""
    without = [role for role, rights in RIGHTS.items() if right not in rights]
    return f"{max(without, key=lambda role: len(RIGHTS[role]))}/inside" if without else "auditor/ended"


def text_of(page: httpx.Response) -> str:
    """Return what a page says in its main part, in small letters."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text.split("<main", 1)[-1])).split()).casefold()


def acts_of(wiring: Wiring, object_id: str) -> list[tuple[str, str]]:
    """Return actor and act of the audit log's entries about a record, or of a request such as a form's key."""
    c = audit_entries.c
    about = or_(c.object_id == object_id, c.request_id == object_id)
    query = select(c.actor, c.act).where(about).order_by(c.sequence)
    with wiring.database.read() as connection:
        return [(actor, act) for actor, act in connection.execute(query).all()]


def plant_stations(wiring: Wiring) -> None:
    """Import a station of each district, and one of the first that isn't placed."""
    stations = [
        Station(id="here", name="泉边驿站", kind=Kind.OUTDOOR_STATION, lon=117.021, lat=36.669, district="370102",
                district_name="历下区", hours_text="08:00-18:00", access=Access.PUBLIC),
        Station(id="unplaced", name="没有坐标的驿站", kind=Kind.OUTDOOR_STATION, district="370102", district_name="历下区"),
        Station(id="there", name="海边驿站", kind=Kind.MOTHER_ROOM, lon=120.38, lat=36.06, district="370202",
                district_name="市南区", hours_text="24小时"),
    ]  # fmt: skip
    with wiring.database.write() as connection:
        register = Register(name="test", source="test", file="test.csv", digest="1")
        import_stations(connection, register, stations, NOW, confirmed=True)


def wait_for_job(site: Officers, job: str, who: str = DEMO) -> str:
    """Wait until a job has ended, as its page says."""
    deadline = time.monotonic() + 120
    while "show how far it is now" in (told := text_of(site.open(job, who))):
        assert time.monotonic() < deadline, told
        time.sleep(0.2)  # the job runs in a thread of the site, and its page is all that tells of its end
    return told


def wait_for_reading(site: Officers, preview: str, who: str = DEMO) -> str:
    """Wait until the job has read the file of a preview."""
    job = site.open(preview, who)
    if job.status_code == 303:
        wait_for_job(site, job.headers["location"], who)
    return preview
