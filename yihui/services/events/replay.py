"""Run a replay for a command: into the real ledger, or into a scratch ledger that is then compared."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from events import RunTally
    from events.replaying import LedgerReplay, ReplaySource
    from rules import RuleLibrary
    from yihui.services.ledger.difference import LedgerDifference


_FILLED_WHEN_NEW = frozenset({"rulebook"})
REPLAY_FAULTS = FaultTable(
    "replay",
    {
        "target_not_empty": (
            N_("{value} holds something already"),
            N_("name a database that isn't there yet, or an empty one"),
        ),
        "rules_missing": (
            N_("rules that decided in this ledger are neither in force nor approved in it: {value}"),
            N_(
                "set YIHUI_RULES to the folders that held them; for a demo's, YIHUI_DATA_FOLDER to its folder"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The result of a replay. ``difference`` is None if the ledgers are equal or were not compared."""

    tally: RunTally
    stations_left_out: int = 0
    is_compared: bool = False
    difference: LedgerDifference | None = None
    redone: int = 0  # acts of people and of the clock that were done again
    refused: int = 0  # acts that the scratch ledger doesn't allow


def replay_into_ledger(wiring: Wiring, source: ReplaySource) -> ReplayResult:
    """Replay into the real ledger. Events that were processed before change nothing."""
    from events.replaying import LedgerReplay

    replaying = LedgerReplay(wiring.runner)
    return ReplayResult(_run(wiring, wiring, replaying, source))


def replay_into_scratch(wiring: Wiring, target: str, source: ReplaySource, *, is_whole: bool) -> ReplayResult:
    """Replay into a scratch ledger with the real rules and budgets: those of the folders, and those approved.

    The two ledgers are compared if all events were replayed.

    *Raises*: FaultError if the database already holds other data, or if rules are missing that decided.
    """
    from events.redoing import Redoing, redo_all_acts
    from events.replaying import JournalReplaySource, LedgerReplay
    from yihui.services.ledger.difference import compare_ledgers

    knows_acts = is_whole and isinstance(source, JournalReplaySource)
    scratch = _opened(wiring, target, source, is_whole=is_whole, knows_acts=knows_acts)
    try:
        redoing = Redoing(wiring.database, scratch.rulebook.for_batch)
        replaying = LedgerReplay(scratch.runner, with_stations=False, redo=redoing.do, real=wiring.database)
        tally = _run(wiring, scratch, replaying, source)
        left_out = replaying.stations_left_out
        if not is_whole:
            return ReplayResult(tally, left_out)
        if not knows_acts:
            redo_all_acts(redoing, scratch.database)
        found = compare_ledgers(wiring.database, scratch.database)
        return ReplayResult(tally, left_out, True, found, redoing.done, redoing.refused)
    finally:
        scratch.close()


def _run(wiring: Wiring, into: Wiring, replaying: LedgerReplay, source: ReplaySource) -> RunTally:
    from events import RunTally
    from yihui.runtime.progress import show_progress
    from yihui.services.ledger.sealing import seal_after_batches

    tally = RunTally()
    with show_progress(wiring.render(N_("replaying")), source.total) as advance:
        for done, outcomes in seal_after_batches(into, replaying.run(source)):
            tally.add(outcomes)
            advance(done)
    return tally


def _opened(wiring: Wiring, target: str, source: ReplaySource, *, is_whole: bool, knows_acts: bool) -> Wiring:
    from events.replaying import begin_replay, is_replay_under_way

    with wiring.database.read() as connection:
        library = wiring.rulebook.in_force(connection)
        if is_whole and (missing := _list_missing_rules(connection, library)):
            raise FaultError(REPLAY_FAULTS.build("rules_missing", value=", ".join(missing)))
    scratch = Wiring(replace(wiring.settings, database=target), wiring.now)
    _make_tables(scratch)
    with scratch.database.write() as connection:
        if not is_replay_under_way(connection, source):
            if _holds_anything(connection):
                held = scratch.database.target
                raise FaultError(REPLAY_FAULTS.build("target_not_empty", field="--into", value=held))
            _copy_officers_terms(wiring, connection, knows_acts=knows_acts)
            begin_replay(connection, source)
    return scratch


def _list_missing_rules(connection: Connection, library: RuleLibrary) -> list[str]:
    """Return the ids of rules by which the ledger decided and of which this installation has no version; a replay needs one."""
    from benefits import list_decided_rules, list_submitted_versions

    known = {rule.id for rule in library.rules}
    known.update(
        version.submission.rule_id for version in list_submitted_versions(connection, state="approved")
    )
    return sorted(set(list_decided_rules(connection).values()) - known)


def _make_tables(scratch: Wiring) -> None:
    """Make the tables of an empty scratch ledger, also on a server: it was named for this."""
    import yihui.schema  # noqa: F401
    from store import migrate_database
    from store.migration import read_revision

    with closing(scratch.open_unmigrated()) as database:
        if read_revision(database) is None:
            migrate_database(database)


def _holds_anything(connection: Connection) -> bool:
    """Return whether any table has a row, except for the tables that are filled in every new database."""
    from sqlalchemy import select, table

    import yihui.schema  # noqa: F401
    from store import HEAD_REVISION
    from store.migration import schema_at_revision

    names = set(schema_at_revision(HEAD_REVISION).tables) - _FILLED_WHEN_NEW
    rows = (connection.execute(select(1).select_from(table(name)).limit(1)).first() for name in sorted(names))
    return any(row is not None for row in rows)


def _copy_officers_terms(wiring: Wiring, into: Connection, *, knows_acts: bool) -> None:
    """Copy merchants, budgets and versions of rules: officers set them, so no event would.

    If the source knows when the acts were done, a budget begins as it was before its first act, and no version
    was approved; else both begin as they are.
    """
    from benefits import Officer, add_merchant, list_budgets, load_merchants, set_budget
    from core.civil_time import civil_date
    from events.acts import find_first_budget_acts
    from events.redoing import Redoing, redo_rule_changes

    now = wiring.now()
    acting = Officer("replay", now, civil_date(now), "as in the ledger that is replayed")
    with wiring.database.read() as connection:
        amounts = {budget.id: budget.ceiling_fen for budget in list_budgets(connection)}
        if knows_acts:
            amounts |= find_first_budget_acts(connection)
        merchants = load_merchants(connection)
    if not knows_acts:
        redo_rule_changes(Redoing(wiring.database, wiring.rulebook.in_force), into)
    for id_, amount_fen in amounts.items():
        if amount_fen is not None:
            set_budget(into, id_, amount_fen, acting)
    for merchant in merchants:
        add_merchant(into, merchant, now)
