"""Render the requested files of a coverage report."""

from collections.abc import Iterator
from pathlib import Path

from yihui.planning.answer import Answer
from yihui.planning.report.pictures import render_map_pictures
from yihui.planning.report.request import ReportOutputs
from yihui.planning.report.run import CoverageReport
from yihui.runtime.language import Language


def render_report_files(
    report: CoverageReport, answer: Answer, outputs: ReportOutputs, language: Language
) -> Iterator[tuple[Path, str | bytes]]:
    """Yield each file with its path, rendered when it is asked for.

    *Raises*: ReportUnavailable if a library or a font is missing.
    """
    study, now = report.study, report.now
    maps = tuple(render_map_pictures(study, language, report.streets)) if outputs.needs_map_pictures else ()
    if outputs.html is not None or outputs.pdf is not None:
        from yihui.planning.report.page import render_coverage_report_page

        page = render_coverage_report_page(study, answer, maps, language, now)
        if outputs.html is not None:
            yield outputs.html, page
        if outputs.pdf is not None:
            from yihui.planning.report.pdf import render_report_pdf

            yield outputs.pdf, render_report_pdf(page)
    if outputs.png is not None:
        yield from ((outputs.png / f"{picture.name}.png", picture.png) for picture in maps)
    if outputs.xlsx is not None:
        from yihui.planning.report.xlsx import render_coverage_report_xlsx

        yield outputs.xlsx, render_coverage_report_xlsx(study, answer, language, now)
    if outputs.map is not None and report.map is not None:
        from yihui.planning.map.answer import render_map_page

        yield outputs.map, render_map_page(report.map, language)
