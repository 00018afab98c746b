"""The public file of a lottery: its terms and commitment, then its draw, and the public number between them.

docs/lottery.md describes the format.
"""

import json
import re
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.json_keys import RepeatedKey, refuse_repeated_keys
from core.source_text import shorten_quote
from core.text_marks import N_

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
MAX_LOTTERY_FAULTS = 100
_NUMBER_FIELD = "terms.number"
DAYS_TO_DRAW = 3  # after the number is published: a weekend
MIN_DIGITS = 12
"""With fewer digits, the officer who commits could try secrets until her friends win for more of the possible numbers."""


class LotteryFaults(FaultError):
    """Raised for a lottery that cannot be committed to or drawn, with all its faults at once."""


class PublishedModel(BaseModel):
    """A part of the file: it has exactly the keys of the model, and values are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class LotteryEntry(PublishedModel):
    """A participant: a pseudonym, its number of tickets, and the groups whose reserved places it may win."""

    pseudonym: str
    weight: int
    groups: tuple[str, ...]


class LotteryGroup(PublishedModel):
    """A group with reserved places, which are drawn first."""

    name: str
    places: int


class PublicDigits(PublishedModel):
    """Digits that another party draws in public, such as a state lottery: the source, the day, how many."""

    kind: Literal["digits"]
    source: str
    on: str
    count: int


class LotteryTerms(PublishedModel):
    """What is fixed before the draw; ``committed_at`` is UTC, like 2026-05-01T02:00:00Z."""

    lottery: str
    title: str
    committed_at: str
    seats: int
    groups: tuple[LotteryGroup, ...]
    number: PublicDigits
    entries: tuple[LotteryEntry, ...]


class LotteryDigests(PublishedModel):
    """SHA-256 of the canonical form of each term, and of the bytes of the secret."""

    lottery: str
    title: str
    committed_at: str
    seats: str
    groups: str
    number: str
    entries: str
    secret: str


class LotteryWinner(PublishedModel):
    """A place won: one reserved for a group, or a general one (``reserved`` is null)."""

    pseudonym: str
    reserved: str | None


class LotteryDraw(PublishedModel):
    """What is published with the draw."""

    secret: str
    number: str
    seed: str
    winners: tuple[LotteryWinner, ...]
    waiting: tuple[str, ...]


class LotteryFile(PublishedModel):
    """The whole file; ``draw`` is null until the lottery is drawn."""

    format: Literal["yihui-lottery-1"]
    terms: LotteryTerms
    digests: LotteryDigests
    commitment: str
    draw: LotteryDraw | None


def canonical_json(value: object) -> bytes:
    """Return JSON with sorted keys, without blanks, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def render_lottery_file(file: LotteryFile) -> str:
    """Return the text of the file as it is published."""
    return json.dumps(file.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def parse_lottery_file(text: str) -> LotteryFile:
    """Parse a published file. *Raises*: LotteryFaults with every fault of its structure."""
    try:
        json.loads(text, object_pairs_hook=refuse_repeated_keys)
        return LotteryFile.model_validate_json(text)
    except RepeatedKey as error:  # JSON parsers differ in which of two equal keys they use
        raise LotteryFaults(LOTTERY_FAULTS.build("duplicate_key", field=str(error)[:80] or None)) from error
    except ValidationError as error:
        raise LotteryFaults(
            [_shape(dict(fault)) for fault in error.errors(include_url=False)[:MAX_LOTTERY_FAULTS]]
        ) from error
    except (ValueError, RecursionError) as error:
        place = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise LotteryFaults(LOTTERY_FAULTS.build("not_json", value=place)) from error


def _shape(details: dict[str, object]) -> Fault:
    location = details["loc"]
    assert isinstance(location, tuple)
    steps = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    path = steps.lstrip(".") or None
    match details["type"]:
        case "missing":
            return LOTTERY_FAULTS.build("missing", field=path)
        case "extra_forbidden":
            return LOTTERY_FAULTS.build("unknown", field=path)
    return LOTTERY_FAULTS.build("wrong", field=path, value=shorten_quote(str(details["input"])))


def count_late_days(plan: PublicDigits, drawn_on: date) -> int:
    """Return how many days a draw comes after its number, if those are more than `DAYS_TO_DRAW`; else 0.

    Once the number is out, the organiser, who holds the secret, knows the result: whoever waits may be
    thinking about not drawing at all.
    """
    days = (drawn_on - date.fromisoformat(plan.on)).days
    return days if days > DAYS_TO_DRAW else 0


def number_plan_faults(plan: PublicDigits, committed_at: datetime) -> list[Fault]:
    """Return the faults of the announced number."""
    faults = []
    if not plan.source.strip():
        faults.append(LOTTERY_FAULTS.build("no_source", field=_NUMBER_FIELD))
    if not MIN_DIGITS <= plan.count <= 200:
        faults.append(
            LOTTERY_FAULTS.build("digit_count", field=_NUMBER_FIELD, value=plan.count, fewest=MIN_DIGITS)
        )
    day = _day(plan.on)
    if day is None:
        faults.append(LOTTERY_FAULTS.build("no_day", field=_NUMBER_FIELD, value=plan.on))
    elif day <= civil_date(committed_at):
        faults.append(LOTTERY_FAULTS.build("known_already", field=_NUMBER_FIELD, value=plan.on))
    return faults


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def drawn_number_faults(plan: PublicDigits, draw: LotteryDraw) -> list[Fault]:
    """Return the faults of the number that was used for the draw."""
    if re.fullmatch(f"[0-9]{{{plan.count}}}", draw.number, re.ASCII):
        return []
    return [LOTTERY_FAULTS.build("not_digits", field="draw.number", value=draw.number, count=plan.count)]
