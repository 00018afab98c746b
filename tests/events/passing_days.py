"""A small town whose benefits end: claims lapse, vouchers expire, a list moves up, money comes back, members move."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

import yihui.schema  # noqa: F401
from benefits import set_budget, verify_ledger
from events import BatchOutcome, InboundEvent, parse_event, process_batch
from rules import RuleLibrary, load_library
from store import Database, migrate_database, open_database
from tests.benefits.polls import ORGANISATION, imported, texts
from tools.servers.deciding import TREASURER
from tools.servers.sending import Sender

MEMBERS = [f"m-{number}" for number in range(6)]
FIRST, LAST = date(2026, 1, 5), date(2026, 6, 30)


# Places in quotas within quotas that must be claimed, vouchers of a small budget that expire, cash that is taken back, draws.
RULE_FILES = texts(
    a_place="""
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [member, event.poll], every: once}
allocate: {mode: first_come, quotas: {'370200': 3, '370202': 2}, waiting_list: true}
claim: {within: P7D}
""",
    b_voucher="""
benefit: {kind: voucher, amount_fen: 300, unit: 张}
limit: {times: 1, per: [member], every: month}
budget: small
expires: P10D
""",
    c_cash="""
benefit: {kind: cash, amount_fen: 400}
limit: {times: 1, per: [member, event.poll], every: calendar_year}
budget: small
clawback: [{on: member.left, within: P60D, text: 退会后退回}]
""",
    d_lottery="""
require: [{that: "event.poll == 'z'", else: 只在这次投票里抽}]
benefit: {kind: cash, amount_fen: 50}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: lottery, quota: 2, every: calendar_year, entries: {from: 2026-01-05, until: 2026-02-28}, waiting_list: true}
claim: {within: P10D}
""",
    e_ranked="""
require: [{that: "event.poll == 'y'", else: 只在这次投票里排}]
benefit: {kind: item, quantity: 1, unit: 份}
limit: {times: 1, per: [member], every: calendar_year}
allocate: {mode: by_rank, quota: 1, every: calendar_year, rank: "1", entries: {from: 2026-01-05, until: 2026-02-28}, waiting_list: true}
claim: {within: P10D}
""",
)


@cache
def rules() -> RuleLibrary:
    """Load the town's rules."""
    return load_library(RULE_FILES)


Happening = tuple[str, str, date]
_DAYS = st.dates(FIRST, LAST)
happenings = st.lists(
    st.tuples(st.sampled_from(["x", "y", "z", "left", "back", "moved"]), st.sampled_from(MEMBERS), _DAYS),
    max_size=16,
)


def items_of(told: Sequence[Happening]) -> list[InboundEvent]:
    """The members, then what happened to them, in the order of arrival."""
    return [imported(member) for member in MEMBERS] + [
        happening(number, kind, member, day) for number, (kind, member, day) in enumerate(told)
    ]


def happening(number: int, kind: str, member: str, day: date) -> InboundEvent:
    types = {"left": "member.left", "back": "member.joined", "moved": "member.transferred"}
    organisation = {"organisation": ["370203001", ORGANISATION][number % 2]}
    data = {"left": {}, "back": {**organisation, "joined_on": str(day)}, "moved": organisation}
    at, said = f"{day}T06:00:{number % 60:02}+08:00", data.get(kind, {"poll": kind})
    line = Sender(count(number))(types.get(kind, "poll.completed"), member, at, **said)
    return InboundEvent(parse_event(line, datetime(2099, 12, 31, tzinfo=UTC)), "test")


def town(folder: Path, name: str = "town.db", budget_fen: int = 900) -> Database:
    """A new database with the small budget."""
    database = open_database(str(empty_database(folder / name)))
    with database.write() as connection:
        set_budget(connection, "small", budget_fen, TREASURER)
    return database


def empty_database(path: Path) -> Path:
    """Write a new database without rows to a file."""
    path.write_bytes(_migrated())
    return path


@cache
def _migrated() -> bytes:
    """The file of an empty database; a migration for each example would take too long."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = open_database(str(path))
        migrate_database(database)
        database.close()
        return path.read_bytes()


def handle(database: Database, items: Sequence[InboundEvent], now: datetime) -> BatchOutcome:
    with database.write() as connection:
        return process_batch(items, connection, rules(), now)


def disagreements(database: Database) -> tuple[object, ...]:
    with database.read() as connection:
        return verify_ledger(connection).disagreements
