"""Hold every decision against the event that it is about, and compute decisions again from that event.

A forged decision can agree with itself: its grant, transaction and slot add up, and sealing covers it. But
no event stands behind it in the inbox and in the journal, or the event and the member's facts of that day
lead to another decision under the rule's hash.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from pydantic_core import from_json
from sqlalchemy import Connection, RowMapping, func, select

from benefits.draws.collecting import DRAW_SOURCE
from benefits.draws.waiting_list import WAITING_LIST_SOURCE
from benefits.ledger.explanation_forms import read_explanation_forms
from benefits.messages.explanation import ExplanationForm, expand_explanation, form_id, render_explanation
from benefits.tables.appeals import appeal_answers
from benefits.tables.decisions import decisions, entries, grants
from benefits.tables.draws import draws, waiting_moves
from benefits.tables.rulebook import rule_acts
from benefits.verification.seals import find_row_seals
from core.civil_time import civil_date
from core.faults import Fault, FaultTable
from core.text_marks import N_
from events.applications import load_application_batch
from events.envelope import Event, parse_event
from events.organisations import LateActs, load_history_lineages, load_late_acts
from events.projection import rule_facts
from events.tables import JOURNAL_BATCHES, journal
from members import NO_LINEAGES, MemberChange, OrganisationLineages, read_member_changes
from members.tables import MEMBER_CHANGE_BATCHES, member_changes
from rules import (
    Decision,
    DueBenefit,
    Rule,
    RuleLibrary,
    build_library,
    build_span,
    evaluate_rules,
    find_version_day,
)
from store import are_as_sealed, inbox

SAMPLE_SIZE = 1_000
"""About so many decisions are computed again unless all are asked for; a smaller ledger as a whole."""
_AT_ONCE = 500
_FROM_CONDITIONS = frozenset({"condition", "unknown"})
_REMEDY = N_("compare with a backup from before; what was granted by it can be reversed")
ORIGIN_FAULTS = FaultTable(
    "origin",
    {
        "no_event": (N_("decision {id}: no event {event} of {source} was ever received"), _REMEDY),
        "not_in_journal": (N_("decision {id}: its event {event} of {source} is not in the journal"), _REMEDY),
        "other_event": (
            N_("decision {id}: the journal's event {event} of {source} is not the one that was received"),
            _REMEDY,
        ),
        "about_other": (
            N_("decision {id}: it states another member, type or day than its event {event} of {source}"),
            _REMEDY,
        ),
        "no_place": (N_("decision {id}: no draw, entry or place on a waiting list led to it"), _REMEDY),
        "not_considered": (
            N_("decision {id}: by the facts of that day the rule {rule} does not look at the member"),
            _REMEDY,
        ),
        "decided_otherwise": (
            N_("decision {id}: by the facts of that day the rule {rule} decides otherwise"),
            _REMEDY,
        ),
        "failed": (
            N_(
                "decision {id}: the program fails while it decides again ({error}), though the decision, its event and the member's changes are as they were sealed"
            ),
            N_("tell who maintains the program; it may hide what else is wrong with this row"),
        ),
        "granted_otherwise": (
            N_("decision {id}: by the facts of that day the rule {rule} grants something else"),
            _REMEDY,
        ),
    },
)


@dataclass(slots=True)
class OriginCheck:
    """The result: decisions computed again, and those that can't be: of erased members, of rule versions
    that are not at hand, decided anew on an appeal, or made before the tree of that day was corrected.
    """

    recomputed: int = 0
    not_recomputable: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_decision_origins(
    connection: Connection, library: RuleLibrary | None, now: datetime, *, recompute_all: bool = False
) -> OriginCheck:
    """Hold all decisions against inbox and journal; compute a sample of them again, or all."""
    total = connection.execute(select(func.count()).select_from(decisions)).scalar_one()
    step = 1 if recompute_all else max(1, total // SAMPLE_SIZE)
    check = _Check(connection, library, now, list_erased_members(connection), load_late_acts(connection))
    for rows in _chunks(connection):
        sound = [row for row in rows if check.has_origin(row)]
        check.recompute([row for row in sound if _is_chosen(row["id"], step)])
    return check.found


def _is_chosen(id_: str, step: int) -> bool:
    """Return whether a decision is in the sample: by its id, so that a repetition chooses the same."""
    return int(sha256(id_.encode()).hexdigest()[:12], 16) % step == 0


def list_erased_members(connection: Connection) -> frozenset[str]:
    """Return the members whose erasure an officer's act records."""
    acts = connection.execute(select(rule_acts.c.detail).where(rule_acts.c.act == "erased")).scalars()
    found = set()
    for detail in acts:
        try:
            found.add(str(from_json(detail)["member"]))
        except (ValueError, KeyError, TypeError):  # the act was tampered with; its seal reports it
            continue
    return frozenset(found)


def _chunks(connection: Connection) -> Iterator[Sequence[RowMapping]]:
    """Yield the decisions in the order of their ids, each with its event as received and as journalled."""
    of_inbox = (inbox.c.source == decisions.c.source) & (inbox.c.id == decisions.c.event_id)
    of_journal = (journal.c.source == decisions.c.source) & (journal.c.event_id == decisions.c.event_id)
    query = (
        select(decisions, inbox.c.digest, journal.c.sequence, journal.c.event, appeal_answers.c.appeal_id)
        .outerjoin(inbox, of_inbox)
        .outerjoin(journal, of_journal)
        .outerjoin(appeal_answers, appeal_answers.c.decision_id == decisions.c.id)
        .order_by(decisions.c.id)
        .limit(_AT_ONCE)
    )
    last = ""
    while rows := connection.execute(query.where(decisions.c.id > last)).mappings().all():
        yield rows
        last = rows[-1]["id"]


@dataclass(slots=True)
class _Check:
    connection: Connection
    library: RuleLibrary | None
    now: datetime
    erased: frozenset[str]
    late_acts: LateActs
    found: OriginCheck = field(default_factory=OriginCheck)
    _alone: dict[tuple[str, date], RuleLibrary] = field(default_factory=dict)

    def has_origin(self, row: RowMapping) -> bool:
        """Return whether the decision's event is known; add a fault otherwise."""
        if row["event_type"] in ("draw.drawn", "waiting.moved"):
            code = None if self._has_place(row) else "no_place"
        else:
            code = self._event_fault(row)
        if code:
            self._add(code, row)
        return code is None

    def _add(self, code: str, row: RowMapping) -> None:
        named = {"id": row["id"], "event": row["event_id"], "source": row["source"], "rule": row["rule_id"]}
        self.found.faults.append(ORIGIN_FAULTS.build(code, **named))

    def _has_place(self, row: RowMapping) -> bool:
        """Return whether a draw of an entry, or a move on a waiting list, led to the decision."""
        if row["event_type"] == "waiting.moved":
            moved = select(waiting_moves.c.waiting_id).where(
                waiting_moves.c.decision_id == row["id"], waiting_moves.c.waiting_id == row["event_id"]
            )
            return row["source"] == WAITING_LIST_SOURCE and self._is_there(moved)
        drawn = select(draws.c.id).where(draws.c.id == row["source"].removeprefix(f"{DRAW_SOURCE}/"))
        entered = select(entries.c.id).where(
            entries.c.id == row["event_id"], entries.c.member_id == row["member_id"]
        )
        return self._is_there(drawn) and self._is_there(entered)

    def _is_there(self, query: object) -> bool:
        return self.connection.execute(query).first() is not None  # type: ignore[call-overload]

    def _event_fault(self, row: RowMapping) -> str | None:
        if row["digest"] is None:
            return "no_event"
        if row["event"] is None:
            return None if row["member_id"] in self.erased else "not_in_journal"
        event = parse_event(row["event"], self.now)
        if not isinstance(event, Event) or event.digest != row["digest"]:
            return "other_event"
        stated = (event.subject, event.type, civil_date(event.occurred_at))
        return None if stated == (row["member_id"], row["event_type"], row["occurred_on"]) else "about_other"

    def recompute(self, rows: Sequence[RowMapping]) -> None:
        """Compute these decisions again; a place that was given later follows from its entry's decision."""
        own = [row for row in rows if row["event_type"] not in ("draw.drawn", "waiting.moved")]
        possible = [row for row in own if row["event"] is not None and row["appeal_id"] is None]
        histories = PastHistories.of(self.connection, sorted({row["member_id"] for row in possible}))
        granted = _grants(self.connection, [row["id"] for row in possible])
        forms = read_explanation_forms(self.connection, [row["explanation"] for row in possible])
        self.found.not_recomputable += len(own) - len(possible)
        for row in possible:
            rule = self._find(row["rule_hash"])
            if rule is None or self.late_acts.concern(row["sequence"], row["occurred_on"]):
                self.found.not_recomputable += 1
                continue
            self.found.recomputed += 1
            code = self._compare(row, rule, histories, granted, forms)
            if code:
                self._add(code, row)

    def _compare(
        self,
        row: RowMapping,
        rule: Rule,
        histories: "PastHistories",
        granted: Mapping[str, list[RowMapping]],
        forms: Mapping[str, ExplanationForm],
    ) -> str | None:
        """Return the code of a decision's fault; a row that was tampered with may make it impossible to decide.

        If all rows that are read are as they were sealed, the program itself has failed, and a fault says so.
        """
        try:
            decision = self._decide(row, rule, histories)
            return _difference(row, decision, granted.get(row["id"], []), forms)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            if not self._are_sources_as_sealed(row, forms):
                return "decided_otherwise"
            fault = ORIGIN_FAULTS.build("failed", id=row["id"], error=type(error).__name__)
            self.found.faults.append(fault)
            return None

    def _are_sources_as_sealed(self, row: RowMapping, forms: Mapping[str, ExplanationForm]) -> bool:
        of_member = journal.c.member_id == row["member_id"], member_changes.c.member_id == row["member_id"]
        decided, _ = find_row_seals(self.connection, {"decisions": [row["id"]]})
        return (
            decided["decisions", row["id"]].state == "sealed"
            and form_id(row["explanation"]) in {None, *forms}
            and are_as_sealed(self.connection, JOURNAL_BATCHES, of_member[0])
            and are_as_sealed(self.connection, MEMBER_CHANGE_BATCHES, of_member[1])
        )

    def _decide(self, row: RowMapping, rule: Rule, histories: "PastHistories") -> Decision | None:
        event = parse_event(row["event"], self.now)
        assert isinstance(event, Event), "has_origin looked at it"
        history = histories.known(row["member_id"], row["sequence"])
        applications = load_application_batch([event], self.connection)
        facts, known = rule_facts(event, history, applications, histories.lineages)
        made = evaluate_rules(facts, known, self._library_of(rule, find_version_day(rule, facts)))
        return next(iter(made), None)

    def _library_of(self, rule: Rule, day: date) -> RuleLibrary:
        """Return a library of one rule version alone, in force on a day."""
        key = rule.hash, day
        if key not in self._alone:
            caps = self.library.caps.values() if self.library else ()
            self._alone[key] = build_library([rule.during(build_span(day, day))], caps)
        return self._alone[key]

    def _find(self, rule_hash: str) -> Rule | None:
        rules = self.library.rules if self.library else ()
        return next((rule for rule in rules if rule.hash == rule_hash), None)


@dataclass(frozen=True, slots=True)
class PastHistories:
    """The changes of some members, at which place of the journal each arrived, and their organisations.

    What a rule decided, or would have decided, follows from the changes that had arrived by then.
    """

    changes: Mapping[str, Sequence[MemberChange]]
    places: Mapping[tuple[str, str], int]
    lineages: OrganisationLineages = NO_LINEAGES

    @classmethod
    def of(cls, connection: Connection, members: Sequence[str]) -> "PastHistories":
        if not members:
            return cls({}, {})
        query = select(journal.c.source, journal.c.event_id, journal.c.sequence)
        rows = connection.execute(query.where(journal.c.member_id.in_(members)))
        places = {(row.source, row.event_id): row.sequence for row in rows}
        changes = read_member_changes(connection, members)
        return cls(changes, places, load_history_lineages(connection, changes.values()))

    def known(self, member: str, sequence: int) -> list[MemberChange]:
        """Return the member's changes that had arrived with an event or before it."""
        return [
            change
            for change in self.changes[member]
            if self.places.get((change.source, change.event_id), 0) <= sequence
        ]


def _grants(connection: Connection, ids: Sequence[str]) -> dict[str, list[RowMapping]]:
    found: dict[str, list[RowMapping]] = {}
    if ids:
        for row in connection.execute(select(grants).where(grants.c.decision_id.in_(ids))).mappings():
            found.setdefault(row["decision_id"], []).append(row)
    return found


def _difference(
    row: RowMapping,
    decision: Decision | None,
    given: Sequence[RowMapping],
    forms: Mapping[str, ExplanationForm],
) -> str | None:
    """Return the code of the fault if the decision was made or granted otherwise than computed."""
    if decision is None:
        return "not_considered"
    stored, codes = _read(expand_explanation(row["explanation"], forms)), frozenset(from_json(row["reasons"]))
    by_conditions = row["outcome"] == "refused" and bool(codes & _FROM_CONDITIONS)
    computed = _read(render_explanation(decision, (), {}))
    if stored != computed or by_conditions == bool(decision.benefits):
        return "decided_otherwise"
    if row["outcome"] != "granted":
        return None
    due = {one.name: one for one in decision.benefits}
    whole = {grant["part"] for grant in given} == set(due) or "part-left-out" in codes
    same = all(
        grant["part"] in due and _is_granted_as(grant, due[grant["part"]], "part-reduced" in codes)
        for grant in given
    )
    return None if whole and same else "granted_otherwise"


def _is_granted_as(grant: RowMapping, due: DueBenefit, is_reduced: bool) -> bool:
    """Return whether a part was granted as computed, or of a partial one what was left of its budget."""
    whole_fen, granted_fen = due.amount_fen, grant["amount_fen"]
    may_be_less = is_reduced and due.partial and 0 < granted_fen < whole_fen
    return (granted_fen == whole_fen or may_be_less) and all(
        grant[name] == getattr(due, name) for name in _GRANTED
    )


_GRANTED = ("kind", "title", "quantity", "unit", "uses", "expires_on", "claim_by")


def _read(explanation: Mapping[str, list[dict[str, object]]]) -> list[tuple[object, ...]]:
    """Return the conditions with the values read, without texts, which a release may reword."""
    return [(c["that"], c["holds"], c["unknown"], c["values"]) for c in explanation["conditions"]]
