"""Benefit applications in a batch of events: load their stored steps and add the new ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.calendars import Calendar, workday_table
from core.civil_time import civil_date
from events.envelope import Event
from members import (
    Application,
    ApplicationStep,
    FactValue,
    application_facts,
    build_application_step,
    read_application_steps,
    record_application_steps,
)
from members.applications import compute_progress
from rules import EventFacts

StepLoader = Callable[[Sequence[str]], Mapping[str, list[ApplicationStep]]]


def no_application_steps(members: Sequence[str]) -> Mapping[str, list[ApplicationStep]]:
    """Return an empty list of steps for each member; a ``StepLoader`` for a ledger without applications."""
    return {member: [] for member in members}


def build_event_step(event: Event, payload: Application) -> ApplicationStep:
    """Build the step that an application event reports."""
    return build_application_step(
        payload, event.subject, event.type, event.occurred_at, event.key, event.known_at
    )


@dataclass(slots=True)
class ApplicationBatch:
    """The application steps of the members in a batch, in order of arrival.

    ``new_steps`` are the steps that this batch adds.
    """

    steps: dict[str, list[ApplicationStep]] = field(default_factory=dict)
    new_steps: list[ApplicationStep] = field(default_factory=list)

    def load_steps(self, events: Iterable[Event], ask: StepLoader) -> None:
        """Load the steps of the members whom application events in ``events`` concern; once for each member."""
        about = (event.subject for event in events if isinstance(event.payload, Application))
        new = [member for member in dict.fromkeys(about) if member not in self.steps]
        if new:
            self.steps.update(ask(new))

    def apply(self, event: Event) -> None:
        """Add the step of an application event; ignore any other event."""
        if isinstance(event.payload, Application):
            step = build_event_step(event, event.payload)
            self.steps.setdefault(event.subject, []).append(step)
            self.new_steps.append(step)

    def read(self, event: Event, facts: EventFacts) -> Mapping[str, FactValue]:
        """Return the facts about the event's application on its civil date; add its submissions to ``facts``.

        Only steps that arrived up to this event count, so that an event that was held is decided like any
        other.
        """
        if not isinstance(event.payload, Application):
            return {}
        steps, day = self.steps[event.subject], civil_date(event.occurred_at)
        known = steps[: _place(steps, event) + 1]
        progress = compute_progress(known, event.payload.number, day)
        facts.submitted_on = progress.first_submitted_on
        facts.submissions = tuple(
            (civil_date(one.effective_at), one.known_on) for one in progress.submissions if one.known_on
        )
        return application_facts(progress, day, workday_table(Calendar.CN))

    def record(self, transaction: Connection) -> None:
        """Store the new steps."""
        record_application_steps(transaction, self.new_steps)


def _place(steps: Sequence[ApplicationStep], event: Event) -> int:
    """Return the index of the event's own step. Search from the end: it is usually the last.

    -1: it is gone, which only whoever writes past the guards can do; verification says so.
    """
    backwards = range(len(steps) - 1, -1, -1)
    return next((n for n in backwards if (steps[n].source, steps[n].event_id) == event.key), -1)


def load_application_batch(events: Iterable[Event], transaction: Connection) -> ApplicationBatch:
    """Load the stored steps of the members whom application events in ``events`` concern."""
    desk = ApplicationBatch()
    desk.load_steps(events, lambda members: read_application_steps(transaction, members))
    return desk
