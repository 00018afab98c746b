"""The one file of a lottery that everybody may read: terms and commitment, then the draw.

The format is described in docs/lottery.md.
"""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rules.finding import shortened
from rules.lottery.fault import LotteryFault, LotteryFaults

N_ = str  # marks a text for the message catalogue

MOST_FAULTS = 100
_SEE = N_("compare docs/lottery.md")


class Published(BaseModel):
    """A part of the file: every key is there and no other; nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Entry(Published):
    """Who takes part: a pseudonym with its tickets and the groups whose reserved places are open to it."""

    pseudonym: str
    weight: int
    groups: tuple[str, ...]


class Group(Published):
    """Places that are drawn among one group first."""

    name: str
    places: int


class DrandRound(Published):
    """A round of the public randomness beacon drand."""

    kind: Literal["drand"]
    chain: str
    round: int


class Digits(Published):
    """Digits that somebody else draws in public, such as a lottery's: where, on which day, how many."""

    kind: Literal["digits"]
    source: str
    on: str
    count: int


class Terms(Published):
    """What is fixed before the draw. ``committed_at`` is UTC, like 2026-05-01T02:00:00Z."""

    lottery: str
    title: str
    committed_at: str
    seats: int
    groups: tuple[Group, ...]
    number: Annotated[DrandRound | Digits, Field(discriminator="kind")]
    entries: tuple[Entry, ...]


class Digests(Published):
    """SHA-256 of the canonical form of each of the terms, and of the secret's bytes."""

    lottery: str
    title: str
    committed_at: str
    seats: str
    groups: str
    number: str
    entries: str
    secret: str


class Winner(Published):
    """A place: out of a group's reserved ones, or a general one (``reserved`` is null)."""

    pseudonym: str
    reserved: str | None


class Draw(Published):
    """What is published with the draw; ``signature`` is drand's, or null."""

    secret: str
    number: str
    signature: str | None
    seed: str
    winners: tuple[Winner, ...]
    waiting: tuple[str, ...]


class LotteryFile(Published):
    """The whole file; ``draw`` is null until it is drawn."""

    format: Literal["yihui-lottery-1"]
    terms: Terms
    digests: Digests
    commitment: str
    draw: Draw | None


def canonical(value: object) -> bytes:
    """JSON with sorted keys, without blanks, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def written(file: LotteryFile) -> str:
    """The file as it is published."""
    return json.dumps(file.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"


def read_lottery(text: str) -> LotteryFile:
    """A published file. *Raises*: LotteryFaults with everything whose shape is wrong."""
    try:
        json.loads(text, object_pairs_hook=_once)
        return LotteryFile.model_validate_json(text)
    except LotteryFaults:
        raise
    except ValidationError as error:
        raise LotteryFaults(
            [_shape(dict(fault)) for fault in error.errors(include_url=False)[:MOST_FAULTS]]
        ) from error
    except (ValueError, RecursionError) as error:
        place = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise LotteryFaults(
            [LotteryFault("", N_("this is not JSON that can be read {value}"), _SEE, place)]
        ) from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Of two equal keys, JSON readers keep one or the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise LotteryFaults(
            [LotteryFault(twice[:80], N_("the key {field} stands there twice"), N_("keep one"))]
        )
    return found


def _shape(fault: dict[str, object]) -> LotteryFault:
    location = fault["loc"]
    assert isinstance(location, tuple)
    steps = [part for part in location if part not in ("drand", "digits")]  # pydantic's names of the choices
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in steps).lstrip(".")
    if fault["type"] == "missing":
        return LotteryFault(path, N_("{field} is missing"), _SEE)
    if fault["type"] == "extra_forbidden":
        return LotteryFault(path, N_("{field} doesn't belong there"), _SEE)
    return LotteryFault(path, N_("{field} can't be {value}"), _SEE, shortened(str(fault["input"])))
