"""Import members, and look up a member's facts and applications."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection

from benefits import Officer
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import (
    ErasureResult,
    erase_everywhere,
)
from events.schedule.jobs import BIRTHDAY_SOURCE, birthday_slot
from members import (
    ApplicationStep,
    Birthday,
    FactValue,
    count_birthday_candidates,
    facts_on,
    find_birthdays,
    organisation_names,
    read_application_steps,
    read_member_changes,
)
from yihui.access.audit import erase_audit_texts, list_objects_of_members
from yihui.access.member_sessions import erase_member_access
from yihui.bootstrap import Wiring
from yihui.runtime.progress import show_progress
from yihui.services.access.officers import act_as_officer
from yihui.services.attachments.attachments import delete_unused_files, list_digests_of_member
from yihui.services.attachments.resumable_uploads import delete_member_uploads
from yihui.services.events.schedule import build_schedule_runner
from yihui.services.members.unknown_ids import require_known_member, unknown_member_fault
from yihui.services.members.vault import erase_from_separate_vault

_BATCH = 500
_BIRTHDAY_FAULTS = FaultTable(
    "birthdays",
    {
        "two_ways": (
            N_("--to and --publish are two ways for the same events"),
            N_("give one of the two"),
        ),
        "still_to_come": (
            N_("{value} is still to come; an event tells what has happened"),
            N_("publish each day on its day, or write the month to a file (--to)"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member's facts on a day by path, and the organisations' names by code."""

    facts: Mapping[str, FactValue]
    organisations: Mapping[str, str]


def load_member_facts(wiring: Wiring, member: str, day: date) -> MemberFacts:
    """Load a member's facts on a day. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        changes = read_member_changes(connection, [member])[member]
        facts = facts_on(changes, day)
        names = organisation_names(connection, {str(value) for value in facts.values()})
    if not changes:
        raise FaultError([unknown_member_fault(member, "MEMBER")])
    return MemberFacts(facts, names)


def load_member_applications(wiring: Wiring, member: str) -> list[ApplicationStep]:
    """Load the steps of a member's applications. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        require_known_member(connection, member, "--member")
        return read_application_steps(connection, [member])[member]


def erase_member_data(wiring: Wiring, member: str, by: str, reason: str) -> ErasureResult:
    """Erase a person's data and give the space back; the pseudonym stays. *Raises*: FaultError."""
    files = list_digests_of_member(wiring, member)
    done = act_as_officer(wiring, by, reason, partial(erase_member_rows, wiring, member))
    delete_unused_files(wiring, files)
    delete_member_uploads(wiring, member)
    wiring.database.vacuum()
    if wiring.has_separate_vault:
        wiring.vault_database.vacuum()
    return done


def erase_member_rows(wiring: Wiring, member: str, connection: Connection, officer: Officer) -> ErasureResult:
    """Erase a person from all tables in the caller's transaction; files are deleted after it."""
    own = list_objects_of_members(connection, [member])
    done = erase_everywhere(connection, officer, member, partial(erase_from_separate_vault, wiring))
    if done.act is not None:
        erase_audit_texts(connection, member, own)
        erase_member_access(connection, member)
    return done


class BirthdayEvents:
    """The birthdays of some days, counted while they are read."""

    def __init__(self, wiring: Wiring, days: Sequence[date]) -> None:
        self.wiring, self.days = wiring, days
        self.count = self.lunar = 0

    def read(self) -> Iterator[Birthday]:
        """Yield each birthday."""
        with self.wiring.database.read() as connection:
            total = count_birthday_candidates(connection, self.days)
            with show_progress(self.wiring.render(N_("looking for birthdays")), total) as advance:
                for examined, found in find_birthdays(connection, self.days):
                    self.count += len(found)
                    self.lunar += sum(one.calendar == "lunar" for one in found)
                    yield from found
                    advance(examined)

    def lines(self) -> Iterator[str]:
        """Yield each birthday as an event in JSON."""
        return (json.dumps(one.as_event(BIRTHDAY_SOURCE), ensure_ascii=False) for one in self.read())

    def counts(self) -> dict[str, str]:
        """Return the number of birthdays, and of those by the lunar calendar, as texts."""
        return {"count": f"{self.count:,}", "lunar": f"{self.lunar:,}"}


def publish_birthdays(found: BirthdayEvents, today: date, to: Path | None) -> None:
    """Store the birthdays for “yihui run”, in batches while the roll is read, as the schedule's slots.

    A birthday that the schedule or an earlier call has published is not published again.

    *Raises*: FaultError with ``--to``, or if the last day is in the future.
    """
    if to is not None:
        raise FaultError(_BIRTHDAY_FAULTS.build("two_ways", field="--publish"))
    if found.days[-1] > today:
        raise FaultError(_BIRTHDAY_FAULTS.build("still_to_come", field="--publish", value=found.days[-1]))
    runner = build_schedule_runner(found.wiring)
    birthdays = found.read()
    while portion := list(islice(birthdays, _BATCH)):
        runner.publish(birthday_slot(one) for one in portion)
