"""Events seen once more, in memory: what the rules would be told of each. Writes nothing.

Follows the pipeline step by step: the same refusals, the same duplicates, the same facts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from core.faults import Fault
from events.applications import ApplicationDesk, StepsOf, no_steps
from events.envelope import Event, Unreadable
from events.projection import change_of, event_facts, id_reused, unfit_for_member
from geo.messages import OfStation, Searched, Used
from members import Change, Payload, Value, facts_on
from rules import EventFacts

FAULTS_KEPT = 100  # as examples; all are counted
_TOGETHER = 500  # members whose histories are asked for at once
Histories = Callable[[Sequence[str]], Mapping[str, list[Change]]]


class Line(NamedTuple):
    """An event and where it was read: file and line."""

    file: str
    row: int
    event: Event | Unreadable


def nobody(members: Sequence[str]) -> Mapping[str, list[Change]]:
    """The histories of members whom nobody knows yet."""
    return {member: [] for member in members}


@dataclass(slots=True)
class Replay:
    """One replay. ``histories`` says who the members were before the first event, ``steps`` what they had
    applied for.
    """

    histories: Histories = nobody
    steps: StepsOf = no_steps
    handled: int = 0
    duplicates: int = 0
    stations: int = 0  # events of stations: no rule looks at them
    faulty: int = 0
    by_type: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)
    _known: dict[str, list[Change]] = field(default_factory=dict)
    _applications: ApplicationDesk = field(default_factory=ApplicationDesk)

    def cases(self, lines: Iterable[Line]) -> Iterator[tuple[EventFacts, Mapping[str, Value]]]:
        """Each event with its member's facts on that day, in order of arrival."""
        waiting = iter(lines)
        while batch := list(islice(waiting, _TOGETHER)):
            self._meet(batch)
            for line in batch:
                event = line.event
                if self._is_fit(line) and isinstance(event, Event):
                    yield self._project(event)

    def _meet(self, batch: Sequence[Line]) -> None:
        subjects = (
            line.event.subject
            for line in batch
            if isinstance(line.event, Event) and isinstance(line.event.payload, Payload)
        )
        new = list(dict.fromkeys(subject for subject in subjects if subject not in self._known))
        if new:
            self._known.update(self.histories(new))
        self._applications.meet((line.event for line in batch if isinstance(line.event, Event)), self.steps)

    def _is_fit(self, line: Line) -> bool:
        event = line.event
        if isinstance(event, Unreadable):
            self._fault(line, event.faults)
            return False
        seen = self._seen.get(event.key)
        if seen == event.digest:
            self.duplicates += 1
            return False
        if isinstance(event.payload, OfStation | Searched | Used):
            self.stations += 1
            return False
        fault = id_reused(event) if seen else unfit_for_member(event, self._known.get(event.subject, ()))
        if fault is not None:
            self._fault(line, [fault])
        return fault is None

    def _project(self, event: Event) -> tuple[EventFacts, Mapping[str, Value]]:
        self._seen[event.key] = event.digest
        self.handled += 1
        self.by_type[event.type] += 1
        history = self._known[event.subject]
        change = change_of(event)
        if change is not None:
            history.append(change)
        self._applications.hear(event)
        facts = event_facts(event)
        return facts, {**facts_on(history, facts.occurred_on), **self._applications.facts(event)}

    def _fault(self, line: Line, faults: Sequence[Fault]) -> None:
        self.faulty += 1
        room = max(0, FAULTS_KEPT - len(self.faults))
        self.faults += [replace(fault, file=line.file, row=line.row) for fault in faults[:room]]
