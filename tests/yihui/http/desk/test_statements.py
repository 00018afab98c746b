"""The pages of lists ask the database as often for many rows as for few: no list asks again for each of its rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core import to_json
from sqlalchemy import event, insert, select

from bench.desk_town import COPIES, copy_rows
from geo.registry.inspections import inspection_plans, inspection_tasks
from geo.registry.planning import planning_demand_files
from tests.members.organisations.acting import NOW
from tests.yihui.http.desk.officers import open_desk, plant_stations, roles_with
from tests.yihui.http.desk.test_pages_of_neighbours import LISTS, plant_rooms
from tests.yihui.http.neighbours import plant_neighbours
from tests.yihui.http.two_districts import TwoDistricts, build_two_districts
from tools.servers.desk import DEMO, Officers
from yihui.http.desk.rights import officer_page_rights

pytestmark = pytest.mark.endure

PAYOUTS = "/desk/money/payouts"
MANY_BATCHES = 400  # several pages, of which an officer of a district may see none
_SPARE = (
    6  # statements that longer lists may ask more: a count for each that runs on (four at home), a next page
)
FEW, MANY = 3, 40
GROWN = (
    "join_requests", "payout_batches", "appeals", "hardship_income_lines", "mutual_aid_policies",
    "mutual_aid_claims", "inspection_plans", "inspection_tasks", "planning_demand_files",
    "planning_scenarios",
)  # fmt: skip


class Statements:
    """Counts what the database of a union is asked while a page is opened."""

    def __init__(self, union: TwoDistricts, site: Officers) -> None:
        self.site, self.asked = site, 0
        event.listen(union.wiring.database.engine, "before_cursor_execute", self._add)

    def _add(self, *_: object) -> None:
        self.asked += 1

    def count(self, path: str) -> dict[str, int]:
        """Return the number of statements by visitor: one without bounds, one of the whole province.

        Batches are looked through for an officer of a district too.
        """
        right = officer_page_rights()["GET", path]
        roles = roles_with(right)[:1] if right else []
        found = {}
        places = ("ancestor", "inside") if path == PAYOUTS else ("ancestor",)
        for who in (DEMO, *(f"{role}/{place}" for role in roles for place in places)):
            assert self.site.open(path, who).status_code < 500
            self.asked = 0
            self.site.open(path, who)
            found[who] = self.asked
        return found


def plant_rows(union: TwoDistricts) -> None:
    """Put one row into each list that no form of the planted rooms fills."""
    day = NOW.date()
    demand = {
        "id": "e" * 32, "name": "网格", "owner": DEMO, "area": "370202", "file_name": "grid.csv", "options": "{}",
        "summary": to_json({"notes": [], "texts": {key: {"reading": [], "sums": {}} for key in ("zh", "en")}}).decode(),
        "content": b"", "size_bytes": 0, "stored_at": NOW,
    }  # fmt: skip
    with union.wiring.database.write() as connection:
        connection.execute(insert(planning_demand_files).values(demand))
        plan = connection.execute(select(inspection_plans)).first()
        assert plan is not None
        task = {
            "station_id": plan.station_id,
            "item": "water",
            "note": "",
            "due_on": day,
            "opened_by": plan.number,
        }
        connection.execute(insert(inspection_tasks).values(number=1, **task))


@pytest.fixture(scope="module")
def counts(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[dict[str, tuple[dict[str, int], dict[str, int]]]]:
    """The statements of each list with few rows of each kind, and with many."""
    union = build_two_districts(tmp_path_factory.mktemp("union"), migrated_file)
    plant_stations(union.wiring)
    plant_neighbours(union)
    with open_desk(union.wiring) as site:
        plant_rooms(site, union)
    plant_rows(union)
    statements = Statements(union, site)
    target = union.wiring.settings.database
    few, many = ({one.per: times for one in COPIES.values()} | {"members": MANY} for times in (FEW, MANY))
    copy_rows(target, few)
    first = {path: statements.count(path) for path in LISTS}
    rows = copy_rows(target, many | {"batches": MANY_BATCHES, "ledger": MANY_BATCHES})
    assert {table: rows[table] for table in GROWN if rows[table] < MANY} == {}
    yield {path: (first[path], statements.count(path)) for path in LISTS}
    union.wiring.close()


def test_a_list_of_many_rows_asks_as_often_as_one_of_few(
    counts: dict[str, tuple[dict[str, int], dict[str, int]]],
) -> None:
    grown = {
        f"{path} {who}": (few[who], many[who])
        for path, (few, many) in counts.items()
        for who in few
        if many[who] > few[who] + _SPARE
    }
    assert grown == {}, "statements with few rows and with many"
