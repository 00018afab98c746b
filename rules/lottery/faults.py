"""Faults of a lottery file, and of the terms, the number and the draw in it."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_


class LotteryFaults(FaultError):
    """Raised for a lottery that cannot be committed to or drawn, with all its faults at once."""


_SEE = N_("compare docs/lottery.md")
_COMPARE = N_("compare it with what was published before the draw")
_SOURCE = N_("compare the number with its source")

LOTTERY_FAULTS = FaultTable(
    "lottery",
    {
        "not_json": (N_("this is not JSON that can be read {value}"), _SEE),
        "duplicate_key": (N_("the key {field} stands there twice"), N_("keep one")),
        "missing": (N_("{field} is missing"), _SEE),
        "unknown": (N_("{field} doesn't belong there"), _SEE),
        "wrong": (N_("{field} can't be {value}"), _SEE),
        "no_instant": (N_("{value} is no instant in UTC"), N_("write it like 2026-05-01T02:00:00Z")),
        "bad_text": (
            N_("{field} can't be “{value}”"),
            N_("write 1 to 200 characters without blanks around them"),
        ),
        "not_nfc": (
            N_("{value} is not in Unicode normal form C"),
            N_("type the text again instead of pasting it"),
        ),
        "bad_count": (N_("{field} can't be {value}"), N_("write a whole number from 1 to {greatest}")),
        "too_many_reserved": (
            N_("{value} places are reserved, there are {seats} in all"),
            N_("reserve fewer, or add places"),
        ),
        "entry_count": (N_("{value} entries can't be drawn from"), N_("give 1 to 1000000")),
        "group_twice": (N_("the group {value} is there {times} times"), N_("keep one")),
        "entry_twice": (N_("{value} takes part {times} times"), N_("keep one")),
        "unknown_group": (
            N_("{value} is no group of this lottery, or stands there twice"),
            N_("use each at most once, of: {groups}"),
        ),
        "no_source": (N_("the source of the number is missing"), N_("say where everybody can read it")),
        "digit_count": (
            N_("{value} digits are too few or too many"),
            N_("take {fewest} to 200 digits: all those of one public draw, or of several"),
        ),
        "no_day": (N_("there is no day {value}"), N_("write a date such as 2026-05-01")),
        "known_already": (
            N_("the number isn't published after the commitment: {value}"),
            N_("choose a later day"),
        ),
        "not_digits": (
            N_("{value} isn't the number that was announced"),
            N_("write all {count} digits one after the other"),
        ),
        "drawn_already": (N_("it was drawn already"), N_("a lottery is drawn once")),
        "changed": (N_("{field} isn't what was committed to"), _COMPARE),
        "other_commitment": (N_("{field} doesn't follow from the digests"), _COMPARE),
        "bad_secret": (
            N_("the secret is not 64 hexadecimal digits"),
            N_("take the one of the commitment"),
        ),
        "other_number": (N_("{field} isn't the number that was drawn with"), _SOURCE),
        "other_seed": (N_("{field} doesn't follow from secret, commitment and number"), _SOURCE),
        "other_place": (
            N_("place {place} of {field} is {expected} by the draw, {value} was published"),
            N_("the list that was published is not the one that was drawn"),
        ),
    },
)
