"""Makes a report on coverage: one study, and of it whatever files are asked for."""

from dataclasses import dataclass
from pathlib import Path

from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.planning.report.figures import Json, figures
from yihui.planning.report.findings import findings
from yihui.planning.report.pictures import Picture, pictures
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study, StudyOrder
from yihui.runtime.errors import fault_line

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what; None is not asked for. ``png`` is a folder, ``map`` the page to move about in."""

    html: Path | None = None
    pdf: Path | None = None
    xlsx: Path | None = None
    png: Path | None = None
    map: Path | None = None

    @property
    def have_maps(self) -> bool:
        """Whether pictures of maps are drawn."""
        return any((self.html, self.pdf, self.png))


@dataclass(frozen=True, slots=True)
class Told:
    """What was found and written."""

    figures: Json
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    written: tuple[Path, ...]


def make_report(wiring: Wiring, order: StudyOrder, outputs: Outputs) -> Told:
    """Study the area and write the files.

    *Raises*: InputFaults; NoReport where a library or a font is missing; OSError where a file can't be
    written. All but the area and the register are looked at before the study is made.
    """
    _check(outputs)
    study = build_study(wiring, order)
    maps = tuple(pictures(study, wiring.language)) if outputs.have_maps else ()
    written = [*_pages(wiring, study, maps, outputs), *_maps(maps, outputs.png)]
    if outputs.xlsx is not None:
        from yihui.planning.report.xlsx import report_xlsx

        write_atomically(outputs.xlsx, report_xlsx(study, wiring.language, wiring.now()))
        written.append(outputs.xlsx)
    if outputs.map is not None:
        from yihui.planning.map.study import render_study_map

        write_atomically(outputs.map, render_study_map(wiring, study))
        written.append(outputs.map)
    lines = tuple(
        wiring.render(N_("{title}: {text}"), title=one.title, text=one.text)
        for one in findings(study, wiring.language)
    )
    notes = tuple(fault_line(note, wiring.language).text() for note in study.notes)
    return Told(figures(study), lines, notes, tuple(written))


def _check(outputs: Outputs) -> None:
    """What can be known to fail fails before the seconds that a study takes."""
    for path in (outputs.html, outputs.pdf, outputs.xlsx, outputs.map):
        if path is not None:
            check_output_path(path)
    if outputs.png is not None:
        check_output_path(outputs.png / "map.png")
    if outputs.have_maps:
        from yihui.planning.report.fonts import chinese_font

        chinese_font()
    if outputs.pdf is not None:
        from yihui.planning.report.pdf import check_weasyprint

        check_weasyprint()


def _pages(wiring: Wiring, study: Study, maps: tuple[Picture, ...], outputs: Outputs) -> list[Path]:
    if outputs.html is None and outputs.pdf is None:
        return []
    from yihui.planning.report.page import report_page

    page = report_page(study, maps, wiring.language, wiring.now())
    if outputs.html is not None:
        write_atomically(outputs.html, page)
    if outputs.pdf is not None:
        from yihui.planning.report.pdf import report_pdf

        write_atomically(outputs.pdf, report_pdf(page))
    return [path for path in (outputs.html, outputs.pdf) if path is not None]


def _maps(maps: tuple[Picture, ...], folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    for picture in maps:
        write_atomically(folder / f"{picture.name}.png", picture.png)
    return [folder / f"{picture.name}.png" for picture in maps]
