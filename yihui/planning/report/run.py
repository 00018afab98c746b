"""Write a coverage report: build one study and write the requested files from it."""

from dataclasses import dataclass
from pathlib import Path

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.planning.report.figures import Json, coverage_report_json
from yihui.planning.report.findings import build_report_findings
from yihui.planning.report.pictures import MapPicture, render_map_pictures
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study, StudyOrder
from yihui.runtime.errors import fault_line


@dataclass(frozen=True, slots=True)
class ReportOutputs:
    """The files to write; None where one is not requested.

    ``png`` is a folder. ``map`` is the interactive map page.
    """

    html: Path | None = None
    pdf: Path | None = None
    xlsx: Path | None = None
    png: Path | None = None
    map: Path | None = None

    @property
    def needs_map_pictures(self) -> bool:
        """Whether an output contains map pictures."""
        return any((self.html, self.pdf, self.png))


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """The figures and findings of a report, and the files that were written."""

    figures: Json
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    files: tuple[Path, ...]


def write_coverage_report(wiring: Wiring, order: StudyOrder, outputs: ReportOutputs) -> CoverageReport:
    """Build the study of an area and write the report's files.

    *Raises*: FaultError; ReportUnavailable if a library or a font is missing; OSError if a file can't be
    written. Everything but the area and the register is checked before the study is built.
    """
    _check(outputs)
    study = build_study(wiring, order)
    maps = tuple(render_map_pictures(study, wiring.language)) if outputs.needs_map_pictures else ()
    written = [*_pages(wiring, study, maps, outputs), *_maps(maps, outputs.png)]
    if outputs.xlsx is not None:
        from yihui.planning.report.xlsx import render_coverage_report_xlsx

        write_atomically(outputs.xlsx, render_coverage_report_xlsx(study, wiring.language, wiring.now()))
        written.append(outputs.xlsx)
    if outputs.map is not None:
        from yihui.planning.map.study import render_study_map

        write_atomically(outputs.map, render_study_map(wiring, study))
        written.append(outputs.map)
    lines = tuple(
        wiring.render(N_("{title}: {text}"), title=one.title, text=one.text)
        for one in build_report_findings(study, wiring.language)
    )
    notes = tuple(fault_line(note, wiring.language).text() for note in study.notes)
    return CoverageReport(coverage_report_json(study), lines, notes, tuple(written))


def _check(outputs: ReportOutputs) -> None:
    """Check paths, fonts and libraries before the study, which takes seconds."""
    for path in (outputs.html, outputs.pdf, outputs.xlsx, outputs.map):
        if path is not None:
            check_output_path(path)
    if outputs.png is not None:
        check_output_path(outputs.png / "map.png")
    if outputs.needs_map_pictures:
        from yihui.planning.report.fonts import find_chinese_font

        find_chinese_font()
    if outputs.pdf is not None:
        from yihui.planning.report.pdf import check_weasyprint

        check_weasyprint()


def _pages(wiring: Wiring, study: Study, maps: tuple[MapPicture, ...], outputs: ReportOutputs) -> list[Path]:
    if outputs.html is None and outputs.pdf is None:
        return []
    from yihui.planning.report.page import render_coverage_report_page

    page = render_coverage_report_page(study, maps, wiring.language, wiring.now())
    if outputs.html is not None:
        write_atomically(outputs.html, page)
    if outputs.pdf is not None:
        from yihui.planning.report.pdf import render_report_pdf

        write_atomically(outputs.pdf, render_report_pdf(page))
    return [path for path in (outputs.html, outputs.pdf) if path is not None]


def _maps(maps: tuple[MapPicture, ...], folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    for picture in maps:
        write_atomically(folder / f"{picture.name}.png", picture.png)
    return [folder / f"{picture.name}.png" for picture in maps]
