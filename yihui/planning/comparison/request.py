"""What ``yihui plan compare`` is to compare."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from core.faults import Fault, FaultTable
from core.prompts import Prompt
from core.text_marks import N_
from yihui.frame.types import CivilDay
from yihui.planning.file_fields import FileOf, Target
from yihui.planning.order import TABLE_FILES, AreaOrder, FilesDatum

CURRENT_SIDE = "now"
_typed = partial(Prompt, metavar="FILE|REGISTER|DATE|now", only="command")
_FILE = FileOf(*TABLE_FILES, "geojson", "json", "gpkg")
_BEFORE, _AFTER = (partial(Prompt, option=option, only="page") for option in ("--before", "--after"))
COMPARISON_OPTION_FAULTS = FaultTable(
    "analysis",
    {
        "same_sides": (
            N_("before and after are the same"),
            N_("choose a day, a register or a file for “before” or for “after”"),
        ),
        "two_sides": (
            N_("a file and also a day or a register are chosen for one side"),
            N_("leave out one of them"),
        ),
    },
)


class CompareOrder(AreaOrder):
    """What to compare. A side is a register file, a register name, a date, ``now``, or ``name@date``.

    A command says it as a text, a page in three fields. Both sides are evaluated at ``at``. ``datum`` is the datum of
    the sides that are files.
    """

    only_register: str | None = Field(default=None, exclude=True)
    before_typed: Annotated[
        str,
        _typed(
            N_("Before"),
            option="--before",
            help=N_("a register's file, its name, a date (as it was that night), or name@date"),
        ),
    ] = CURRENT_SIDE
    before_day: Annotated[CivilDay | None, _BEFORE(N_("Before: as it was on the evening of"))] = None
    before_register: Annotated[str | None, _BEFORE(N_("Before: register"), is_proposed=True)] = None
    before_file: Annotated[Path | None, _FILE, _BEFORE(N_("Before: a register's file"))] = None
    after_typed: Annotated[
        str, _typed(N_("After"), option="--after", help=N_("the same, for the other side"))
    ] = CURRENT_SIDE
    after_day: Annotated[
        CivilDay | None, _AFTER(N_("After: as it was on the evening of (nothing: now)"), is_proposed=True)
    ] = None
    after_register: Annotated[str | None, _AFTER(N_("After: register"), is_proposed=True)] = None
    after_file: Annotated[Path | None, _FILE, _AFTER(N_("After: a register's file"))] = None
    hours: Annotated[bool, Prompt(N_("for every hour of that week too"))] = False
    datum: FilesDatum = None
    points: Annotated[
        Target | None,
        Prompt(N_("write the points newly served or no longer served to this CSV"), only="command"),
    ] = None

    meant: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            (f"{side}_{one}" for side in ("before", "after") for one in ("day", "register", "file")), ""
        ),
        "before_typed": "before",
        "after_typed": "after",
    }

    @property
    def before(self) -> str:
        """The side that was, as a command writes it."""
        return _write_side(self.before_file, self.before_register, self.before_day) or self.before_typed

    @property
    def after(self) -> str:
        """The other side, as a command writes it."""
        return _write_side(self.after_file, self.after_register, self.after_day) or self.after_typed

    def find_faults(self) -> Iterator[Fault]:
        yield from super().find_faults()
        if self.before == self.after and "before_typed" not in self.model_fields_set:
            yield COMPARISON_OPTION_FAULTS.build("same_sides", field="--before")
        for side in ("before", "after"):
            file, *parts = (getattr(self, f"{side}_{one}") for one in ("file", "register", "day"))
            if file and any(parts):
                yield COMPARISON_OPTION_FAULTS.build("two_sides", field=f"{side}_file")


def _write_side(file: Path | None, register: str | None, day: date | None) -> str:
    """Return the fields of a side as a command writes them: a path, a name, a date, or name@date."""
    return str(file) if file else "@".join(str(part) for part in (register, day) if part)
