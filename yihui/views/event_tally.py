"""Events handled by a command: counted, and what became of them told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from yihui.bootstrap import Wiring
from yihui.runtime.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events import Outcomes, Tally

N_ = str  # marks a text for the message catalogue


def total(batches: Iterable[Outcomes]) -> Tally:
    """What became of all batches together."""
    from events import Tally

    tally = Tally()
    for batch in batches:
        tally.add(batch)
    return tally


def tell(wiring: Wiring, tally: Tally, as_json: bool) -> None:
    """Print what became of the events; dead letters are a finding."""
    from yihui.views.outcomes import print_tally

    print_tally(wiring.language, tally, as_json=as_json)
    end_with(wiring, tally)


def end_with(wiring: Wiring, tally: Tally) -> None:
    """*Raises*: typer.Exit, where there are dead letters."""
    if tally.dead:
        template = N_("dead letters: {count}; see yihui events dead-letters")
        typer.echo(wiring.say(template, count=tally.dead), err=True)
        raise typer.Exit(EXIT_FINDINGS)
