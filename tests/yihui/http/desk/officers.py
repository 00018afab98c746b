"""The officers' pages of a wiring, and what their acts leave."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import or_, select

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from tests.members.organisations.acting import NOW
from tests.yihui.http.two_districts import read_actor
from tools.servers.desk import ORIGIN, Officers
from yihui.access.roles import RIGHTS, Right, Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.http.site import ActorFinder
from yihui.runtime.audiences import Audience

CASE_WORKER = "case_worker/inside"
PLANNER, PLANNER_ABOVE = "planner/inside", "planner/ancestor"
# All faces take more than twice as long to build
_DESK = ServingOptions(chosen=frozenset({Audience.OFFICERS}))


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


def send_files(
    site: Officers,
    path: str,
    who: str,
    files: Mapping[str, tuple[str | None, str | bytes]] | Sequence[tuple[str, tuple[str | None, str]]],
    **fields: str | list[str],
) -> httpx.Response:
    """Send a form with files."""
    headers = {"x-actor": who, "origin": ORIGIN, "accept": "text/html", "accept-language": "en"}
    answer: httpx.Response = site.client.post(path, data=fields, files=files, headers=headers)
    return answer


def roles_with(right: Right) -> list[Role]:
    """Return the roles that hold a right, sorted."""
    return sorted(role for role, rights in RIGHTS.items() if right in rights)


def officer_without(right: Right) -> str:
    """Return an officer of the first district who may do most else; of a right that all roles hold, whose role ended."""
    without = [role for role, rights in RIGHTS.items() if right not in rights]
    return f"{max(without, key=lambda role: len(RIGHTS[role]))}/inside" if without else "auditor/ended"


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
