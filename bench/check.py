"""Measure the recall and the precision of `yihui stations check` on planted faults, and its speed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.measurement import Measurement
from geo.checks.checks import CheckCriteria, check_stations
from geo.checks.finding import FindingCode, StationFinding
from geo.datum import Datum
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.formats.outlines import read_outlines
from geo.station import Station
from tools.planted_register import PlantedRegister, plant_faults, write_planted_register
from yihui.samples.register import SEED, generate_register_rows, load_shandong_counties
from yihui.services.stations.station_import import RegisterRequest, read_register

SEED_OF_FAULTS = 1
GOAL = 0.95
GOAL_S = 5.0
TODAY = date(2026, 10, 3)
_ELSEWHERE = (FindingCode.OUTSIDE_DISTRICT, FindingCode.DISTRICT_CONTRADICTED, FindingCode.OFF_THE_MAP)


@dataclass(frozen=True, slots=True)
class DetectionScore:
    """Number of faults planted, of faults reported, and of reported faults that were planted."""

    planted: int
    reported: int
    correct: int

    @property
    def precision(self) -> float:
        return self.correct / self.reported if self.reported else 0.0

    @property
    def recall(self) -> float:
        return self.correct / self.planted if self.planted else 0.0


def measure() -> list[Measurement]:
    """Measure precision and recall by kind of fault over a register of 11,000 rows, and the seconds of a check."""
    with TemporaryDirectory() as folder:
        scores, seconds = score_planted_register(Path(folder))
    measurements = [line for kind, score in scores.items() for line in _lines(kind, score)]
    return [*measurements, _speed(seconds)]


def score_planted_register(folder: Path) -> tuple[Mapping[str, DetectionScore], float]:
    """Plant faults in a register, import it and check it.

    Return the scores by kind of fault, and the seconds that the check took.
    """
    counties = load_shandong_counties()
    rows = generate_register_rows(counties, shandong_population(), SEED)
    planted = plant_faults(rows, counties, SEED_OF_FAULTS)
    file = folder / "planted.csv"
    write_planted_register(planted, file)
    districts = Districts(read_outlines())
    intake = read_register(RegisterRequest(file, Datum.WGS84), lambda: districts)
    begin = perf_counter()
    findings = check_stations(intake.reading.stations, CheckCriteria(districts, TODAY))
    taken = perf_counter() - begin
    ids = {row.number: row.cells.get("编号", "") for row in intake.table.rows}
    swapped = {ids[f.row or 0] for f in intake.reading.errors if "swapped" in f.message}
    return _scores(planted, intake.reading.stations, findings, swapped), taken


def _scores(
    planted: PlantedRegister,
    stations: Collection[Station],
    findings: Collection[StationFinding],
    swapped: set[str],
) -> dict[str, DetectionScore]:
    """Compute the score of each kind of fault.

    A finding about a point is no false alarm if another fault was planted in that point.
    """
    read = {station.id for station in stations}
    twice = {frozenset(f.stations) for f in findings if f.code is FindingCode.DUPLICATE}
    shifted = {id for f in findings if f.code is FindingCode.WRONG_DATUM for id in f.stations}
    elsewhere = {id for f in findings if f.code in _ELSEWHERE for id in f.stations}
    rounded = {id for f in findings if f.code is FindingCode.ROUND_POINT for id in f.stations}
    copies = {id for pair in planted.duplicates for id in pair if id.startswith("TWICE")}
    in_houses = shifted & planted.second_services
    excused = (
        planted.in_wrong_list
        | planted.in_wrong_datum
        | planted.rounded
        | planted.services_in_wrong_datum
        | copies
    ) - planted.misplaced
    return {
        "duplicates": _score(planted.duplicates, twice),
        "datum": _score(
            planted.in_wrong_list & read, shifted - planted.in_wrong_datum - planted.second_services - copies
        ),
        "datum_in_house": _score(planted.services_in_wrong_datum, in_houses),
        "swapped": _score(planted.swapped, swapped),
        "districts": _score(planted.misplaced, elsewhere - excused),
        "rounded": _score(planted.rounded, rounded),
        "datum_single": _score(planted.in_wrong_datum, (elsewhere | shifted) & planted.in_wrong_datum),
    }


def _score(planted: Collection[object], told: Collection[object]) -> DetectionScore:
    return DetectionScore(len(planted), len(told), len(set(planted) & set(told)))


def _lines(kind: str, score: DetectionScore) -> list[Measurement]:
    figures = f"{score.correct} of {score.planted} planted, {score.reported} told, in one register"
    if kind == "datum_single":  # a district is 30 km wide: most such rows look like any other
        name = "locator.check_datum_single_recall"
        return [
            Measurement(name, score.recall, "share", None, ">=", None, None, figures + "; only borders tell")
        ]
    return [
        Measurement.at_least(f"locator.check_{kind}_{what}", value, "share", GOAL, figures)
        for what, value in (("precision", score.precision), ("recall", score.recall))
    ]


def _speed(seconds: float) -> Measurement:
    detail = "all checks of one register of 11,000 rows, without reading it"
    return Measurement.at_most("locator.check", seconds, "s", GOAL_S, detail)
