"""Sum up and print the outcomes of events that a command processed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events import BatchOutcome, RunTally


def sum_outcomes(batches: Iterable[BatchOutcome]) -> RunTally:
    """Return the summed outcomes of all batches."""
    from events import RunTally

    tally = RunTally()
    for batch in batches:
        tally.add(batch)
    return tally


def print_outcomes(wiring: Wiring, tally: RunTally, as_json: bool) -> None:
    """Print the outcomes of the events and exit with findings if there are dead letters."""
    from yihui.views.outcomes import print_tally

    print_tally(wiring.language, tally, as_json=as_json)
    exit_on_dead_letters(wiring, tally)


def exit_on_dead_letters(wiring: Wiring, tally: RunTally) -> None:
    """Exit with findings if there are dead letters. *Raises*: typer.Exit."""
    if tally.dead:
        template = N_("dead letters: {count}; see yihui events dead-letters")
        typer.echo(wiring.render(template, count=tally.dead), err=True)
        raise typer.Exit(EXIT_FINDINGS)
