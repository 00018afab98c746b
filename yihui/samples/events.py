"""Write made-up membership events, and the rolls and organisations that belong to them.

The events are CloudEvents, one JSON object a line, sorted by time, of members of 2026; some lines
are wrong on purpose (see ``yihui/samples/cast.py``). The same seed gives the same files, byte for byte.

    python -m yihui.samples.events --out-roll build/demo/roll.csv --out-events build/demo/events.jsonl
    python -m yihui.samples.events --out-events build/bench/events.jsonl --events 100000 --plain
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random

from yihui.samples import organisations as sample_organisations
from yihui.samples import roll as sample_roll
from yihui.samples.cast import LAST_CAST_NUMBER, cast_occurrences, late_lines, unreadable_lines
from yihui.samples.lines import build_cloud_event, format_event_line
from yihui.samples.lives import Occurrence, draw_occurrences
from yihui.samples.people import draw_person

SEED = 20261120
FIRST_RANDOM_NUMBER = 101  # lower numbers are reserved for scripted members


def generate_event_lines(
    seed: int, *, members: int = 400, events: int | None = None, planted: bool = True
) -> Iterator[str]:
    """Yield the lines of an event file, without line ends.

    ``members`` is the number of members, or ``events`` the number of lines; ``planted`` adds the scripted
    members and the odd lines, which count in both.
    *Raises*: ValueError if the number is too small for the planted lines.
    """
    middle, end = (unreadable_lines(), late_lines()) if planted else ((), ())
    fixed = cast_occurrences() if planted else []
    lines = None if events is None else events - len(middle) - len(end)
    if planted and (members < LAST_CAST_NUMBER if lines is None else lines < len(fixed)):
        raise ValueError(
            f"too few for what is planted: ask for {LAST_CAST_NUMBER} members or {len(fixed) + 9} events"
        )
    drawn = _lives(
        Random(f"events {seed}"), None if lines is not None else members - LAST_CAST_NUMBER * planted
    )
    told = _sorted(fixed, drawn, lines)
    return _lines(told, middle, end)


def _lives(rng: Random, members: int | None) -> Iterator[Occurrence]:
    """Yield the occurrences of random members, one member after the other; without end if ``members`` is None."""
    for number in (
        count(FIRST_RANDOM_NUMBER)
        if members is None
        else range(FIRST_RANDOM_NUMBER, FIRST_RANDOM_NUMBER + members)
    ):
        yield from draw_occurrences(draw_person(number, rng), rng)


def _sorted(fixed: list[Occurrence], drawn: Iterator[Occurrence], lines: int | None) -> list[Occurrence]:
    if lines is None:
        told = [*fixed, *drawn]
    else:
        told = fixed + [event for event, _ in zip(drawn, range(lines - len(fixed)), strict=False)]
    return sorted(told, key=lambda event: (event.at, event.subject))


def _lines(told: Sequence[Occurrence], middle: Sequence[str], end: Sequence[str]) -> Iterator[str]:
    for number, event in enumerate(told):
        if number == len(told) // 2:
            yield from middle
        yield format_event_line(build_cloud_event(event, f"e-{number + 1:07d}"))
    yield from end


def write_event_lines(lines: Iterator[str], out: Path) -> int:
    """Write the lines as UTF-8; return their number."""
    with out.open("w", encoding="utf-8", newline="\n") as file:
        return sum(1 for text in lines if file.write(text + "\n"))


def write_rolls(out: Path, seed: int, rows: int) -> None:
    """Write the roll and, beside it, ``<name>-faulty.csv`` and ``organisations.csv``."""
    lines = sample_roll.generate_roll(seed, rows)
    sample_roll.write_roll(lines, out)
    sample_roll.write_roll(sample_roll.with_wrong_check_digit(lines), out.with_stem(f"{out.stem}-faulty"))
    sample_organisations.write_organisations(out.with_name("organisations.csv"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out-roll", type=Path, help="the roll to write; two more files go beside it")
    parser.add_argument("--out-events", type=Path, help="the event file to write")
    parser.add_argument("--rows", type=int, default=300, help="members on the roll")
    parser.add_argument("--members", type=int, default=400, help="members in the event file")
    parser.add_argument("--events", type=int, help="lines of the event file, instead of --members")
    parser.add_argument("--plain", action="store_true", help="nothing wrong in the event file")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    for out in filter(None, (options.out_roll, options.out_events)):
        out.parent.mkdir(parents=True, exist_ok=True)
    if options.out_roll:
        write_rolls(options.out_roll, options.seed, options.rows)
        sys.stdout.write(f"{options.rows} sample members (示例): {options.out_roll}\n")
    if options.out_events:
        planted = not options.plain
        lines = generate_event_lines(
            options.seed, members=options.members, events=options.events, planted=planted
        )
        number = write_event_lines(lines, options.out_events)
        sys.stdout.write(f"{number} sample events (示例): {options.out_events}\n")


if __name__ == "__main__":
    main()
