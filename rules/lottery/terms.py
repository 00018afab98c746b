"""Validate the terms of a lottery, and return all faults at once."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from core.faults import Fault
from core.source_text import shorten_quote
from rules.lottery.faults import LOTTERY_FAULTS
from rules.lottery.file import LotteryTerms
from rules.lottery.public_number import number_plan_faults

MAX_LOTTERY_ENTRIES = 1_000_000
MAX_COUNT = 10**9
MAX_NAME_LENGTH = 200


def term_faults(terms: LotteryTerms) -> list[Fault]:
    """Return all faults of the terms."""
    faults = [*_texts(terms), *_counts(terms), *_entries(terms)]
    committed_at = parse_utc_instant(terms.committed_at)
    if committed_at is None:
        value = shorten_quote(terms.committed_at)
        return [*faults, LOTTERY_FAULTS.build("no_instant", field="terms.committed_at", value=value)]
    return [*faults, *number_plan_faults(terms.number, committed_at)]


def parse_utc_instant(text: str) -> datetime | None:
    """Parse an instant written like 2026-05-01T02:00:00Z; None if the text has another form."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if f"{moment:%Y-%m-%dT%H:%M:%SZ}" == text else None


def _texts(terms: LotteryTerms) -> Iterator[Fault]:
    named = [("terms.lottery", terms.lottery), ("terms.title", terms.title)]
    named += [(f"terms.groups[{i}].name", group.name) for i, group in enumerate(terms.groups)]
    named += [(f"terms.entries[{i}].pseudonym", entry.pseudonym) for i, entry in enumerate(terms.entries)]
    for field, text in named:
        if not text.strip() or text != text.strip() or len(text) > MAX_NAME_LENGTH or not text.isprintable():
            yield LOTTERY_FAULTS.build("bad_text", field=field, value=shorten_quote(text))
        elif not unicodedata.is_normalized("NFC", text):
            yield LOTTERY_FAULTS.build("not_nfc", field=field, value=shorten_quote(text))


def _counts(terms: LotteryTerms) -> Iterator[Fault]:
    counts = [("terms.seats", terms.seats)]
    counts += [(f"terms.groups[{i}].places", group.places) for i, group in enumerate(terms.groups)]
    counts += [(f"terms.entries[{i}].weight", entry.weight) for i, entry in enumerate(terms.entries)]
    for field, count in counts:
        if not 1 <= count <= MAX_COUNT:
            yield LOTTERY_FAULTS.build("bad_count", field=field, value=count, greatest=MAX_COUNT)
    reserved = sum(group.places for group in terms.groups)
    if reserved > terms.seats:
        yield LOTTERY_FAULTS.build(
            "too_many_reserved", field="terms.groups", value=reserved, seats=terms.seats
        )


def _entries(terms: LotteryTerms) -> Iterator[Fault]:
    if not 1 <= len(terms.entries) <= MAX_LOTTERY_ENTRIES:
        yield LOTTERY_FAULTS.build("entry_count", field="terms.entries", value=len(terms.entries))
    known = {group.name for group in terms.groups}
    for field, code, names in (
        ("terms.groups", "group_twice", [group.name for group in terms.groups]),
        ("terms.entries", "entry_twice", [entry.pseudonym for entry in terms.entries]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield LOTTERY_FAULTS.build(code, field=field, value=shorten_quote(name), times=times)
    for index, entry in enumerate(terms.entries):
        for name in entry.groups:
            if name not in known or entry.groups.count(name) > 1:
                field, groups = f"terms.entries[{index}].groups", ", ".join(sorted(known))
                value = shorten_quote(name)
                yield LOTTERY_FAULTS.build("unknown_group", field=field, value=value, groups=groups)
