"""Open, change, review and close case files of households in hardship; every change is an event of the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection

from core.civil_time import add_months, civil_date
from core.faults import FaultError
from events.retries import run_in_transaction
from members import read_spans
from members.hardship.case import FileAct, FileEvent, FileState, HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.household import MEASURES, compare_income
from members.hardship.names import read_names, store_names
from members.hardship.repository import append_event, insert_file
from store import lock_exclusive
from yihui.access.actor import Actor
from yihui.access.roles import Right
from yihui.access.second_person import Step
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.history_acts import (
    ActSteps,
    EventData,
    HistoryKind,
    RequestedAct,
    audit_act,
    change_history,
)
from yihui.services.access.reach import open_reach
from yihui.services.access.second_person import require_second_person
from yihui.services.hardship.events import publish_event
from yihui.services.hardship.income_lines import find_lines, line_fen
from yihui.services.hardship.intake import (
    LONGEST_PLAN,
    LONGEST_TEXT,
    CheckedHousehold,
    WrittenPerson,
    check_causes,
    check_codes,
    check_household,
    check_level,
    check_reason,
    check_text,
    raise_faults,
)
from yihui.services.hardship.lists import FILE_KIND, FileStatus, load_file_status, require_file
from yihui.services.ledger.sealing import seal_pending

MEMBERS_LOCK = "hardship members"  # taken before it is looked up in which file a member is


@dataclass(frozen=True, slots=True)
class FileIntake:
    """What an officer writes down to open a case file. ``level`` is proposed; another officer confirms it."""

    organisation: str
    level: str
    persons: Sequence[WrittenPerson]
    causes: Sequence[str]
    plan: str = ""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What is different now; None: as before."""

    persons: Sequence[WrittenPerson] | None = None
    causes: Sequence[str] | None = None
    plan: str | None = None


ActOnFile = RequestedAct[FileAct]


@dataclass(frozen=True, slots=True)
class FileTransaction:
    """The transaction of one act: who acts on what, and when."""

    wiring: Wiring
    connection: Connection
    actor: Actor
    now: datetime
    file: HardshipFile

    @property
    def today(self) -> date:
        return civil_date(self.now)

    def require_second_person(self, first: Step) -> None:
        """Refuse the act unless somebody else did its first step. *Raises*: FaultError."""
        second = Step(self.actor.id, self.now, Right.KEEP_HARDSHIP)
        require_second_person(self.wiring, self.connection, first, second, [self.file.organisation])


BuildData = Callable[[FileTransaction], EventData]
Follow = Callable[[FileTransaction], None]


def open_file(wiring: Wiring, actor: Actor | None, intake: FileIntake) -> FileStatus:
    """Open a case file; its members' hardship is filed with a proposed level. *Raises*: FaultError with every fault."""
    require_running_clock(wiring)
    now = wiring.now()
    faults = [*check_level(intake.level), *check_causes(intake.causes)]
    if intake.plan.strip():
        faults += check_text("plan", intake.plan, LONGEST_PLAN)

    def work(connection: Connection) -> HardshipFile:
        decision = authorise(wiring, connection, actor, Right.KEEP_HARDSHIP, intake.organisation)
        assert actor is not None
        if not read_spans(connection, [intake.organisation])[intake.organisation]:
            code = intake.organisation[:15]
            faults.append(HARDSHIP_FAULTS.build("unknown_organisation", field="organisation", value=code))
        wiring.runner.library(connection)
        lock_exclusive(connection, MEMBERS_LOCK)
        reach = open_reach(wiring, actor, Right.KEEP_HARDSHIP)
        try:
            household = check_household(wiring, connection, reach, intake.persons)
        except FaultError as error:
            raise FaultError([*faults, *error.faults]) from error
        raise_faults(faults)
        data = {
            "organisation": intake.organisation,
            "household": f"hh-{token_hex(8)}",
            "level": intake.level,
            "persons": household.data(),
            "causes": list(intake.causes),
            "plan": intake.plan.strip(),
        }
        file = insert_file(connection, FileEvent(1, FileAct.OPEN, now, actor.id, data))
        _store_names(wiring, connection, file, household, now)
        done = FileTransaction(wiring, connection, actor, now, file)
        publish_filing(done)
        wanted = ActOnFile(file.number, FileAct.OPEN)
        after = {"state": file.state.value, "level": file.level}
        audit_act(connection, actor, _FILE, file, wanted, decision, {}, after, now)
        return file

    file = run_in_transaction(wiring.database, work)
    seal_pending(wiring)
    return load_file_status(wiring, file)


def _store_names(
    wiring: Wiring,
    connection: Connection,
    file: HardshipFile,
    household: CheckedHousehold,
    now: datetime,
) -> None:
    """Store the names of a household; a person who stays in place and comes without a name keeps the stored one."""
    if wiring.vault is None:
        return
    stored = read_names(connection, wiring.vault.keys, [file.number])[file.number]
    stays = {
        place: stored[place]
        for place, (one, other) in enumerate(zip(file.persons, household.persons, strict=False), 1)
        if place in stored and (one.relation, one.member_id) == (other.relation, other.member_id)
    }
    names = {**stays, **household.names}
    store_names(connection, wiring.vault.keys.newest, file.number, names, now)


def change_file_by(
    wiring: Wiring,
    actor: Actor | None,
    wanted: ActOnFile,
    build_data: BuildData,
    follow: Follow | None = None,
) -> FileStatus:
    """Append one event to a case file, and do what follows from it, in one transaction.

    Of two officers who act at once one wins, the other is refused in words.

    *Raises*: FaultError; then nothing has changed.
    """

    def take_locks(connection: Connection) -> None:
        wiring.runner.library(connection)
        lock_exclusive(connection, MEMBERS_LOCK)

    file = change_history(wiring, actor, _FILE, wanted, ActSteps(build_data, take_locks, follow))
    seal_pending(wiring)
    return load_file_status(wiring, file)


_FILE: HistoryKind[FileAct, HardshipFile, FileTransaction] = HistoryKind(
    Right.KEEP_HARDSHIP,
    FILE_KIND,
    "hardship.",
    lambda connection, number: require_file(connection, number, lock=True),
    lambda connection, file, act, at, by, data: append_event(
        connection, file, FileEvent(file.version + 1, act, at, by, data)
    ),
    lambda file: file.organisation,
    FileTransaction,
    describe=lambda file: {"level": file.level},
    recorded=("visit", "amount_fen", "grant", "receipt", "photo"),
)


def change_file(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, change: FileChange) -> FileStatus:
    """Write down what is different in a household: persons, causes, plan. *Raises*: FaultError."""
    faults = check_reason(wanted.reason)
    if change.causes is not None:
        faults += check_causes(change.causes)
    if change.plan is not None:
        faults += check_text("plan", change.plan, LONGEST_PLAN)
    if change == FileChange():
        faults.append(HARDSHIP_FAULTS.build("no_change", field="case", value=wanted.number))
    raise_faults(faults)
    gone: set[str] = set()

    def build_data(act: FileTransaction) -> EventData:
        data: dict[str, Any] = {"reason": wanted.reason.strip()}
        if change.persons is not None:
            reach = open_reach(wiring, act.actor, Right.KEEP_HARDSHIP)
            household = check_household(wiring, act.connection, reach, change.persons, act.file)
            if household.persons[0].member_id != act.file.worker:
                raise FaultError(HARDSHIP_FAULTS.build("no_worker", field="person-1"))
            _store_names(wiring, act.connection, act.file, household, act.now)
            data["persons"] = household.data()
            gone.clear()
            gone.update({*act.file.members} - {one.member_id or "" for one in household.persons})
        if change.causes is not None:
            data["causes"] = list(change.causes)
        if change.plan is not None:
            data["plan"] = change.plan.strip()
        return data

    def follow(done: FileTransaction) -> None:
        if change.persons is not None and done.file.state is FileState.ON_FILE:
            publish_state(done, done.file.members, accepted=True)
            publish_state(done, sorted(gone), accepted=False)

    return change_file_by(wiring, actor, wanted, build_data, follow)


def record_measure(
    wiring: Wiring, actor: Actor | None, wanted: ActOnFile, kind: str, text: str
) -> FileStatus:
    """Record a measure that was taken for the household today. *Raises*: FaultError."""
    raise_faults([*check_codes("kind", [kind], MEASURES), *check_text("text", text, LONGEST_TEXT)])

    def build_data(act: FileTransaction) -> EventData:
        return {"on": act.today.isoformat(), "kind": kind, "text": text.strip()}

    return change_file_by(wiring, actor, wanted, build_data)


def review_file(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, level: str) -> FileStatus:
    """Review a case file: state its level, which becomes a fact of its members, and when the next review is due.

    The first review, which puts the household on file, is done by another officer than who wrote it down.

    *Raises*: FaultError.
    """
    raise_faults([*check_level(level), *check_reason(wanted.reason)])

    def build_data(act: FileTransaction) -> EventData:
        file = act.file
        if file.state is FileState.FILED:
            require_fresh_login(wiring, act.actor, Right.KEEP_HARDSHIP)
            act.require_second_person(Step(file.filed_by, file.filed_at, Right.KEEP_HARDSHIP))
        line = find_lines(wiring, act.connection, [file.organisation])[file.organisation]
        income = compare_income(file.persons, line_fen(wiring, line))
        return {
            "level": level,
            "on": act.today.isoformat(),
            "due_on": add_months(act.today, wiring.settings.hardship_review_months).isoformat(),
            "per_head_fen": income.per_head_fen,
            "line_fen": income.line_fen,
            "reason": wanted.reason.strip(),
        }

    def follow(done: FileTransaction) -> None:
        publish_state(done, done.file.members, accepted=True)

    return change_file_by(wiring, actor, wanted, build_data, follow)


def close_file(wiring: Wiring, actor: Actor | None, wanted: ActOnFile) -> FileStatus:
    """Close a case file with a reason; its members are in no hardship any more. *Raises*: FaultError."""
    raise_faults(check_reason(wanted.reason))

    def follow(done: FileTransaction) -> None:
        publish_state(done, done.file.members, accepted=False)

    return change_file_by(wiring, actor, wanted, lambda _: {"reason": wanted.reason.strip()}, follow)


def reopen_file(wiring: Wiring, actor: Actor | None, wanted: ActOnFile, level: str) -> FileStatus:
    """Reopen a closed case file with a proposed level; it waits for a review again. *Raises*: FaultError."""
    raise_faults([*check_level(level), *check_reason(wanted.reason)])

    def build_data(act: FileTransaction) -> EventData:
        reach = open_reach(wiring, act.actor, Right.KEEP_HARDSHIP)
        written = [WrittenPerson(one.relation, one.member_id or "") for one in act.file.persons]
        check_household(wiring, act.connection, reach, written, act.file)  # none is in another file now
        return {"level": level, "reason": wanted.reason.strip()}

    return change_file_by(wiring, actor, wanted, build_data, publish_filing)


def publish_filing(done: FileTransaction) -> None:
    """Publish that hardship was filed for the members of a household; it is no fact yet."""
    for member in done.file.members:
        data = {"household": done.file.household, "level": done.file.level}
        publish_event(
            done.wiring, done.connection, "hardship.filed", member, _event_id(done.file, member), data, done.now
        )  # fmt: skip


def publish_state(done: FileTransaction, members: Sequence[str], *, accepted: bool) -> None:
    """Publish for some members that a file's level holds, or that they are in no hardship any more."""
    data = {"household": done.file.household, "level": done.file.level, "accepted": accepted}
    for member in members:
        publish_event(
            done.wiring, done.connection, "hardship.reviewed", member, _event_id(done.file, member), data, done.now
        )  # fmt: skip


def _event_id(file: HardshipFile, member: str) -> str:
    return f"hardship-{file.number}-{file.version}-{member}"
