"""Find stations that are listed twice, under two names or in two datums: pairs with odds and reasons.

Each pair of one kind is judged by odds, as in the theory of record linkage. The prior odds that a
station is listed twice are multiplied by how much likelier each observation is for one place than for
two. The probability of a coincidence is estimated from the register itself: the density of stations
around, and how common the name is. The shares below are our own estimates; `bench/check.py` measures
their results.

*Source*: Fellegi, Sunter: A theory for record linkage, JASA 64 (1969).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import prod

import numpy as np
from numpy.typing import NDArray

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingReason, FindingSeverity, StationFinding
from geo.checks.matching_keys import LIKE, StationTraits, name_similarity
from geo.crs import to_wgs84
from geo.datum import Datum
from geo.districts import District
from geo.geodesy import Floats, geocentric_vectors, geodesic_m
from geo.nearest.point_tree import VectorTree
from geo.station import Station

CERTAIN_ODDS, POSSIBLE_ODDS = 100.0, 1.0
_PRIOR = 0.02  # that a station is listed twice
_SPREAD_M = 25.0  # between two readings of one place
SHIFTED_DATUMS = (Datum.GCJ02, Datum.BD09)
_SHARES = {Datum.WGS84: 0.8, **dict.fromkeys(SHIFTED_DATUMS, 0.1)}  # share of each datum among second entries
_ANYWHERE = 0.02  # share of second entries whose point is completely wrong
_AROUND_M = 1_000.0
_LEAST_AROUND = 1.5  # minimum number of stations of a kind within `_AROUND_M` for estimating chance
_REGISTER = 2_000  # minimum number of stations for estimating chance
_ADDRESS_CHANCE = 0.05  # that two places of one kind share an address
_MEASURED = 3.0  # odds of a shared address if the points differ; an equal point may derive from the address
_PHONE_CHANCE = 0.05  # that two places of one kind at one spot share a number
_COMMON_NAME = 3  # more stations of one name in a district are surely different places
_ANOTHER_NAME = 0.1
_WITHIN, _ONE_NAME = 0.9, 0.95  # values of `name_similarity`
_TOLD_APART = 0.0001  # odds if a number, a gate or a floor differs
_MOST = 500.0  # maximum odds of one piece of evidence


NEAR_M = 300.0
SHIFTED_NEAR_M = 60.0  # from the other's point as read in another datum
_NEIGHBOURS = 12  # of one station; more stations at one place are reported as `same_point`
_ALL_PAIRS_UPTO = 8  # stations with one key; in a larger group each is compared with the next only
PositionPair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How much likelier an observation is for one place than for two, and the reason to show."""

    odds: float
    reason: FindingReason | None = None


def check_duplicates(
    stations: Sequence[Station], areas: dict[str, District], about: str | None = None
) -> Iterator[StationFinding]:
    """Yield pairs of one kind that are certainly or possibly one place; only those of ``about``, if it is named.

    Stations of different kinds at one place are a service site, not duplicates.
    """
    by_kind: dict[str, list[Station]] = {}
    for station in stations:
        by_kind.setdefault(station.kind, []).append(station)
    for alike in by_kind.values():
        positions = {n for n, station in enumerate(alike) if about in (None, station.id)}
        if not positions:
            continue
        traits = StationTraits.from_stations(alike, areas)
        pairs = [pair for pair in candidate_pairs(traits) if not positions.isdisjoint(pair)]
        yield from _judged(traits, sorted(pairs))


def _judged(traits: StationTraits, pairs: Sequence[PositionPair]) -> Iterator[StationFinding]:
    """Yield a finding for each pair whose odds reach `POSSIBLE_ODDS`."""
    if not pairs:
        return
    one, other = np.array(pairs, dtype=np.intp).T
    metres = _metres(traits.points, one, other)
    chance = _Chance.of(traits)
    for index, (i, j) in enumerate(pairs):
        apart = {datum: float(values[index]) for datum, values in metres.items()}
        evidence = [
            *_where(traits, chance, (i, j), apart),
            _name(traits, chance, (i, j)),
            _phone(
                traits,
                chance,
                (i, j),
                together=min(apart.values()) < _SPREAD_M or traits.share_house(i, j),
            ),
        ]
        odds = prod(part.odds for part in evidence)
        if odds >= POSSIBLE_ODDS:
            reasons = tuple(part.reason for part in evidence if part.reason)
            one_name = name_similarity(traits.names[i], traits.names[j]) >= _ONE_NAME
            yield _finding(
                (traits.stations[i], traits.stations[j]),
                # A court and a prosecutor's office may share everything but the name.
                odds if one_name else min(odds, CERTAIN_ODDS - 1),
                apart[Datum.WGS84],
                reasons,
            )


def _metres(points: Floats, one: np.ndarray, other: np.ndarray) -> dict[Datum, Floats]:
    """Return the distances of the pairs for each datum hypothesis.

    For a shifted datum it is the lesser of two distances: one or the other point read in that datum.
    """
    apart = {Datum.WGS84: geodesic_m(points[one], points[other])}
    for datum in SHIFTED_DATUMS:
        true = to_wgs84(points, datum)
        apart[datum] = np.fmin(geodesic_m(true[one], points[other]), geodesic_m(points[one], true[other]))
    return apart


@dataclass(frozen=True, slots=True)
class _Chance:
    """Estimates of coincidence: stations per m² around each station, and counts by district, name and phone."""

    per_m2: Floats
    district: Counter[str | None]
    name: Counter[tuple[str, str | None]]
    essence: Counter[str]
    phone: Counter[str]

    @classmethod
    def of(cls, traits: StationTraits) -> "_Chance":
        placed = np.isfinite(traits.points[:, 0])
        per_m2 = np.zeros(len(placed))
        if placed.any():
            vectors = geocentric_vectors(traits.points[placed])
            # Round to 10 m and count each cell once: many stations at one point must not cost quadratic time.
            cells, back, count = np.unique(
                np.round(vectors, -1), axis=0, return_inverse=True, return_counts=True
            )
            around = VectorTree.from_vectors(cells).count_within(cells, _AROUND_M) + count
            per_m2[placed] = np.maximum(around[back.ravel()] - 2, _LEAST_AROUND) / (np.pi * _AROUND_M**2)
        districts = [station.district for station in traits.stations]
        return cls(
            per_m2,
            Counter(districts),
            Counter(zip(traits.names, districts, strict=True)),
            Counter(traits.names),
            Counter(traits.phones),
        )


def _where(
    traits: StationTraits, chance: _Chance, pair: PositionPair, apart: dict[Datum, float]
) -> list[_Evidence]:
    """Return the evidence of the point and of the address.

    The two depend on each other, so the stronger one decides.
    """
    i, j = pair
    near = max(chance.per_m2[i], chance.per_m2[j])
    by_point = [
        _Evidence(share * _spread(apart[datum]) / near, _distance_told(datum, apart))
        for datum, share in _SHARES.items()
        if near
    ]
    both = all(traits.stations[n].is_placed for n in pair)
    anywhere = (_ANYWHERE if both else 0.5) / chance.district[traits.stations[i].district]
    place = max([*by_point, _Evidence(anywhere)], key=lambda part: part.odds)
    address = _address(traits, pair)
    odds = max(place.odds, 0.5 / _ADDRESS_CHANCE) if address.reason else place.odds
    return [_Evidence(_PRIOR * odds, place.reason), address]


def _address(traits: StationTraits, pair: PositionPair) -> _Evidence:
    """Compare house, street and floors; give a reason only if the house is the same."""
    i, j = pair
    one, other = traits.addresses[i], traits.addresses[j]
    # Within one register other words behind the number mean another room; between two they are often reworded.
    is_other_room = one.house == other.house and one.inner and other.inner and one.inner != other.inner
    if is_other_room or traits.doors_conflict(i, j):
        return _Evidence(_TOLD_APART)
    if not one.house or not other.house:
        return _Evidence(1.0)
    if traits.share_house(i, j):
        odds = 1.0 if (traits.points[i] == traits.points[j]).all() else _MEASURED
        return _Evidence(
            odds, FindingReason(N_("same address: {address}"), {"address": traits.stations[i].address})
        )
    return _Evidence(0.05 if one.street == other.street else 0.3)


def _spread(metres: float) -> float:
    """Return the density of a second reading of one place at this distance, per m²; 0 for NaN."""
    return float(np.exp(-metres / _SPREAD_M) / (2 * np.pi * _SPREAD_M**2)) if metres >= 0 else 0.0


def _distance_told(datum: Datum, apart: dict[Datum, float]) -> FindingReason:
    params = {"metres": f"{apart[Datum.WGS84]:.0f}"}
    if datum is Datum.WGS84:
        return FindingReason(N_("{metres} m apart"), params)
    rest = {"datum": datum.value, "rest": f"{apart[datum]:.0f}"}
    return FindingReason(
        N_("{metres} m apart, but {rest} m if one of the two was read in {datum}"), {**params, **rest}
    )


def _name(traits: StationTraits, chance: _Chance, pair: PositionPair) -> _Evidence:
    i, j = pair
    one, other = traits.names[i], traits.names[j]
    if traits.names_conflict(i, j):
        return _Evidence(_TOLD_APART)
    if not one or not other:
        return _Evidence(1.0)
    alike = name_similarity(one, other)
    if one == other:
        common = chance.name[one, traits.stations[i].district] > _COMMON_NAME
        odds = 5.0 if common else min(0.5 / _by_chance(chance.essence[one], len(traits.names)), _MOST)
        return _Evidence(odds, FindingReason(N_("same name but for what all are called")))
    told = FindingReason(N_("names alike: {share} %"), {"share": f"{100 * alike:.0f}"})
    if alike >= _WITHIN:
        return _Evidence(15.0, told)
    return _Evidence(2.0, told) if alike >= LIKE else _Evidence(_ANOTHER_NAME)


def _by_chance(seen: int, stations: int) -> float:
    """Return the probability that another station shares by chance what two stations share."""
    return (seen - 1.5) / max(stations, _REGISTER)


def _phone(traits: StationTraits, chance: _Chance, pair: PositionPair, *, together: bool) -> _Evidence:
    """Compare telephone numbers.

    ``together``: both are at one spot or in one house, where two stations may share a telephone.
    """
    one, other = (traits.phones[n] for n in pair)
    if not one or not other:
        return _Evidence(1.0)
    if one != other:
        return _Evidence(0.4)
    by_chance = _by_chance(chance.phone[one], len(traits.phones))
    odds = 0.7 / max(by_chance, _PHONE_CHANCE) if together else min(0.7 / by_chance, _MOST)
    return _Evidence(odds, FindingReason(N_("same telephone number: {phone}"), {"phone": one}))


def _finding(
    pair: tuple[Station, Station], odds: float, metres: float, reasons: tuple[FindingReason, ...]
) -> StationFinding:
    one, other = pair
    certain = odds >= CERTAIN_ODDS
    return StationFinding(
        FindingCode.DUPLICATE,
        (one.id, other.id),
        N_("“{name}” and “{other}” are one place")
        if certain
        else N_("“{name}” and “{other}” may be one place"),
        N_(
            "keep the entry whose point and hours were verified and delete the other; if they are two places, say so "
            "in their names (floor, gate, number)"
        ),
        {"name": one.name, "other": other.name},
        {"odds": round(odds, 2)} | ({"distance_m": round(metres, 1)} if metres >= 0 else {}),
        reasons,
        weight=odds,
        severity=FindingSeverity.ERROR if certain else FindingSeverity.WARNING,
    )


def candidate_pairs(traits: StationTraits) -> set[PositionPair]:
    """Return the pairs of positions to compare, the lower position first.

    Two stations are paired if they are near each other, if they would be near when one point were in
    another datum, or if they share a district and a telephone number, an address, or a name. The number of pairs grows
    linearly with the number of stations, wherever they lie.
    """
    placed = np.flatnonzero(np.isfinite(traits.points[:, 0]))
    pairs = set(_near(traits.points[placed], placed)) if len(placed) else set()
    for keys in (traits.phones, [address.house for address in traits.addresses], traits.names):
        pairs.update(_alike([(key, one.district) for key, one in zip(keys, traits.stations, strict=True)]))
    return pairs


def _near(points: Floats, position: NDArray[np.intp]) -> Iterator[PositionPair]:
    """Yield pairs that are near as given, or near if one point is read in a shifted datum."""
    tree = VectorTree.from_vectors(geocentric_vectors(points))
    hypotheses = [(points, NEAR_M), *((to_wgs84(points, datum), SHIFTED_NEAR_M) for datum in SHIFTED_DATUMS)]
    for moved, reach_m in hypotheses:
        _, found = tree.query(geocentric_vectors(moved), _NEIGHBOURS + 1, reach_m)
        mine, rank = np.nonzero(found < len(points))
        theirs = found[mine, rank]
        apart = mine != theirs
        one, other = position[mine[apart]], position[theirs[apart]]
        yield from zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), strict=True)


def list_near_pairs(points: Floats, later_from: int, reach_m: float, most: int) -> list[PositionPair]:
    """Return for each earlier position its nearest later ones, at most so many. *Shape*: (n, 2), NaN if not placed."""
    placed = np.flatnonzero(np.isfinite(points[:, 0]))
    earlier, later = placed[placed < later_from], placed[placed >= later_from]
    tree = VectorTree.from_vectors(geocentric_vectors(points[later]))
    _, found = tree.query(geocentric_vectors(points[earlier]), most, reach_m)
    row, rank = np.nonzero(found < len(later))
    return list(zip(earlier[row].tolist(), later[found[row, rank]].tolist(), strict=True))


def _alike(keys: Sequence[tuple[str, str | None]]) -> Iterator[PositionPair]:
    """Yield pairs of positions with the same non-empty key."""
    groups: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if key[0]:
            groups[key].append(position)
    for group in groups.values():
        some: Iterable[PositionPair] = (
            combinations(group, 2) if len(group) <= _ALL_PAIRS_UPTO else pairwise(group)
        )
        yield from some
