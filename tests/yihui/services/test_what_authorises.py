"""What is read while deciding, paying, appointing and authorising is compared by ``ledger verify``, or gives its reason."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    LargeBinary,
    Row,
    Table,
    UniqueConstraint,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import Engine

from benefits.tables.decisions import grants
from benefits.tables.draws import claim_slots
from benefits.tables.exported import EXPORTED
from benefits.tables.payout import payout_batches, payout_orders
from core.faults import FaultError
from events import decision_origins
from events.row_batches import BATCHED_TABLES
from members.hotline.tables import hotline_case_events
from members.joining.tables import join_review_settings, join_takers
from members.lifecycle import Lifecycle
from members.tables import cards, feed_links, memberships
from members.vault.tables import vault_persons
from store import Instant, metadata
from store.guards import drop_guards
from tests.yihui.applying import ME
from tests.yihui.services.hardship_office import WORKER
from tests.yihui.services.joining_people import HERE
from tests.yihui.services.lives import LIVES
from yihui.access.key_folds import build_key_folds
from yihui.access.tables import (
    member_app_links,
    officer_accounts,
    officers,
    pending_acts,
    role_assignments,
    sender_keys,
    senders,
)
from yihui.bootstrap import Wiring
from yihui.services.events.schedule import ScheduleOrder, run_schedule
from yihui.services.ledger.folds import FOLDS, SEALED_BATCHES
from yihui.services.ledger.ledger import verify_database
from yihui.services.members.erasure import erase_member_data
from yihui.services.operation.upkeep import run_upkeep_and_seal

_ALL_COMPARED: tuple[Table, ...] = (
    *(fold.table for fold in (*FOLDS, *build_key_folds(None))),
    *(batched.table for batched in SEALED_BATCHES),
    officers,
    role_assignments,
    officer_accounts,
    claim_slots,
    member_app_links,
    feed_links,
    vault_persons,
)
COMPARED = tuple(dict.fromkeys(_ALL_COMPARED))
OTHER_STATES = {"confirmed": "refused", "waiting": "confirmed"}  # of a proposal
_OFTEN = (
    "senders",
    "sender_keys",
    "mutual_aid_enrolments",
    "claim_slots",
    "join_consents",
    "join_review_settings",
    "join_takers",
    "keeper_keys",
    "pending_acts",
    "signing_keys",
    "vault_persons",
)  # tried with every commit
# The ledger's own tables, and those sealed in batches since long: every value of theirs is changed in
# tests/benefits/test_every_byte.py and tests/benefits/test_verification.py.
ELSEWHERE = frozenset({*EXPORTED, *(batched.table.name for batched in BATCHED_TABLES)})
TABLE_REASONS = {
    "session, code or throttle: a written one opens nothing, see tests/yihui/services/test_forged_ways_in.py": (
        "form_submissions job_files jobs join_code_sends login_throttles login_tickets member_code_sends member_codes "
        "member_handovers member_sessions officer_sessions oidc_logins oidc_logout_tokens recovery_codes"
    ),
    "lock, counter or queue of the daily work": (
        "head_receivers heartbeats ledger_days positions rulebook schedule_days schedule_slots "
        "webhook_deliveries webhooks webhook_keys"
    ),
    "events that are still to be handled: docs/security.md says what a written one gains": "dead_letters ingress",
    "personal data or a secret, erased with the person or rotated; a decision holds what it took from them": (
        "appeal_texts application_acts draw_secrets hardship_names hotline_callers "
        "member_corrections notice_list_entries vault_unmaskings"
    ),
    "records of papers, deleted with the person: one without its stored file does not count, see "
    "tests/yihui/services/applications/test_own_applications.py": "attachments",
    "a request to join, deleted with the person: one that counts as proven is named without its mark, a written one "
    "opens nothing, see tests/yihui/services/test_forged_ways_in.py": "join_escalations join_requests",
    "what the bank's file is made of: a file that differs from the batch's sealed digest is refused, and an account can't "
    "be moved to another row, see tests/yihui/money/payouts/test_batches.py": "payout_layouts payout_payees",
    "a key's fingerprint: with another one everything is refused": "identity_keys vault_keys voucher_keys",
    "figures, pages, places and texts, by which nobody is granted or paid": (
        "benefit_sums hotline_article_reviews hotline_article_versions hotline_articles hotline_case_outcomes "
        "inspection_outcomes inspection_plans inspection_tasks kept_figures "
        "organisation_links organisation_logos organisation_page_publications organisation_page_versions planning_demand_files "
        "planning_scenarios "
        "poll_answers poll_ballots poll_participants registers reminder_choices reminders search_counts sessions "
        "station_answers station_changes station_devices station_inspections station_photos station_sayings stations "
        "use_counts"
    ),
}
REASONED = frozenset(chain.from_iterable(names.split() for names in TABLE_REASONS.values()))
CLOSING = frozenset(
    {("officer_accounts", "confirmed_by"), ("officer_accounts", "confirmed_at")}
)  # when empty
_HANDLED = frozenset({"ingress", "dead_letters"})  # docs/security.md says what a written event gains
_GIVING = (
    grants,
    payout_batches,
    payout_orders,
    memberships,
    officers,
    role_assignments,
    officer_accounts,
    senders,
    sender_keys,
)
_REMOVED = "a row removed"
# Columns that verification leaves out, each with the reason.
LEFT_OUT = {
    "hotline_cases": {"due_at": "by the calendar of a release; it grants nothing"},
    # Of rows that are sealed one by one the number of the batch decides, which the seals cover.
    "organisation_changes": {"sequence": "in no order that decides"},
    "card_acts": {"sequence": "in no order that decides"},
    "application_steps": {"sequence": "order; steps of one member in another order are named"},
    "hardship_income_lines": {"number": "in no order that decides"},
    "audit_entries": {
        "sequence": "order within a batch, which its digest covers; what decides goes by batch first"
    },
    "pending_acts": {"number": "only of one that nobody decided: the same waits under another number"},
    # A link or a person that is gone lets nobody in: tests/yihui/services/test_forged_ways_in.py.
    "feed_links": {"linked_at": "only shown", _REMOVED: "the app's user is unknown"},
    "member_app_links": {"linked_at": "only shown", _REMOVED: "the app's user proves the phone again"},
    "vault_persons": {"recorded_at": "only shown", _REMOVED: "nobody is found by the phone"},
    "join_review_settings": {
        "sequence": "order; settings of one organisation in another order are named",
        "reason": "only shown",
    },
    "join_takers": {"sequence": "order; names of one organisation in another order are named"},
    "polls": {
        "key_fingerprint": "with another one nothing is counted",
        "closed_by": "who closed a poll that was over is only shown",
    },
    "keeper_keys": {"created_at": "a moment before the entry's; it opens nothing"},
    "sender_keys": {"last_used_at": "only shown"},
    "officer_accounts": {
        "created_at": "only shown",
        "totp_last_step": "a code counts for a minute and a half",
        "totp_confirmed_at": "without the secret it opens nothing",
    },
}


@dataclass
class Recorder:
    """The tables and columns that statements name, but for those of guards."""

    read: set[tuple[str, str]] = field(default_factory=set)

    def authorise(self, action: int, table: Any, column: Any, _database: Any, trigger: Any) -> int:
        if action == sqlite3.SQLITE_READ and not str(trigger or "").startswith("guard_"):
            self.read.add((table, column))
        return sqlite3.SQLITE_OK


@contextmanager
def recording() -> Iterator[Recorder]:
    recorder = Recorder()

    def begin(connection: Any, _record: Any) -> None:
        connection.set_authorizer(recorder.authorise)

    event.listen(Engine, "connect", begin)
    try:
        yield recorder
    finally:
        event.remove(Engine, "connect", begin)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Wiring], set[tuple[str, str]]]:
    with recording() as recorder:
        wirings = {name: live(tmp_path_factory.mktemp(name)) for name, live in LIVES.items()}
    return wirings, {(table, column) for table, column in recorder.read if table in metadata.tables}


class _TakenBack(Exception):
    """Ends the transaction of a change."""


def after(wiring: Wiring, *changes: Any) -> list[str]:
    """What verification says after changes past the guards, which are taken back."""
    found: list[str] = []
    with suppress(_TakenBack), wiring.database.write() as connection:
        drop_guards(connection)
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for change in changes:
            connection.execute(change)
        found = [str(one) for one in verify_database(wiring, connection).disagreements]
        raise _TakenBack
    return found


def changed(column: Column[Any], value: Any) -> Any:
    """Another value that the column may hold."""
    if column.table.name == "pending_acts" and column.name == "state":
        return OTHER_STATES[value]
    if column.nullable and value is not None:
        return None
    if isinstance(column.type, Instant):
        return (value or datetime.fromisoformat("2026-11-18T00:00:00+00:00")) + timedelta(days=900)
    if isinstance(column.type, LargeBinary):
        return (value or b"") + b"x"
    kind = column.type.python_type
    if kind is bool:
        return not value
    if kind in (int, float):
        return (value or 0) + 10_000
    if kind is str:
        return f"{value or ''}x" if not str(value).startswith(("{", "[")) else f" {value}"
    return (value or date(2026, 11, 18)) + timedelta(days=900)


def own_row(table: Table, row: Row[Any]) -> Any:
    return [column == getattr(row, column.name) for column in table.primary_key.columns]


def names(found: Sequence[str], table: Table, row: Row[Any]) -> bool:
    """Return whether a fault names the table, or a row of the ledger by its id."""
    keys = [str(getattr(row, one.name)) for one in table.primary_key.columns]
    return any(table.name in one or (table.name in EXPORTED and keys[0] in one) for one in found)


def test_every_table_that_authorises_is_compared_or_gives_its_reason(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]],
) -> None:
    known = {table.name for table in COMPARED} | ELSEWHERE
    assert not REASONED & known
    assert sorted({table for table, _ in lived[1]} - known - REASONED) == []


@pytest.mark.parametrize("life", LIVES)
def test_what_was_lived_through_agrees(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]], life: str
) -> None:
    assert after(lived[0][life]) == []


@pytest.mark.parametrize("life", LIVES)
def test_no_grant_stands_on_what_only_gives_its_reason(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]], life: str
) -> None:
    gone = [
        delete(table)
        for table in reversed(metadata.sorted_tables)
        if table.name in REASONED and table.name != "rulebook"  # its one row is a lock
    ]
    assert after(lived[0][life], *gone) == []


@pytest.mark.parametrize("how", ["changed", "added"])
@pytest.mark.parametrize("life", LIVES)
def test_a_row_that_only_gives_its_reason_grants_pays_and_appoints_nothing_by_itself(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]], tmp_path: Path, life: str, how: str
) -> None:
    plain, forged = (copy_later(lived[0][life], tmp_path / name) for name in ("plain", "forged"))
    assert forge_reasoned(forged, how)
    before = list_given(plain)
    for wiring in (plain, forged):
        assert list_given(wiring) == before  # what was written is in none of these tables
        live_on(wiring)
    assert list_given(forged) <= list_given(plain)


def copy_later(wiring: Wiring, folder: Path) -> Wiring:
    """A copy of everything that was lived through, forty days later."""
    shutil.copytree(wiring.data_folder, folder)
    file = folder / "later.db"
    with closing(sqlite3.connect(wiring.settings.database)) as there, closing(sqlite3.connect(file)) as here:
        there.backup(here)
    settings = replace(wiring.settings, database=str(file), data_folder=folder)
    later = wiring.now() + timedelta(days=40)
    return Wiring(settings, lambda: later)


def forge_reasoned(wiring: Wiring, how: str) -> int:
    """Change all rows of the tables that only give their reason, or add one beside each, and one to an empty table."""
    engine = create_engine(f"sqlite:///{wiring.settings.database}")
    with engine.begin() as connection:
        drop_guards(connection)
        written = 0
        for table in metadata.sorted_tables:
            if table.name in REASONED - {"rulebook"} - _HANDLED:
                rows = connection.execute(select(table)).all()
                made = [_forge_new(table)] if not rows and how == "added" else []
                for statement in (*(_forge(table, row, how) for row in rows), *made):
                    written += connection.execute(statement.prefix_with("OR IGNORE")).rowcount
    engine.dispose()
    return written


def _forge(table: Table, row: Row[Any], how: str) -> Any:
    keys = {one.name: getattr(row, one.name) for one in table.primary_key.columns}
    if how == "added":
        others = {one.name: changed(one, keys[one.name]) for one in table.primary_key.columns}
        return insert(table).values({**row._mapping, **others})
    values = {one.name: changed(one, getattr(row, one.name)) for one in table.columns if one.name not in keys}
    return update(table).where(*own_row(table, row)).values(values or keys)


def _forge_new(table: Table) -> Any:
    return insert(table).values({one.name: changed(one, None) for one in table.columns})


def live_on(wiring: Wiring) -> None:
    """Do all work that comes by itself; a job that a forged row stops gives nothing."""
    with suppress(FaultError):
        run_schedule(wiring, ScheduleOrder())
    with suppress(FaultError):
        run_upkeep_and_seal(wiring)


def list_given(wiring: Wiring) -> set[tuple[str, Row[Any]]]:
    """The rows that grant, pay, appoint and let in."""
    with wiring.database.read() as connection:
        return {(table.name, row) for table in _GIVING for row in connection.execute(select(table))}


def test_a_refused_proposal_that_waits_again_is_named(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]],
) -> None:
    c = pending_acts.c
    undecided = dict.fromkeys(("decided_by", "decided_at", "decision_reason"))
    found = after(
        lived[0]["members"],
        update(pending_acts).where(c.state == "waiting").values(state="refused"),
        update(pending_acts).where(c.number == 2).values(state="waiting", **undecided),
    )
    assert any("'which': '2'" in one for one in found), found


@pytest.mark.parametrize(
    ("life", "member"), [("office", WORKER), ("applying", ME), ("town", "m-1"), ("members", "")]
)
def test_an_erased_person_is_no_finding(tmp_path: Path, life: str, member: str) -> None:
    wiring = LIVES[life](tmp_path)
    if life == "members":
        with wiring.database.read() as connection:
            member = connection.execute(select(cards.c.member_id)).scalars().first() or ""
    erase_member_data(wiring, member, "li.min", "本人要求")
    assert after(wiring) == []


@pytest.mark.parametrize("table", [join_review_settings, join_takers], ids=lambda table: table.name)
def test_what_an_organisation_said_in_another_order_is_named(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]], table: Table
) -> None:
    c = table.c
    first = select(func.min(c.sequence)).where(c.organisation == HERE).scalar_subquery()
    found = after(lived[0]["members"], update(table).where(c.sequence == first).values(sequence=99))
    assert any(table.name in one for one in found), found


def fail(*_: object) -> None:
    raise TypeError("a fault of our own")


@pytest.mark.parametrize(
    ("life", "broken", "code"),
    [
        ("office", (Lifecycle, "list_stages"), "folded_row.failed"),
        ("town", (decision_origins, "evaluate_rules"), "origin.failed"),
        ("town", (decision_origins, "expand_explanation"), "origin.failed"),
    ],
)
def test_a_fault_of_the_program_is_not_reported_as_tampering(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
    life: str,
    broken: tuple[object, str],
    code: str,
) -> None:
    monkeypatch.setattr(*broken, fail)
    found = after(lived[0][life])
    assert found and all(f"code='{code}'" in one for one in found)


def test_a_history_that_cannot_be_folded_any_more_is_tampering(
    lived: tuple[dict[str, Wiring], set[tuple[str, str]]],
) -> None:
    found = after(lived[0]["office"], update(hotline_case_events).values(data="[]"))
    assert any("table': 'hotline_cases'" in one for one in found), found
    assert not any("failed" in one for one in found)


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(table, id=table.name, marks=() if table.name in _OFTEN else pytest.mark.endure)
        for table in COMPARED
    ],
)
def test_a_changed_row_is_named(lived: tuple[dict[str, Wiring], set[tuple[str, str]]], table: Table) -> None:
    wirings, read = lived
    silent, tried = set[str](), 0
    for wiring in wirings.values():
        with wiring.database.read() as connection:
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
        for row in (rows[0], rows[-1]) if len(rows) > 1 else rows:
            tried += 1
            silent |= {
                what
                for what, change in list_changes(table, row, read)
                if not names(after(wiring, change), table, row)
            }
    assert tried and silent == set()


def list_changes(table: Table, row: Row[Any], read: set[tuple[str, str]]) -> Iterator[tuple[str, Any]]:
    """Yield changes of a row, each with its name; a row that is added has other keys."""
    where = own_row(table, row)
    for column in table.columns:
        if (table.name, column.name) in read and column.name not in LEFT_OUT.get(table.name, {}):
            other = changed(column, getattr(row, column.name))
            if other is None and (table.name, column.name) in CLOSING:
                continue
            yield column.name, update(table).where(*where).values({column: other})
            if other is None and isinstance(column.type, Instant):
                later = getattr(row, column.name) + timedelta(days=900)
                yield f"{column.name} moved", update(table).where(*where).values({column: later})
    if _REMOVED not in LEFT_OUT.get(table.name, {}):
        yield _REMOVED, delete(table).where(*where)
    key = [one for one in table.primary_key.columns if not one.foreign_keys] or [*table.primary_key.columns]
    alone = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
    unique = chain(key[-1:], *alone, *(one.columns for one in table.indexes if one.unique))
    others = {one.name: changed(one, getattr(row, one.name)) for one in unique}
    yield "a row added", insert(table).values({**row._mapping, **others})
