"""Applications in a batch: what is known of them, and what their events add."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.civil_time import civil_date
from events.envelope import Event
from geo.calendars import workday_table
from geo.station import Calendar
from members import Application, Step, Value, application_facts, read_steps, record_steps, step_of

StepsOf = Callable[[Sequence[str]], Mapping[str, list[Step]]]


def no_steps(members: Sequence[str]) -> Mapping[str, list[Step]]:
    """The steps of members who have applied for nothing yet."""
    return {member: [] for member in members}


@dataclass(slots=True)
class ApplicationDesk:
    """The steps of members' applications, in order of arrival; ``heard`` are those that came meanwhile."""

    steps: dict[str, list[Step]] = field(default_factory=dict)
    heard: list[Step] = field(default_factory=list)

    def meet(self, events: Iterable[Event], ask: StepsOf) -> None:
        """Ask for the steps of those whose applications some events are about, once for each member."""
        about = (event.subject for event in events if isinstance(event.payload, Application))
        new = [member for member in dict.fromkeys(about) if member not in self.steps]
        if new:
            self.steps.update(ask(new))

    def hear(self, event: Event) -> None:
        """Let an event take effect; nothing where it is about no application."""
        if isinstance(event.payload, Application):
            step = step_of(event.payload, event.subject, event.type, event.occurred_at, event.key)
            self.steps.setdefault(event.subject, []).append(step)
            self.heard.append(step)

    def facts(self, event: Event) -> Mapping[str, Value]:
        """The facts about the event's application on its day, as far as its steps had arrived by then.

        What arrived later is left out, so that an event that was held is decided like any other.
        """
        if not isinstance(event.payload, Application):
            return {}
        steps, day = self.steps[event.subject], civil_date(event.occurred_at)
        known = steps[: _place(steps, event) + 1]
        return application_facts(known, event.payload.number, day, workday_table(Calendar.CN))

    def record(self, transaction: Connection) -> None:
        """Keep what was heard."""
        record_steps(transaction, self.heard)


def _place(steps: Sequence[Step], event: Event) -> int:
    """Where the event's own step lies: mostly it is the last."""
    backwards = range(len(steps) - 1, -1, -1)
    return next(n for n in backwards if (steps[n].source, steps[n].event_id) == event.key)


def application_desk(events: Iterable[Event], transaction: Connection) -> ApplicationDesk:
    """What the database knows of the applications that some events are about."""
    desk = ApplicationDesk()
    desk.meet(events, lambda members: read_steps(transaction, members))
    return desk
