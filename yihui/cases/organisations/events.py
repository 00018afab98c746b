"""Acts on organisations as the events that carry them out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from core.civil_time import civil_date, start_of_day
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from events import Event
from yihui.frame.acts import Doing
from yihui.services.events import events

SOURCE = "/organisations"  # of events
_FAULTS = FaultTable(
    "organisation_acts",
    {
        "still_to_come": (
            N_("{value} is still to come; an act is recorded when it takes effect"),
            N_("record it on that day"),
        ),
        "repeated": (
            N_("the same was recorded before for {value}, and another act since then"),
            N_("name the document by which it holds again"),
        ),
    },
)


def build_act_event(code: str, type_: str, data: Mapping[str, object], now: datetime) -> Event:
    """Build the event of an act. Its id and its time follow from its data, so that an act done twice is one event.

    *Raises*: FaultError with the fields of the form.
    """
    given = {name: value for name, value in data.items() if value is not None}
    day = given["on"]
    assert isinstance(day, date), "the caller knows the day"
    digest = sha256(f"{sorted(given.items())!r}".encode()).hexdigest()[:16]
    with _name_fields():
        return events.build_event(
            now,
            id=f"{type_}/{code}/{digest}",
            source=SOURCE,
            type=type_,
            subject=code,
            time=start_of_day(day).isoformat(),
            data=given | {"on": day.isoformat()},
        )


@contextmanager
def _name_fields() -> Iterator[None]:
    """Name the fields of the form in the faults of a refused event. *Raises*: FaultError."""
    try:
        yield
    except FaultError as error:
        raise FaultError([name_field(fault) for fault in error.faults]) from error


def name_field(fault: Fault) -> Fault:
    """Return a fault with the form's field in place of the event's path."""
    place = (fault.field or "").removeprefix("data.")
    return fault.at(field="code" if place == "subject" else place)


def carry_out(act: Doing[Any, Any], code: str, type_: str, data: Mapping[str, object]) -> date:
    """Carry out an act on an organisation, with all that follows; return its day.

    ``data`` are the fields of the event besides who acts; without a day it is today. The same act a second time
    changes nothing, but is refused if another one came between. *Raises*: FaultError with every reason.
    """
    from members import read_recorded_changes

    day = data["on"] or civil_date(act.now)
    assert isinstance(day, date)
    if day > civil_date(act.now):
        raise FaultError(_FAULTS.build("still_to_come", field="on", value=day))
    said = {**data, "on": day, "by": act.actor.id}
    event = build_act_event(code, f"organisation.{type_}", said, act.now)
    is_repeated = process_events(act, [event]) > 0
    if is_repeated and read_recorded_changes(act.connection, [code])[-1].origin.event_id != event.id:
        raise FaultError(_FAULTS.build("repeated", field="on", value=day))
    return day


def process_events(act: Doing[Any, Any], own: Sequence[Event]) -> int:
    """Let events take effect in the act's transaction; return how many had before. *Raises*: FaultError if any can't."""
    with _name_fields():
        return events.process_events(act.wiring, act.connection, own, act.now).duplicates
