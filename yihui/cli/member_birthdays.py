"""yihui members birthdays: the birthdays of a day or a month, as events."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from core.faults import Fault
    from members import Birthday


_SOURCE = "/birthdays"
_BATCH = 500


def add_commands(app: typer.Typer, _: Callable[[str], str]) -> None:
    """Add the `birthdays` command."""

    @app.command(
        help=_(
            "Write the birthdays of a day or a month as events, by the calendar that each member keeps. "
            "Doing it twice makes duplicates, no second birthday."
        )
    )
    def birthdays(
        context: typer.Context,
        on: Annotated[
            str | None, typer.Option(help=_("a date such as 2026-05-01; today unless said"))
        ] = None,
        month: Annotated[str | None, typer.Option(help=_("a whole month, such as 2026-05"))] = None,
        to: Annotated[
            Path | None,
            typer.Option(help=_("write them to this file, one event a line, instead of printing")),
        ] = None,
        publish: Annotated[
            bool, typer.Option("--publish", help=_("hand them over to “yihui run” instead of printing"))
        ] = False,
    ) -> None:
        from core.civil_time import civil_date
        from yihui.runtime.arguments import parse_day_or_month

        wiring: Wiring = context.obj
        today = civil_date(wiring.now())
        days = parse_day_or_month(on, month, today)
        found = _BirthdayEvents(wiring, days)
        if publish:
            _publish(wiring, found, today, to)
        elif to is not None:
            from yihui.files.whole_files import write_lines_atomically

            write_lines_atomically(to, found.lines())
        else:
            for line in found.lines():
                typer.echo(line)
        told = wiring.render(N_("birthdays: {count}, of them by the moon {lunar}"), **found.counts())
        typer.echo(told, err=True)
        if days[-1] > today and not publish:
            typer.echo(
                wiring.render(
                    N_("{day} is still to come: events of later days are taken from that day on"),
                    day=days[-1],
                ),
                err=True,
            )


class _BirthdayEvents:
    """The birthdays of some days, counted while they are read."""

    def __init__(self, wiring: Wiring, days: Sequence[date]) -> None:
        self.wiring, self.days = wiring, days
        self.count = self.lunar = 0

    def read(self) -> "Iterator[Birthday]":
        from members import count_birthday_candidates, find_birthdays
        from yihui.runtime.progress import show_progress

        with self.wiring.database.read() as connection:
            total = count_birthday_candidates(connection, self.days)
            with show_progress(self.wiring.render(N_("looking for birthdays")), total) as advance:
                for looked_at, found in find_birthdays(connection, self.days):
                    self.count += len(found)
                    self.lunar += sum(one.calendar == "lunar" for one in found)
                    yield from found
                    if looked_at % _BATCH == 0:
                        advance(looked_at)

    def lines(self) -> Iterator[str]:
        """Yield each birthday as an event in JSON."""
        return (json.dumps(one.as_event(_SOURCE), ensure_ascii=False) for one in self.read())

    def counts(self) -> dict[str, str]:
        return {"count": f"{self.count:,}", "lunar": f"{self.lunar:,}"}


def _publish(wiring: Wiring, found: _BirthdayEvents, today: date, to: Path | None) -> None:
    """Store the birthdays in the ingress table of “yihui run”, in batches while the roll is read.

    *Raises*: FaultError with ``--to``, or if the last day is in the future.
    """
    from core.faults import FaultError
    from events import Event, accept_events, parse_event

    if to is not None:
        raise FaultError([_conflicting_options_fault()])
    if found.days[-1] > today:
        raise FaultError([_future_day_fault(found.days[-1])])
    lines = found.lines()
    while portion := list(islice(lines, _BATCH)):
        now = wiring.now()
        read = [parse_event(line, now) for line in portion]
        with wiring.database.write() as connection:
            accept_events(connection, [event for event in read if isinstance(event, Event)], now)


def _conflicting_options_fault() -> "Fault":
    from core.faults import Fault

    return Fault(
        N_("--to and --publish are two ways for the same events"),
        N_("give one of the two"),
        field="--publish",
    )


def _future_day_fault(day: date) -> "Fault":
    from core.faults import Fault

    return Fault(
        N_("{value} is still to come; an event tells what has happened"),
        N_("publish each day on its day, or write the month to a file (--to)"),
        field="--publish",
        value=day.isoformat(),
    )
