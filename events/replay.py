"""Replay events in memory and yield the facts that the rules would get for each. Writes nothing.

Follows the pipeline step by step: the same refusals, the same duplicates, the same facts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from core.faults import Fault
from events.applications import ApplicationBatch, StepLoader, no_application_steps
from events.envelope import Event, InvalidEvent
from events.faults import EVENT_FAULTS
from events.organisations import find_end_fault, organisations_of
from events.projection import build_member_change, find_member_event_fault, rule_facts
from events.transfers import find_transfer
from geo.messages import Searched, StationPayload, Used
from members import (
    NO_LINEAGES,
    FactValue,
    MemberChange,
    MemberPayload,
    OrganisationLineages,
    OrganisationPayload,
)
from rules import EventFacts

MAX_EXAMPLE_FAULTS = 100  # as examples; all are counted
_TOGETHER = 500  # members whose histories are loaded at a time
HistoryLoader = Callable[[Sequence[str]], Mapping[str, list[MemberChange]]]
LineageLoader = Callable[[set[str]], OrganisationLineages]


class ReplayLine(NamedTuple):
    """An event and its origin: file and line."""

    file: str
    row: int
    event: Event | InvalidEvent


def no_histories(members: Sequence[str]) -> Mapping[str, list[MemberChange]]:
    """Return an empty history for each member; a ``HistoryLoader`` for a ledger without members."""
    return {member: [] for member in members}


def no_lineages(organisations: set[str]) -> OrganisationLineages:
    """Return the lineages where every code says its own; a ``LineageLoader`` without a tree."""
    return NO_LINEAGES


@dataclass(slots=True)
class InMemoryReplay:
    """One in-memory replay.

    ``histories`` loads the members' histories before the first event, ``steps`` their application steps,
    ``lineages`` the places of organisations in the tree as it is stored: acts on organisations among the
    events change nothing here.
    """

    histories: HistoryLoader = no_histories
    steps: StepLoader = no_application_steps
    lineages: LineageLoader = no_lineages
    faulty: int = 0
    faults: list[Fault] = field(default_factory=list)
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)
    _known: dict[str, list[MemberChange]] = field(default_factory=dict)
    _applications: ApplicationBatch = field(default_factory=ApplicationBatch)
    _lineages: OrganisationLineages = NO_LINEAGES

    def rule_cases(self, lines: Iterable[ReplayLine]) -> Iterator[tuple[EventFacts, Mapping[str, FactValue]]]:
        """Yield each event with its member's facts on that day, in order of arrival."""
        waiting = iter(lines)
        while batch := list(islice(waiting, _TOGETHER)):
            self._meet(batch)
            for line in batch:
                event = line.event
                if self._is_fit(line) and isinstance(event, Event):
                    yield self._project(event)

    def _meet(self, batch: Sequence[ReplayLine]) -> None:
        subjects = (
            line.event.subject
            for line in batch
            if isinstance(line.event, Event) and isinstance(line.event.payload, MemberPayload)
        )
        new = list(dict.fromkeys(subject for subject in subjects if subject not in self._known))
        if new:
            self._known.update(self.histories(new))
        organisations = {
            code
            for line in batch
            if isinstance(line.event, Event)
            for code in organisations_of(line.event, self._known.get(line.event.subject, ()))
        }
        self._lineages = self.lineages(organisations)
        self._applications.load_steps(
            (line.event for line in batch if isinstance(line.event, Event)), self.steps
        )

    def _is_fit(self, line: ReplayLine) -> bool:
        event = line.event
        if isinstance(event, InvalidEvent):
            self._fault(line, event.faults)
            return False
        seen = self._seen.get(event.key)
        if seen == event.digest:
            return False
        if isinstance(event.payload, StationPayload | Searched | Used | OrganisationPayload):
            return False  # no rule evaluates it
        fault = (
            EVENT_FAULTS.build("id_reused", field="id", value=event.id)
            if seen
            else find_member_event_fault(event, self._known.get(event.subject, ()))
            or find_end_fault(event, self._lineages)
        )
        if fault is not None:
            self._fault(line, [fault])
        return fault is None

    def _project(self, event: Event) -> tuple[EventFacts, Mapping[str, FactValue]]:
        self._seen[event.key] = event.digest
        history = self._known[event.subject]
        change = build_member_change(event)
        if change is not None:
            history.append(change)
        self._applications.apply(event)
        facts, known = rule_facts(event, history, self._applications, self._lineages)
        facts.transfer = find_transfer(event, history, self._lineages)
        return facts, known

    def _fault(self, line: ReplayLine, faults: Sequence[Fault]) -> None:
        self.faulty += 1
        room = max(0, MAX_EXAMPLE_FAULTS - len(self.faults))
        self.faults += [replace(fault, file=line.file, row=line.row) for fault in faults[:room]]
