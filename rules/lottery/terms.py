"""What may stand in the terms of a lottery: everything that is wrong with them, at once."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from rules.finding import shortened
from rules.lottery.fault import LotteryFault
from rules.lottery.file import Terms
from rules.lottery.public_number import plan_faults

N_ = str  # marks a text for the message catalogue

MOST_ENTRIES = 1_000_000
GREATEST = 10**9
LONGEST = 200


def term_faults(terms: Terms) -> list[LotteryFault]:
    """Everything that is wrong with the terms themselves."""
    faults = [*_texts(terms), *_counts(terms), *_entries(terms)]
    committed_at = instant_of(terms.committed_at)
    if committed_at is None:
        message = N_("{value} is no instant in UTC")
        remedy = N_("write it like 2026-05-01T02:00:00Z")
        return [*faults, LotteryFault("terms.committed_at", message, remedy, shortened(terms.committed_at))]
    return [*faults, *plan_faults(terms.number, committed_at)]


def instant_of(text: str) -> datetime | None:
    """The instant that is written like 2026-05-01T02:00:00Z."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if f"{moment:%Y-%m-%dT%H:%M:%SZ}" == text else None


def _texts(terms: Terms) -> Iterator[LotteryFault]:
    named = [("terms.lottery", terms.lottery), ("terms.title", terms.title)]
    named += [(f"terms.groups[{i}].name", group.name) for i, group in enumerate(terms.groups)]
    named += [(f"terms.entries[{i}].pseudonym", entry.pseudonym) for i, entry in enumerate(terms.entries)]
    for field, text in named:
        if not text.strip() or text != text.strip() or len(text) > LONGEST or not text.isprintable():
            message = N_("{field} can't be “{value}”")
            yield LotteryFault(
                field, message, N_("write 1 to 200 characters without blanks around them"), shortened(text)
            )
        elif not unicodedata.is_normalized("NFC", text):
            remedy = N_("type the text again instead of pasting it")
            yield LotteryFault(field, N_("{value} is not in Unicode normal form C"), remedy, shortened(text))


def _counts(terms: Terms) -> Iterator[LotteryFault]:
    counts = [("terms.seats", terms.seats)]
    counts += [(f"terms.groups[{i}].places", group.places) for i, group in enumerate(terms.groups)]
    counts += [(f"terms.entries[{i}].weight", entry.weight) for i, entry in enumerate(terms.entries)]
    for field, count in counts:
        if not 1 <= count <= GREATEST:
            remedy = N_("write a whole number from 1 to {greatest}")
            yield LotteryFault(
                field, N_("{field} can't be {value}"), remedy, str(count), {"greatest": str(GREATEST)}
            )
    reserved = sum(group.places for group in terms.groups)
    if reserved > terms.seats:
        yield LotteryFault(
            "terms.groups",
            N_("{value} places are reserved, there are {seats} in all"),
            N_("reserve fewer, or add places"),
            str(reserved),
            {"seats": str(terms.seats)},
        )


def _entries(terms: Terms) -> Iterator[LotteryFault]:
    if not 1 <= len(terms.entries) <= MOST_ENTRIES:
        yield LotteryFault(
            "terms.entries",
            N_("{value} entries can't be drawn from"),
            N_("give 1 to 1000000"),
            str(len(terms.entries)),
        )
    known = {group.name for group in terms.groups}
    for field, message, names in (
        ("terms.groups", N_("the group {value} is there {times} times"), [g.name for g in terms.groups]),
        ("terms.entries", N_("{value} takes part {times} times"), [e.pseudonym for e in terms.entries]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield LotteryFault(field, message, N_("keep one"), shortened(name), {"times": str(times)})
    for index, entry in enumerate(terms.entries):
        for name in entry.groups:
            if name not in known or entry.groups.count(name) > 1:
                yield LotteryFault(
                    f"terms.entries[{index}].groups",
                    N_("{value} is no group of this lottery, or stands there twice"),
                    N_("use each at most once, of: {groups}"),
                    shortened(name),
                    {"groups": ", ".join(sorted(known))},
                )
