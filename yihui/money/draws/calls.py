"""What others ask of draws: the public proof of one, and the files that a rule's draws have made public."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benefits import PublishedDraw, find_published_lottery, list_published_draws
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from rules.lottery.file import LotteryFile, parse_lottery_file
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.services.benefits.lottery import file_exists_fault

_SHORT = 8  # digits of a draw's id in its file name
DRAW_PAGE_FAULTS = FaultTable(
    "draw_page",
    {
        "unknown": (
            N_("no lottery was published with the commitment {value}"),
            N_("compare the 64 characters with the notice of the union"),
        )
    },
)
PUBLIC_FILE_FAULTS = FaultTable(
    "draw_file", {"several_files": (N_("{value} is one file, there are {count}"), N_("name a folder"))}
)


@dataclass(frozen=True, slots=True)
class PublicLottery:
    """A lottery as everybody may see it: what was published, parsed."""

    draw: PublishedDraw
    file: LotteryFile


def load_public_lottery(wiring: Wiring, commitment: str) -> PublicLottery:
    """Load the lottery with a commitment. *Raises*: FaultError if none was published with it."""
    with wiring.database.read() as connection:
        found = find_published_lottery(connection, commitment)
    if found is None:
        raise FaultError(DRAW_PAGE_FAULTS.build("unknown", field="commitment", value=commitment))
    return PublicLottery(found, parse_published_lottery(found.file))


@lru_cache(maxsize=8)
def parse_published_lottery(text: str) -> LotteryFile:
    """Parse a published file, which may have 50,000 entries; published files don't change."""
    return parse_lottery_file(text)


def publish_draws(wiring: Wiring, rule: str, to: Path) -> Sequence[Path]:
    """Write what a rule's draws have made public so far into a folder, or a single file to a path.

    Files with other content stay. *Raises*: FaultError, OSError; then nothing is written.
    """
    with wiring.database.read() as connection:
        files = list_published_draws(connection, rule)
    places = _find_places(to, files)
    for place, one in zip(places, files, strict=True):
        write_atomically(place, one.file, public=True)
    return places


def _find_places(to: Path, files: Sequence[PublishedDraw]) -> Sequence[Path]:
    if to.is_dir():
        places = [to / f"{one.rule_id}-{one.id[:_SHORT]}{_mark(one)}.json" for one in files]
    elif len(files) > 1:
        raise FaultError(PUBLIC_FILE_FAULTS.build("several_files", value=to, count=len(files)))
    else:
        places = [to for _ in files]
    for place in places:
        check_output_path(place)
    others = [
        file_exists_fault(place)
        for place, one in zip(places, files, strict=True)
        if place.exists() and place.read_bytes() != one.file.encode()
    ]
    if others:
        raise FaultError(others)
    return places


def _mark(one: PublishedDraw) -> str:
    """Return what a file's name says beside its draw: one that was drawn stands beside what was published before."""
    if one.drawn_on is None:
        return ""
    return "-drawn" if one.commitment else "-ranked"
