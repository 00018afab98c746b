"""How many planted faults `yihui stations check` finds, how many of its findings are planted, and how fast."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.measurement import Measurement
from geo.checks import CheckCriteria, FindingCode, StationFinding, check_stations
from geo.crs import Datum
from geo.districts import Districts
from geo.formats.facts import shandong_population
from geo.formats.outlines import load_outlines
from geo.station import Station
from tools.planted_register import Planted, plant, write
from tools.sample_register import SEED, counties_of_shandong, generate
from yihui.services.station_import import RegisterRequest, read_register

SEEDS = (1, 2, 3)
GOAL = 0.95
SECONDS = 5.0
TODAY = date(2026, 10, 3)
_ELSEWHERE = (FindingCode.OUTSIDE_DISTRICT, FindingCode.DISTRICT_CONTRADICTED, FindingCode.OFF_THE_MAP)


@dataclass(frozen=True, slots=True)
class Score:
    """Planted, told, and both."""

    planted: int = 0
    told: int = 0
    hits: int = 0

    @property
    def precision(self) -> float:
        return self.hits / self.told if self.told else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.planted if self.planted else 0.0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.planted + other.planted, self.told + other.told, self.hits + other.hits)


def measure() -> list[Measurement]:
    """Precision and recall of each kind over several registers of 11,000 rows, and the seconds of one."""
    total: dict[str, Score] = {}
    seconds: list[float] = []
    with TemporaryDirectory() as folder:
        for seed in SEEDS:
            scores, taken = scored(Path(folder), seed)
            seconds.append(taken)
            total = {kind: total.get(kind, Score()) + score for kind, score in scores.items()}
    measurements = [line for kind, score in total.items() for line in _lines(kind, score)]
    return [*measurements, _speed(min(seconds))]


def scored(
    folder: Path, seed: int, clock: Callable[[], float] = perf_counter
) -> tuple[Mapping[str, Score], float]:
    """Plants, imports and checks one register; the scores by kind, and the seconds of the check by that clock."""
    cache = folder / "outlines.parquet"
    counties = counties_of_shandong(cache)
    planted = plant(generate(counties, shandong_population(), SEED), counties, seed)
    write(planted, folder / f"planted{seed}.csv")
    districts = Districts(load_outlines(cache))
    intake = read_register(RegisterRequest(folder / f"planted{seed}.csv", Datum.WGS84), lambda: districts)
    begin = clock()
    findings = check_stations(intake.reading.stations, CheckCriteria(districts, TODAY))
    taken = clock() - begin
    rows = {row.number: row.cells.get("编号", "") for row in intake.table.rows}
    swapped = {rows[f.row or 0] for f in intake.reading.errors if "swapped" in f.message}
    return _scores(planted, intake.reading.stations, findings, swapped), taken


def _scores(
    planted: Planted, stations: Collection[Station], findings: Collection[StationFinding], swapped: set[str]
) -> dict[str, Score]:
    """A point that a finding calls wrong is no false alarm where another fault of the point was planted."""
    read = {station.id for station in stations}
    twice = {frozenset(f.stations) for f in findings if f.code is FindingCode.DUPLICATE}
    shifted = {id for f in findings if f.code is FindingCode.WRONG_DATUM for id in f.stations}
    elsewhere = {id for f in findings if f.code in _ELSEWHERE for id in f.stations}
    rounded = {id for f in findings if f.code is FindingCode.ROUND_POINT for id in f.stations}
    copies = {id for pair in planted.duplicates for id in pair if id.startswith("TWICE")}
    in_houses = shifted & planted.beside
    excused = (
        planted.in_lists | planted.singles | planted.rounded | planted.in_houses | copies
    ) - planted.misplaced
    return {
        "duplicates": _score(planted.duplicates, twice),
        "datum": _score(planted.in_lists & read, shifted - planted.singles - planted.beside - copies),
        "datum_in_house": _score(planted.in_houses, in_houses),
        "swapped": _score(planted.swapped, swapped),
        "districts": _score(planted.misplaced, elsewhere - excused),
        "rounded": _score(planted.rounded, rounded),
        "datum_single": _score(planted.singles, (elsewhere | shifted) & planted.singles),
    }


def _score(planted: Collection[object], told: Collection[object]) -> Score:
    return Score(len(planted), len(told), len(set(planted) & set(told)))


def _lines(kind: str, score: Score) -> list[Measurement]:
    figures = f"{score.hits} of {score.planted} planted, {score.told} told, {len(SEEDS)} registers"
    if kind == "datum_single":  # a district is 30 km wide: most such rows can't be told from any other
        name = "locator.check_datum_single_recall"
        return [
            Measurement(name, score.recall, "share", None, None, None, None, figures + "; only borders tell")
        ]
    return [
        Measurement(f"locator.check_{kind}_{what}", value, "share", None, ">=", GOAL, value >= GOAL, figures)
        for what, value in (("precision", score.precision), ("recall", score.recall))
    ]


def _speed(seconds: float) -> Measurement:
    detail = "all checks of one register of 11,000 rows, without reading it"
    return Measurement("locator.check", seconds, "s", None, "<=", SECONDS, seconds <= SECONDS, detail)
