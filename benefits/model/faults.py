"""Faults of moves between states, in the cashier's words, and faults of rows that were tampered with."""

from collections.abc import Iterator
from contextlib import contextmanager

from benefits.model.terms import ledger_terms
from core.faults import FaultError, FaultTable
from core.text_marks import N_

MOVE_FAULTS = FaultTable(
    "move",
    {
        "amount": (
            N_("{amount} is no amount: it must be a whole number from 1 to 9223372036854775807"),
            N_("give the amount in fen or in whole pieces, above zero"),
        ),
        "unknown": (N_("there is no grant {grant}"), N_("check the code or the number")),
        "foreign": (
            N_("grant {grant} belongs to another member"),
            N_("only the member that it was granted to can use it"),
        ),
        "unit": (
            N_("grant {grant} is not counted in {unit}"),
            N_("it is counted in {units}"),
        ),
        "order": (
            N_("{kind} does not move from {from_} to {to}"),
            N_("follow the order: promised, issued, redeemed, settled"),
        ),
        "early": (N_("grant {grant} was not there before {day}"), N_("correct the day")),
        "expired": (N_("expired on {day}"), N_("ask the union whether it can be granted again")),
        "lapsed": (
            N_("not claimed by {day}, so it has lapsed"),
            N_("ask the union whether it can be granted again"),
        ),
        "void": (N_("it was taken back and is void"), N_("ask the union that granted it for the reason")),
        "used_up": (N_("it is used up"), N_("look in the list of benefits for what is left")),
        "over_amount": (N_("only {left} are left, {amount} are too many"), N_("use at most {left}")),
        "nothing_there": (N_("nothing of it is {stage}"), N_("look where it stands: {standing}")),
        "drawn": (
            N_("it was drawn on {day}"),
            N_("give back what you won, or your place on the waiting list, instead"),
        ),
        "served": (
            N_("this place on the waiting list has had its turn"),
            N_("look in the list of benefits for what was granted"),
        ),
        "request_reused": (
            N_("the request key {key} was used for something else"),
            N_("give every request a key of its own"),
        ),
    },
    ledger_terms,
)


class MoveRefused(FaultError):
    """A refused move; nothing of it has happened."""


STORED_ROW_FAULTS = FaultTable(
    "stored_row",
    {
        "unreadable": (
            N_("row {value} of the table {table} is not as it was stored"),
            N_("somebody changed the database: run yihui ledger verify, and look for a backup"),
        ),
    },
)


@contextmanager
def naming_row(table: str, id_: object) -> Iterator[None]:
    """Read the JSON that a row stores. *Raises*: FaultError that names the row if it isn't what was stored.

    The block reads the row and nothing else: what JSON of another shape can't raise is a fault of the program.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        fault = STORED_ROW_FAULTS.build("unreadable", field="row", value=id_, table=table)
        raise FaultError(fault) from error
