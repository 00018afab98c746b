"""Correct a fact of a member that was recorded wrongly: what it would change, then the act with its proof.

A correction is an event like any other, so that rules and journal know it. What rules decided before stays; the
preview lists the decisions that would be others now, and an officer reverses or grants by the usual ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection, select

from benefits import Officer, Ruling
from benefits.tables.appeals import clawbacks
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events import Event, InboundEvent, InvalidEvent, validate_event
from events.late_changes import LateDifference, list_late_differences
from events.pipeline import process_batch
from members import FactValue, MemberChange, facts_on, read_member_changes
from members.attachments import Attachment, AttachmentKind, AttachmentOwner, list_member_attachments
from members.corrections import (
    CORRECTABLE_FACTS,
    LIFELONG_FACTS,
    FactSpan,
    RecordedCorrection,
    find_correction_instants,
    list_corrections,
    list_fact_spans,
    record_correction,
)
from rules import FACT_CATALOGUE
from store import lock_exclusive
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import preview_act, run_act
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.access.reach import unknown_member
from yihui.services.attachments.attachments import SentFile, StoredFile, run_with_file
from yihui.services.ledger.sealing import seal_pending
from yihui.services.members.organisations import find_covered_members
from yihui.services.rules.life import acting_officer

SOURCE = "/corrections"  # of events
CORRECTION_FAULTS = FaultTable(
    "correction",
    {
        "fact": (
            N_("{value} can't be corrected here"),
            N_("organisation and state are acts on the membership, hardship is the case file's"),
        ),
        "still_to_come": (N_("{value} is still to come"), N_("give a day until today")),
        "before": (
            N_("nothing is known of this member on {value}; the first record is of {since}"),
            N_("give a day from {since} on"),
        ),
        "born_late": (
            N_("the member would be born on {birthday}, but joined the union on {joined_on}"),
            N_("compare both days with the document"),
        ),
        "same": (N_("{value} is what is recorded already"), N_("nothing is to be corrected")),
        "moved_on": (
            N_("something else was recorded of this member since this page was opened"),
            N_("look at the preview again, then confirm it"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Correction:
    """Which fact is to be what, from which day on; ``since`` is of no effect for a lifelong fact."""

    member: str
    fact: str
    value: str
    since: date


@dataclass(frozen=True, slots=True)
class CorrectionProof:
    """Why a correction is made, and the file that proves it: sent with it, or handed in before by the member."""

    officer: str
    reason: str
    file: SentFile | Attachment


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a rule's own terms take back because of a correction; the amounts are in fen."""

    rule: str
    text: str
    reversed_fen: int


@dataclass(frozen=True, slots=True)
class CorrectionEffect:
    """What a correction changes: the fact by days, what rules decide at once, and what they would decide now.

    ``version`` is the number of the member's changes that the effect was computed from.
    """

    version: int
    event: str
    spans: Sequence[FactSpan]
    rulings: Sequence[Ruling]
    taken_back: Sequence[TakenBack]
    differences: Sequence[LateDifference]
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class CorrectionRecord:
    """A correction that was made, with the file that proves it; None if the file's record is gone."""

    act: RecordedCorrection
    proof: Attachment | None


@dataclass(slots=True)
class _Work:
    """One correction within a transaction."""

    wiring: Wiring
    connection: Connection
    scope: OfficerScope
    wanted: Correction
    officer: Officer
    history: list[MemberChange] = field(default_factory=list)

    def apply(self) -> CorrectionEffect:
        """Process the events of the correction, and return what they change. *Raises*: FaultError."""
        connection, wanted, now = self.connection, self.wanted, self.officer.at
        library = self.wiring.runner.library(connection)
        lock_exclusive(connection, f"membership {wanted.member}")
        covered = find_covered_members(connection, self.scope, [wanted.member])
        self.history = read_member_changes(connection, [wanted.member])[wanted.member]
        if wanted.member not in covered or not self.history:
            raise FaultError(unknown_member(wanted.member, "member"))
        _check(wanted, self.history, self.scope.day)
        events = self._build_events()
        late = set(map(_key, list_late_differences(connection, library, now, wanted.member)))
        taken = self._list_taken_back()
        outcome = process_batch(
            [InboundEvent(one, "corrections") for one in events], connection, library, now
        )
        if outcome.dead_letters:
            raise FaultError([fault for letter in outcome.dead_letters for fault in letter.faults])
        after = read_member_changes(connection, [wanted.member])[wanted.member]
        spans = list(list_fact_spans(self.history, after, wanted.fact))
        if not spans:
            raise FaultError(CORRECTION_FAULTS.build("same", field="value", value=wanted.value))
        found = list_late_differences(connection, library, now, wanted.member)
        return CorrectionEffect(
            len(self.history),
            events[0].id,
            spans,
            outcome.rulings,
            [one for one in self._list_taken_back() if one not in taken],
            [one for one in found if _key(one) not in late],
        )

    def _build_events(self) -> list[Event]:
        """*Raises*: FaultError if the value is none of the fact's."""
        wanted, version = self.wanted, len(self.history)
        events: list[Event] = []
        for at in find_correction_instants(self.history, wanted.fact, wanted.since):
            named = repr((wanted.member, wanted.fact, wanted.value, at.isoformat(), version))
            event = validate_event(
                {
                    "specversion": "1.0",
                    "id": f"correction-{sha256(named.encode()).hexdigest()[:40]}",
                    "source": SOURCE,
                    **_statement(wanted, self.officer.who),
                    "subject": wanted.member,
                    "time": at.isoformat(),
                },
                self.officer.at,
            )
            if isinstance(event, InvalidEvent):
                raise FaultError(list(event.faults))
            events.append(event)
        return events

    def _list_taken_back(self) -> list[TakenBack]:
        c = clawbacks.c
        query = select(c.rule_id, c.text, c.reversed_fen).where(c.member_id == self.wanted.member)
        return [TakenBack(*row) for row in self.connection.execute(query.order_by(c.id))]


def _key(one: LateDifference) -> tuple[object, ...]:
    return one.decision, one.rule, one.occurred_on, one.was_fen, one.would_be_fen


def _statement(wanted: Correction, officer: str) -> dict[str, object]:
    """Return the type and the data of the event that states the right value; an honour is added to those before."""
    if wanted.fact == "honours":
        data = {"honour": wanted.value, "honoured_on": wanted.since.isoformat()}
        return {"type": "member.honoured", "data": data}
    return {"type": "member.profile_changed", "data": {wanted.fact: _typed(wanted), "by": officer}}


def _typed(wanted: Correction) -> str | int:
    is_number = FACT_CATALOGUE[f"member.{wanted.fact}"].kind == "integer"
    return int(wanted.value) if is_number and wanted.value.isdecimal() else wanted.value


def _check(wanted: Correction, history: Sequence[MemberChange], today: date) -> None:
    """*Raises*: FaultError if a correction is impossible by what is known of the member."""
    first = min(civil_date(one.effective_at) for one in history)
    if wanted.fact in LIFELONG_FACTS:
        _check_days_of_life(wanted, facts_on(history, today), today)
    elif wanted.since > today:
        raise FaultError(CORRECTION_FAULTS.build("still_to_come", field="on", value=wanted.since))
    elif wanted.since < first:
        raise FaultError(CORRECTION_FAULTS.build("before", field="on", value=wanted.since, since=first))


def _check_days_of_life(wanted: Correction, facts: object, today: date) -> None:
    assert hasattr(facts, "get")
    days = {name: facts.get(f"member.{name}") for name in ("birthday", "joined_on")}
    try:
        day = date.fromisoformat(wanted.value)
    except ValueError:
        return  # the event's own check says what a date looks like
    if day > today:
        raise FaultError(CORRECTION_FAULTS.build("still_to_come", field="value", value=day))
    days[wanted.fact] = day
    born, joined = days["birthday"], days["joined_on"]
    if isinstance(born, date) and isinstance(joined, date) and born >= joined:
        raise FaultError(CORRECTION_FAULTS.build("born_late", field="value", birthday=born, joined_on=joined))


def require_correctable(fact: str) -> str:
    """Return a fact's name. *Raises*: FaultError if it can't be corrected here."""
    if fact not in CORRECTABLE_FACTS:
        raise FaultError(CORRECTION_FAULTS.build("fact", field="fact", value=fact[:40]))
    return fact


def preview_correction(
    wiring: Wiring, scope: OfficerScope, wanted: Correction, officer: str
) -> CorrectionEffect:
    """Return what a correction would change; nothing is stored. *Raises*: FaultError."""
    acting = acting_officer(wiring, officer)
    return preview_act(wiring, lambda connection: _Work(wiring, connection, scope, wanted, acting).apply())


def correct_member(
    wiring: Wiring, scope: OfficerScope, wanted: Correction, proof: CorrectionProof, version: int
) -> CorrectionEffect:
    """Correct a fact, with its record and the file that proves it, in one transaction.

    ``version`` is the preview's: what was recorded since refuses the act.

    *Raises*: FaultError with every reason why it is refused; then nothing has changed.
    """
    officer = acting_officer(wiring, proof.officer, proof.reason.strip())
    officer.require_reason()

    def store(stored: StoredFile | Attachment) -> CorrectionEffect:
        def work(connection: Connection) -> CorrectionEffect:
            effect = _Work(wiring, connection, scope, wanted, officer).apply()
            if effect.version != version:
                raise FaultError(CORRECTION_FAULTS.build("moved_on", field="version", value=version))
            if isinstance(stored, StoredFile):
                owner = AttachmentOwner(AttachmentKind.CORRECTION, effect.event, wanted.member)
                made = stored.record(connection, owner, officer.who, officer.at)
            else:
                made = stored
            record_correction(
                connection,
                RecordedCorrection(
                    wanted.member,
                    wanted.fact,
                    effect.spans[0].since,
                    effect.event,
                    made.number,
                    officer.who,
                    officer.at,
                    officer.reason,
                ),
            )
            span, spans = effect.spans[0], len(effect.spans)
            state_act(
                "member",
                wanted.member,
                officer.reason,
                effect.organisation,
                before={"value": span.before},
                after={
                    "fact": wanted.fact,
                    "value": span.after,
                    "since": span.since,
                    "event": effect.event,
                    "spans": spans,
                },
            )
            return effect

        return run_act(wiring, work)

    if isinstance(proof.file, Attachment):
        effect = store(proof.file)
    else:
        effect = run_with_file(wiring, proof.file, store)
    seal_pending(wiring)
    return effect


def list_correction_records(wiring: Wiring, member: str) -> list[CorrectionRecord]:
    """List the corrections of a member's facts, the newest first."""
    with wiring.database.read() as connection:
        files = {one.number: one for one in list_member_attachments(connection, member)}
        return [
            CorrectionRecord(one, files.get(one.attachment)) for one in list_corrections(connection, member)
        ]


def load_fact_values(wiring: Wiring, scope: OfficerScope, member: str) -> dict[str, FactValue]:
    """Load the facts of a member that can be corrected, as they are today. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        if member not in find_covered_members(connection, scope, [member]):
            raise FaultError(unknown_member(member, "member"))
        facts = facts_on(read_member_changes(connection, [member])[member], scope.day)
    return {name: facts.get(f"member.{name}") for name in CORRECTABLE_FACTS}
