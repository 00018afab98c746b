"""Prepare a demo's folder: empty it, write its made-up files, and issue its codes and keys from fixed seeds.

Codes and keys are random elsewhere. Here the same folder gets the same ones each time, so that outputs repeat.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from benefits import (
    Grant,
    Merchant,
    add_merchant,
    format_code,
    issue_merchant_key,
    issue_voucher_code,
    list_member_grants,
)
from core.civil_time import CIVIL_TIME, civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.keys import issue_keeper_key
from geo.registry.usage_counts import record_search_counts
from yihui.bootstrap import Wiring
from yihui.files.whole_files import write_atomically
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.samples import cast, events, office
from yihui.samples import roll as sample_roll

if TYPE_CHECKING:
    from yihui.samples.register import Row

DEMO_NOW = "2026-10-03T23:10+08:00"  # a Saturday of the holidays, late
KEEPER_STATION = "SAMPLE-370102-S001"
ROLL_ROWS = 300
_SECOND_COUNTY, _SECOND_ROWS, _COMPARED_COUNTY = "370103", 60, "370102"
_SEARCHED_MONTHS = (
    date(2026, 7, 1),
    date(2026, 8, 1),
)  # the last ones that are published at the demo's instant
_OWNER_ONLY = 0o700
_WORKING_HOURS_EARLIER = 8.5  # the demo's instant is late in the evening
_FAULTS = FaultTable(
    "demo_folder",
    {
        "foreign_files": (
            N_("{value} holds files that are not a demo's: {names}"),
            N_("name a folder that is empty or not there yet; a demo empties its own folder"),
        ),
        "no_folder": (N_("{value} is no folder"), N_("name a folder that is empty or not there yet")),
    },
)


@dataclass(slots=True)
class DemoClock:
    """The clock of a demo, which can be set back for what happened earlier."""

    now: datetime

    @contextmanager
    def earlier(self, days: float = 0, minutes: float = 0) -> Iterator[None]:
        """Set the clock back, days ago to an hour of work, and again to the demo's instant after."""
        stopped = self.now
        self.now = stopped - timedelta(
            days=days, minutes=minutes, hours=_WORKING_HOURS_EARLIER if days else 0
        )
        try:
            yield
        finally:
            self.now = stopped


@dataclass(frozen=True, slots=True)
class PreparedCodes:
    """What was prepared at a till: the grant that its member claims, and how many codes were issued."""

    claimed_grant: str
    claimed_member: str
    codes: int


def empty_demo_folder(folder: Path) -> None:
    """Create the folder, or empty an earlier demo's.

    *Raises*: FaultError if the folder holds files and is no demo's.
    """
    if folder.exists() and not folder.is_dir():
        raise FaultError(_FAULTS.build("no_folder", field="FOLDER", value=str(folder)))
    folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
    marker = folder / DEMO_MARKER_FILE
    present = sorted(path.name for path in folder.iterdir())
    if present and not marker.exists():
        names = "、".join(present[:5])
        raise FaultError(_FAULTS.build("foreign_files", field="FOLDER", value=str(folder), names=names))
    marker.write_text(f"{DEMO_NOW}\n", "utf-8")
    folder.chmod(_OWNER_ONLY)
    for old in folder.iterdir():
        if old != marker:
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    for key in ("account.key", "identity.key", "login.key", "voucher.key"):
        write_atomically(folder / key, f"the {key} of a demo, known to everybody")


def write_demo_registers(folder: Path) -> "list[Row]":
    """Write the register of Shandong, a second one in GCJ-02, and one county before and after a change.

    Return the rows of the first. A raster of people and an extract of streets are written where the packages that write them are installed.
    """
    from geo.crs import from_wgs84
    from geo.datum import Datum
    from geo.formats.facts import shandong_population
    from yihui.samples.raster import write_sample_raster
    from yihui.samples.register import (
        SEED,
        generate_county_rows,
        generate_register_rows,
        load_shandong_counties,
        write_register,
    )
    from yihui.samples.streets import write_sample_extract

    counties, people = load_shandong_counties(), shandong_population()
    rows = generate_register_rows(counties, people, SEED)
    write_register(rows, folder / "register.csv")
    (county,) = (county for county in counties if county.code == _SECOND_COUNTY)
    second = generate_county_rows(county, people[county.code], _SECOND_ROWS, SEED)
    second = [row for row in second if row["经度"]]
    points = from_wgs84([(float(row["经度"]), float(row["纬度"])) for row in second], Datum.GCJ02)
    shifted = [
        {**row, "经度": f"{lon:.6f}", "纬度": f"{lat:.6f}"}
        for row, (lon, lat) in zip(second, points.tolist(), strict=True)
    ]
    write_register(shifted, folder / "stations.csv")
    after = [row for row in rows if row["编号"].startswith(f"SAMPLE-{_COMPARED_COUNTY}-S")]
    write_register([row for row in after if not row["编号"].endswith("2")], folder / "old.csv")
    write_register(after, folder / "new.csv")
    if find_spec("rasterio") is not None:
        write_sample_raster(folder / "population.tif")
    if find_spec("osmium") is not None:
        write_sample_extract(folder / "shandong.osm.pbf")
    return rows


def record_demo_searches(wiring: Wiring, rows: "Sequence[Row]") -> None:
    """Record riders' searches of two closed months around the places of the register."""
    from yihui.samples.register import SEED
    from yihui.samples.searches import generate_searches

    with wiring.database.write() as connection:
        for month in _SEARCHED_MONTHS:
            searches = list(generate_searches(rows, month, SEED))
            record_search_counts(connection, searches, max(one.searched_on for one in searches))


def write_demo_files(folder: Path) -> None:
    """Write the rolls, the events, and what officers, merchants and other apps would hand in."""
    events.write_rolls(folder / "roll.csv", events.SEED, rows=ROLL_ROWS)
    events.write_event_lines(events.generate_event_lines(events.SEED), folder / "events.jsonl")
    payees = [office.PAYEE_HEADER, *office.list_payee_rows()]
    contents: dict[str, str | bytes] = {
        "own-rule.yaml": office.OWN_RULE,
        "adaptation.yaml": office.ADAPTATION,
        "my-rules/reading-voucher.yaml": office.EXTRA_RULE,
        "county-rule.yaml": office.COUNTY_RULE,
        "county-events.jsonl": _json_lines(office.list_county_events()),
        "autumn-events.jsonl": "".join(f"{line}\n" for line in cast.autumn_lines()),
        "more-events.jsonl": _json_lines(office.list_campaign_events()),
        "payees.xlsx": office.render_workbook(payees, "账号"),
        "union-sheet.xlsx": office.render_workbook(
            sample_roll.generate_union_sheet(events.SEED, sample_roll.SHEET_ORGANISATION), "会员"
        ),
        "bank.yaml": office.BANK,
        "aigonghui.yaml": office.FEED,
        "records.jsonl": _json_lines(office.list_feed_records()),
        "links.csv": office.render_csv(office.list_feed_links()),
        "entries.csv": office.render_csv(office.list_lottery_entries()),
        "cases.yaml": office.CASES,
    }
    (folder / "my-rules").mkdir()
    for name, content in contents.items():
        write_atomically(folder / name, content)


def _json_lines(records: Iterable[Mapping[str, object]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def issue_demo_keys(wiring: Wiring, folder: Path) -> None:
    """Add the merchant, and write its key and a keeper's key to files that only their owner reads."""
    from yihui.access.actor import Actor, ActorKind
    from yihui.access.audit import AuditEntry, append_audit_entry
    from yihui.access.key_folds import KEEPER_KEY_OBJECT
    from yihui.access.roles import Right
    from yihui.services.stations.keeper_keys import describe_keys

    rng = Random("demo keys")
    merchant = Merchant(office.MERCHANT, office.MERCHANT_NAME, ("birthday-cake", office.OWN_RULE_ID))
    with wiring.database.write() as connection:
        add_merchant(connection, merchant, wiring.now())
        till = issue_merchant_key(connection, merchant.id, wiring.now(), random_bytes=rng.randbytes)
        keeper = issue_keeper_key(connection, KEEPER_STATION, wiring.now(), random_bytes=rng.randbytes)
        after = describe_keys(wiring, connection, [keeper.key])
        entry = AuditEntry(Right.ISSUE_KEYS, KEEPER_KEY_OBJECT, KEEPER_STATION, after=after)
        append_audit_entry(connection, Actor("demo", "demo", ActorKind.DEMO), entry, wiring.now())
    write_atomically(folder / "merchant.key", f"{till.text}\n")
    write_atomically(folder / "keeper.key", f"{keeper.text}\n")


def prepare_demo_uses(wiring: Wiring, folder: Path) -> PreparedCodes:
    """Issue codes of living vouchers; write the merchant's uses of them, and its invoice with two slips.

    The first grant stays: its member claims it.
    """
    rng, now = Random("demo codes"), wiring.now()
    today = civil_date(now)
    rows, uses = [("request_key", "code", "used_at")], []
    key = wiring.voucher_key
    with wiring.database.write() as connection:
        first, *others = (
            grant
            for number in office.SURVEYED
            for grant in list_member_grants(connection, office.format_member(number))
            if _is_usable(grant, today)
        )
        for number, grant in enumerate(others, 1):
            made = issue_voucher_code(connection, key, grant.id, today, now, random_bytes=rng.randbytes)
            request, used_at = f"R{number:04d}", _used_at(number)
            rows.append((request, format_code(made.code or ""), used_at.isoformat(timespec="minutes")))
            uses.append((request, grant.amount_fen or 0, used_at.date().isoformat()))
    write_atomically(folder / "redemptions.csv", office.render_csv(rows))
    invoice = office.render_workbook(office.list_invoice_rows(uses), "对账单")
    write_atomically(folder / "invoice.xlsx", invoice)
    return PreparedCodes(first.id, first.member_id, len(uses))


def _is_usable(grant: Grant, today: date) -> bool:
    rules = ("birthday-cake", office.OWN_RULE_ID)
    return grant.rule_id in rules and (grant.expires_on is None or grant.expires_on >= today)


def _used_at(number: int) -> datetime:
    """Return when a use took place: on the demo's day, one every ten minutes from nine o'clock."""
    return datetime(2026, 10, 3, 9, 0, tzinfo=CIVIL_TIME) + timedelta(minutes=10 * number)


def write_bank_answer(folder: Path) -> None:
    """Write the bank's answer to the orders that were exported."""
    answer = office.answer_orders((folder / "orders.csv").read_bytes())
    write_atomically(folder / "bank-return.csv", answer)
