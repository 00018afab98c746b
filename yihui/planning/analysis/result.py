"""The result of an analysis: sentences, tables and files, in the language in which it was begun."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pydantic_core import to_json
from typing_extensions import TypedDict

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_folder, check_output_not_input, check_output_path
from yihui.planning.analysis.fields import AnalysisValues
from yihui.planning.demand.request import DemandFileOptions, RasterOptions, RasterValues, is_file
from yihui.runtime.errors import fault_line
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.operation.job_files import JobFile

if TYPE_CHECKING:
    from yihui.planning.street_reach import StreetReach
    from yihui.runtime.language import Language

MOST_ROWS = 300  # of a table on the page; the files hold all
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
ANALYSIS_STREET_FAULTS = FaultTable(
    "analysis",
    {
        "no_streets": (
            N_("times by street can't be computed here: no streets are installed"),
            N_("choose straight lines; whoever runs the site can install streets with “yihui streets build”"),
        ),
    },
)


class AnalysisTable(TypedDict):
    """A table of texts; its first column names the row."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


class AnalysisTexts(TypedDict):
    """What a job stores of its result; the files are stored beside it."""

    lines: Sequence[str]
    tables: Sequence[AnalysisTable]


@dataclass(frozen=True, slots=True)
class AnalysisRun:
    """An analysis that runs: what was typed, and a folder for its files.

    A command has no folder: its options name the files.
    """

    wiring: Wiring
    values: AnalysisValues
    folder: Path | None = None

    @property
    def language(self) -> "Language":
        return self.wiring.language

    @property
    def now(self) -> datetime:
        return self.values.now

    def notes(self, faults: Sequence[Fault]) -> list[str]:
        """Return the notes of a result as sentences."""
        return [fault_line(one, self.language).text() for one in faults]

    def output(self, option: str, name: str, is_wanted: bool = True) -> Path | None:
        """Return where to write a file: as the option of the command says, else into the folder if it is wanted.

        *Raises*: OSError, FaultError for an option's path that can't be written.
        """
        if self.folder is not None:
            return self.folder / name if is_wanted else None
        if (path := self.values.file(option)) is not None:
            check_output_path(path)
            others = [file for one, file in self.values.files.items() if one != option]
            demand = self.values.text("demand")
            check_output_not_input(path, *others, Path(demand) if is_file(demand) else None)
        return path

    def output_folder(self, option: str) -> Path | None:
        """Return the folder for the files of an option, as `output` does for one file."""
        if self.folder is not None:
            return self.folder if self.values.is_ticked(option) else None
        if (folder := self.values.file(option)) is not None:
            check_output_folder(folder)
        return folder

    def name_of(self, file: Path | str) -> str:
        """Return a file as its user knows it: without the folder of the analysis."""
        return str(file) if self.folder is None else str(file).removeprefix(f"{self.folder}/")

    def open_reach(self, radius_m: float, minutes: float | None = None) -> "StreetReach | None":
        """Open the reach by street that was chosen; None for straight lines. ``minutes``: instead of those typed.

        *Raises*: FaultError, RoutingUnavailable for a command, where no streets are built.
        """
        from geo.nearest.travel import Travel
        from yihui.planning.street_reach import open_street_reach

        travel = Travel.by_mode(self.values.optional("travel"))
        if travel is None:
            return None
        minutes = minutes or self.values.optional_number("minutes")
        try:
            return open_street_reach(self.wiring, travel, minutes, radius_m, self.values.file("routing"))
        except RoutingUnavailable as error:
            if self.folder is None:
                raise
            raise FaultError(ANALYSIS_STREET_FAULTS.build("no_streets", field="--travel")) from error


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """The result of an analysis, for a command as for a page.

    ``figures`` returns all of it for programs; None where there are none. ``files`` are those that were wanted.
    """

    lines: Sequence[str] = ()
    tables: Sequence[AnalysisTable] = ()
    notes: Sequence[str] = ()
    figures: Callable[[], Mapping[str, object]] | None = None
    files: Sequence[tuple[Path, str | bytes]] = ()
    interrupted: bool = False

    @property
    def texts(self) -> AnalysisTexts:
        shown = [AnalysisTable(**{**one, "rows": one["rows"][:MOST_ROWS]}) for one in self.tables]
        lines = [line.strip() for line in (*self.lines, *self.notes) if line.strip()]
        return {"lines": lines, "tables": shown}


def read_demand_options(values: AnalysisValues) -> DemandFileOptions | None:
    """Return how the options of a command read a file of demand; None where they say nothing of it.

    Its datum is its own, or else that of all files.
    """
    what = values.text("demand")
    names = (part.partition("=")[0].strip() for part in re.split("[+＋]", what.replace("＝", "=")))
    datum = values.datum("demand-datum")
    if datum is None and (is_file(what) or any(map(is_file, names))):
        datum = values.datum()
    read_as = values.optional("raster-values")
    said = DemandFileOptions(
        Path(what),
        values.optional("demand-column"),
        values.is_ticked("demand-each"),
        datum=datum,
        raster=RasterOptions(
            RasterValues(read_as) if read_as else None,
            not values.is_ticked("no-raster-correction"),
            values.optional_whole("raster-resolution"),
        ),
    )
    return None if said == DemandFileOptions(Path(what)) else said


def build_table(title: str, table: tuple[Sequence[str], Sequence[Sequence[str]]]) -> AnalysisTable:
    """Build a table of a title, and of headings and rows."""
    head, rows = table
    return {"title": title.rstrip(":："), "columns": list(head), "rows": [list(row) for row in rows]}


def build_job_files(name: str, result: AnalysisResult) -> list[JobFile]:
    """Build the files of a result for download. All pictures, and all layers, go into one archive."""
    files, many = [], {}
    for path, content in result.files:
        encoded = content.encode() if isinstance(content, str) else content
        if path.suffix[1:] in _MEDIA_TYPES:
            files.append(build_file(path.name, encoded))
        else:
            many[path.name] = encoded
    if many:
        files.append(build_zip(f"{name}.zip", many))
    if result.figures is not None:
        files.append(build_file(f"{name}.json", to_json(result.figures(), inf_nan_mode="null")))
    return files


def build_file(name: str, content: str | bytes) -> JobFile:
    """Build a file for download; its media type follows from the ending of its name."""
    encoded = content.encode() if isinstance(content, str) else content
    return JobFile(name, _MEDIA_TYPES[name.rpartition(".")[2]], encoded)


def build_zip(name: str, files: Mapping[str, bytes]) -> JobFile:
    """Build an archive of files by name; the same files give the same bytes."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for one, data in files.items():
            archive.writestr(ZipInfo(one, _ZIP_TIME), data, ZIP_DEFLATED)
    return build_file(name, content.getvalue())
