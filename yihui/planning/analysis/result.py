"""The result of an analysis: sentences, tables and files, in the language in which it was begun."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pydantic_core import to_json
from typing_extensions import TypedDict

from core.faults import Fault
from yihui.bootstrap import Wiring
from yihui.planning.analysis.fields import AnalysisValues
from yihui.runtime.errors import fault_line
from yihui.services.operation.job_files import JobFile

if TYPE_CHECKING:
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
    """An analysis that runs: what was typed, the reader's language, and a folder of its own."""

    wiring: Wiring
    values: AnalysisValues
    folder: Path

    @property
    def language(self) -> "Language":
        return self.wiring.language

    @property
    def now(self) -> datetime:
        return self.values.now

    def notes(self, faults: Sequence[Fault]) -> list[str]:
        """Return the notes of a result as sentences."""
        return [fault_line(one, self.language).text() for one in faults]


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """The result of an analysis."""

    lines: Sequence[str] = ()
    tables: Sequence[AnalysisTable] = ()
    files: Sequence[JobFile] = field(default=())

    @property
    def texts(self) -> AnalysisTexts:
        shown = [AnalysisTable(**{**one, "rows": one["rows"][:MOST_ROWS]}) for one in self.tables]
        return {"lines": [line for line in self.lines if line.strip()], "tables": shown}


def build_file(name: str, content: str | bytes) -> JobFile:
    """Build a file for download; its media type follows from the ending of its name."""
    encoded = content.encode() if isinstance(content, str) else content
    return JobFile(name, _MEDIA_TYPES[name.rpartition(".")[2]], encoded)


def build_json_file(name: str, content: Mapping[str, object]) -> JobFile:
    """Build a file of JSON, as the command's ``--json`` prints it."""
    return build_file(name, to_json(content, inf_nan_mode="null"))


def build_zip(name: str, files: Mapping[str, bytes]) -> JobFile:
    """Build an archive of files by name; the same files give the same bytes."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for one, data in files.items():
            archive.writestr(ZipInfo(one, _ZIP_TIME), data, ZIP_DEFLATED)
    return build_file(name, content.getvalue())
