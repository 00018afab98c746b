"""Validate the terms of a lottery, and return all faults at once."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from core.text_marks import N_
from rules.finding import shorten_quote
from rules.lottery.fault import LotteryFault
from rules.lottery.file import LotteryTerms
from rules.lottery.public_number import number_plan_faults

MAX_LOTTERY_ENTRIES = 1_000_000
MAX_COUNT = 10**9
MAX_NAME_LENGTH = 200


def term_faults(terms: LotteryTerms) -> list[LotteryFault]:
    """Return all faults of the terms."""
    faults = [*_texts(terms), *_counts(terms), *_entries(terms)]
    committed_at = parse_utc_instant(terms.committed_at)
    if committed_at is None:
        message = N_("{value} is no instant in UTC")
        remedy = N_("write it like 2026-05-01T02:00:00Z")
        return [
            *faults,
            LotteryFault("terms.committed_at", message, remedy, shorten_quote(terms.committed_at)),
        ]
    return [*faults, *number_plan_faults(terms.number, committed_at)]


def parse_utc_instant(text: str) -> datetime | None:
    """Parse an instant written like 2026-05-01T02:00:00Z; None if the text has another form."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if f"{moment:%Y-%m-%dT%H:%M:%SZ}" == text else None


def _texts(terms: LotteryTerms) -> Iterator[LotteryFault]:
    named = [("terms.lottery", terms.lottery), ("terms.title", terms.title)]
    named += [(f"terms.groups[{i}].name", group.name) for i, group in enumerate(terms.groups)]
    named += [(f"terms.entries[{i}].pseudonym", entry.pseudonym) for i, entry in enumerate(terms.entries)]
    for field, text in named:
        if not text.strip() or text != text.strip() or len(text) > MAX_NAME_LENGTH or not text.isprintable():
            message = N_("{field} can't be “{value}”")
            yield LotteryFault(
                field,
                message,
                N_("write 1 to 200 characters without blanks around them"),
                shorten_quote(text),
            )
        elif not unicodedata.is_normalized("NFC", text):
            remedy = N_("type the text again instead of pasting it")
            yield LotteryFault(
                field, N_("{value} is not in Unicode normal form C"), remedy, shorten_quote(text)
            )


def _counts(terms: LotteryTerms) -> Iterator[LotteryFault]:
    counts = [("terms.seats", terms.seats)]
    counts += [(f"terms.groups[{i}].places", group.places) for i, group in enumerate(terms.groups)]
    counts += [(f"terms.entries[{i}].weight", entry.weight) for i, entry in enumerate(terms.entries)]
    for field, count in counts:
        if not 1 <= count <= MAX_COUNT:
            remedy = N_("write a whole number from 1 to {greatest}")
            yield LotteryFault(
                field, N_("{field} can't be {value}"), remedy, str(count), {"greatest": str(MAX_COUNT)}
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


def _entries(terms: LotteryTerms) -> Iterator[LotteryFault]:
    if not 1 <= len(terms.entries) <= MAX_LOTTERY_ENTRIES:
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
                yield LotteryFault(field, message, N_("keep one"), shorten_quote(name), {"times": str(times)})
    for index, entry in enumerate(terms.entries):
        for name in entry.groups:
            if name not in known or entry.groups.count(name) > 1:
                yield LotteryFault(
                    f"terms.entries[{index}].groups",
                    N_("{value} is no group of this lottery, or stands there twice"),
                    N_("use each at most once, of: {groups}"),
                    shorten_quote(name),
                    {"groups": ", ".join(sorted(known))},
                )
