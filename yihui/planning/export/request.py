"""Where ``yihui plan export`` writes, and its check."""

from dataclasses import dataclass
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.files.whole_files import check_output_path

EXPORT_FAULTS = FaultTable(
    "export",
    {
        "no_target": (
            N_("nothing says where to write"),
            N_("add --gpkg FILE.gpkg or --geoparquet FOLDER, or both"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ExportTargets:
    """The files to write; None where a format is not requested."""

    gpkg: Path | None = None
    geoparquet: Path | None = None  # a folder


def check_export_targets(targets: ExportTargets) -> None:
    """Check the targets before the study, which may take minutes."""
    if targets.gpkg is None and targets.geoparquet is None:
        raise FaultError(EXPORT_FAULTS.build("no_target", field="--gpkg"))
    if targets.gpkg is not None:
        check_output_path(
            targets.gpkg
        )  # never overwrite an existing GeoPackage: it may contain a user's edits
    if targets.geoparquet is not None:
        check_output_path(targets.geoparquet / "stations.parquet")
