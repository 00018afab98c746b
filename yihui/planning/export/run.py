"""``yihui plan export``: write a study as one GeoPackage or as a folder of GeoParquet files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import Fault
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.planning.report.phrases import date_time_text, distance_text, rest_months_text, source_text
from yihui.planning.study.run import build_study
from yihui.planning.study.study import Study, StudyOrder
from yihui.runtime.arguments import WrongValue

if TYPE_CHECKING:
    from geo.formats.export_layers import StyledLayer


@dataclass(frozen=True, slots=True)
class ExportTargets:
    """The files to write; None where a format is not requested."""

    gpkg: Path | None = None
    geoparquet: Path | None = None  # a folder


@dataclass(frozen=True, slots=True)
class ExportedLayer:
    """One exported layer. ``features`` is the number of its features."""

    layer: str
    title: str
    features: int


@dataclass(frozen=True, slots=True)
class PlanExport:
    """The exported layers, the files that contain them, and the metadata in the files."""

    layers: tuple[ExportedLayer, ...]
    files: tuple[Path, ...]
    about: Mapping[str, str]


def export_plan(wiring: Wiring, order: StudyOrder, targets: ExportTargets) -> PlanExport:
    """Study the area and export its layers. A file is written completely or not at all.

    *Raises*: WrongValue if no target is given; FaultError as `build_study`; OSError if a file can't be
    written.
    """
    _check(targets)
    study = build_study(wiring, order)
    from yihui.planning.export.layers import build_study_layers

    layers = tuple(build_study_layers(study, wiring.language))
    about = _about(wiring, study)
    files = tuple(_write(layers, about, targets))
    told = tuple(ExportedLayer(layer.name, layer.title, len(layer.frame)) for layer in layers)
    return PlanExport(told, files, about)


def _check(targets: ExportTargets) -> None:
    """Check the targets before the study, which may take minutes."""
    if targets.gpkg is None and targets.geoparquet is None:
        remedy = N_("add --gpkg FILE.gpkg or --geoparquet FOLDER, or both")
        raise WrongValue([Fault(N_("nothing says where to write"), remedy, field="--gpkg")])
    if targets.gpkg is not None:
        check_output_path(
            targets.gpkg
        )  # never overwrite an existing GeoPackage: it may contain a user's edits
    if targets.geoparquet is not None:
        check_output_path(targets.geoparquet / "stations.parquet")


def _write(layers: "Sequence[StyledLayer]", about: Mapping[str, str], targets: ExportTargets) -> list[Path]:
    from geo.formats.export_layers import render_styled_geopackage, render_styled_geoparquet

    written: list[Path] = []
    if targets.gpkg is not None:
        write_atomically(targets.gpkg, render_styled_geopackage(layers, about))
        written.append(targets.gpkg)
    if targets.geoparquet is not None:
        for name, content in render_styled_geoparquet(layers, about).items():
            write_atomically(targets.geoparquet / name, content)
            written.append(targets.geoparquet / name)
    return written


def _about(wiring: Wiring, study: Study) -> dict[str, str]:
    """Build the metadata that is stored in the files."""
    say, language = wiring.render, wiring.language
    sources = language.join_clauses(source_text(source, language) for source in study.sources)
    told = {
        say(N_("area")): study.area_name,
        say(N_("as at")): date_time_text(study.order.at, language),
        say(N_("made on")): date_time_text(wiring.now(), language),
        say(N_("served means")): say(
            N_("a place that is open then and usable by everybody, within {distance}"),
            distance=distance_text(study.reach.radius_m, language),
        ),
        say(N_("sources")): sources,
        say(N_("coordinates")): "WGS84 (EPSG:4326)",
        say(N_("note")): say(N_("Publishing a map made of this needs a map-review number (审图号).")),
    }
    if study.uses.months:
        told[say(N_("rests"))] = rest_months_text(study.uses.months, language)
    if study.is_sample:
        told[say(N_("sample"))] = say(N_("Stations are generated samples, not real ones."))
    return told


def plan_export_json(exported: PlanExport) -> dict[str, object]:
    """Return the export as data for ``--json``."""
    return {
        "layers": [
            {"layer": one.layer, "title": one.title, "features": one.features} for one in exported.layers
        ],
        "files": [str(file) for file in exported.files],
        "about": dict(exported.about),
    }


def plan_export_lines(exported: PlanExport, wiring: Wiring) -> list[str]:
    """Return one terminal line for each layer."""
    return [
        wiring.render(
            N_("{title} ({layer}): {count} features"), title=one.title, layer=one.layer, count=one.features
        )
        for one in exported.layers
    ]
