"""The same place twice, under two names or in two datums: pairs with their odds and reasons.

Each pair of one kind is judged by odds, as in the theory of record linkage: prior odds that a station
stands twice in a register, times how much likelier what is seen is of one place than of two. How likely
it is by chance comes from the register itself: the density of stations around, how common the name is.
The shares below are ours, set by hand; `bench/check.py` measures what comes of them.

*Source*: Fellegi, Sunter: A theory for record linkage, JASA 64 (1969).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.checks.candidates import SHIFTS, Pair, candidates
from geo.checks.finding import Code, Finding, Reason, Severity
from geo.checks.matching_keys import contradict, likeness
from geo.checks.traits import Traits
from geo.crs import Datum, to_wgs84
from geo.districts import District
from geo.geodesy import Floats, geocentric, geodesic_m
from geo.station import Station

N_ = str  # marks a text for the message catalogue

CERTAIN_ODDS, POSSIBLE_ODDS = 100.0, 1.0
_PRIOR = 0.02  # a station stands twice
_SPREAD_M = 25.0  # between two readings of one place
_SHARES = {Datum.WGS84: 0.8, **dict.fromkeys(SHIFTS, 0.1)}  # of the datum in which the second was taken
_ANYWHERE = 0.02  # share of second entries whose point is wrong altogether
_AROUND_M = 1_000.0
_LEAST_AROUND = 1.5  # stations of a kind within that, by chance, where there is none
_REGISTER = 2_000  # stations at least that a chance is reckoned with
_ADDRESS_CHANCE = 0.05  # two places of one kind with one address
_MEASURED = 3.0  # a common address counts beside two readings of a point; one point may come from the address
_PHONE_CHANCE = 0.05  # two places of one kind at one spot with one number
_COMMON_NAME = 3  # stations of one name in a district that are surely several
_ANOTHER_NAME = 0.1
_LIKE, _WITHIN, _ONE_NAME = 0.55, 0.9, 0.95  # as `likeness` tells them
_TOLD_APART = 0.0001  # by a number, a gate, a floor
_MOST = 500.0  # for one piece of evidence


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How much likelier something is of one place than of two, and what to say of it."""

    odds: float
    reason: Reason | None = None


def duplicates(stations: Sequence[Station], areas: dict[str, District]) -> Iterator[Finding]:
    """Pairs of one kind that are one place, certainly or possibly. Different kinds at one place are a site."""
    by_kind: dict[str, list[Station]] = {}
    for station in stations:
        by_kind.setdefault(station.kind, []).append(station)
    for alike in by_kind.values():
        traits = Traits.of(alike, areas)
        yield from _judged(traits, sorted(candidates(traits)))


def _judged(traits: Traits, pairs: Sequence[Pair]) -> Iterator[Finding]:
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
                together=min(apart.values()) < _SPREAD_M or _same_house(traits, (i, j)),
            ),
        ]
        odds = float(np.prod([part.odds for part in evidence]))
        if odds >= POSSIBLE_ODDS:
            reasons = tuple(part.reason for part in evidence if part.reason)
            one_name = likeness(traits.names[i], traits.names[j]) >= _ONE_NAME
            yield _finding(
                (traits.stations[i], traits.stations[j]),
                odds
                if one_name
                else min(odds, CERTAIN_ODDS - 1),  # a court and its prosecutors share all else
                apart[Datum.WGS84],
                reasons,
            )


def _metres(points: Floats, one: np.ndarray, other: np.ndarray) -> dict[Datum, Floats]:
    """Distances as they stand, and as they would be had one of the two been of another datum; the lesser."""
    apart = {Datum.WGS84: geodesic_m(points[one], points[other])}
    for datum in SHIFTS:
        true = to_wgs84(points, datum)
        apart[datum] = np.fmin(geodesic_m(true[one], points[other]), geodesic_m(points[one], true[other]))
    return apart


@dataclass(frozen=True, slots=True)
class _Chance:
    """What chance would do: stations to a square metre around each, of one district, name and number."""

    per_m2: Floats
    district: Counter[str | None]
    name: Counter[tuple[str, str | None]]
    essence: Counter[str]
    phone: Counter[str]

    @classmethod
    def of(cls, traits: Traits) -> "_Chance":
        placed = np.isfinite(traits.points[:, 0])
        per_m2 = np.zeros(len(placed))
        if placed.any():
            vectors = geocentric(traits.points[placed])
            # Rounded to 10 m and counted once: ten thousand at one point are no square of the number.
            cells, back, count = np.unique(
                np.round(vectors, -1), axis=0, return_inverse=True, return_counts=True
            )
            around = cKDTree(cells).query_ball_point(cells, _AROUND_M, return_length=True) + count
            per_m2[placed] = np.maximum(around[back.ravel()] - 2, _LEAST_AROUND) / (np.pi * _AROUND_M**2)
        districts = [station.district for station in traits.stations]
        return cls(
            per_m2,
            Counter(districts),
            Counter(zip(traits.names, districts, strict=True)),
            Counter(traits.names),
            Counter(traits.phones),
        )


def _where(traits: Traits, chance: _Chance, pair: Pair, apart: dict[Datum, float]) -> list[_Evidence]:
    """By the point or by the address, whichever says more: they come from each other."""
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


def _address(traits: Traits, pair: Pair) -> _Evidence:
    """Same house, same street, floors; a reason only where it is the same house."""
    i, j = pair
    one, other = traits.addresses[i], traits.addresses[j]
    floors = traits.floors[i] and traits.floors[j] and traits.floors[i].isdisjoint(traits.floors[j])
    if floors or (one.house == other.house and one.inner and other.inner and one.inner != other.inner):
        return _Evidence(_TOLD_APART)
    if not one.house or not other.house:
        return _Evidence(1.0)
    if _same_house(traits, pair):
        odds = 1.0 if (traits.points[i] == traits.points[j]).all() else _MEASURED
        return _Evidence(odds, Reason(N_("same address: {address}"), {"address": traits.stations[i].address}))
    return _Evidence(0.05 if one.street == other.street else 0.3)


def _same_house(traits: Traits, pair: Pair) -> bool:
    one, other = ((traits.addresses[n].house, traits.stations[n].district) for n in pair)
    return bool(one[0]) and one == other


def _spread(metres: float) -> float:
    """Density of the second reading of one place at such a distance, per m²; NaN distances have none."""
    return float(np.exp(-metres / _SPREAD_M) / (2 * np.pi * _SPREAD_M**2)) if metres >= 0 else 0.0


def _distance_told(datum: Datum, apart: dict[Datum, float]) -> Reason:
    params = {"metres": f"{apart[Datum.WGS84]:.0f}"}
    if datum is Datum.WGS84:
        return Reason(N_("{metres} m apart"), params)
    rest = {"datum": datum.value, "rest": f"{apart[datum]:.0f}"}
    return Reason(
        N_("{metres} m apart, but {rest} m if one of the two was read in {datum}"), {**params, **rest}
    )


def _name(traits: Traits, chance: _Chance, pair: Pair) -> _Evidence:
    i, j = pair
    one, other = traits.names[i], traits.names[j]
    if contradict(traits.marks[i], traits.marks[j]):
        return _Evidence(_TOLD_APART)
    if not one or not other:
        return _Evidence(1.0)
    alike = likeness(one, other)
    if one == other:
        common = chance.name[one, traits.stations[i].district] > _COMMON_NAME
        odds = 5.0 if common else min(0.5 / _by_chance(chance.essence[one], len(traits.names)), _MOST)
        return _Evidence(odds, Reason(N_("same name but for what all are called")))
    told = Reason(N_("names alike: {share} %"), {"share": f"{100 * alike:.0f}"})
    if alike >= _WITHIN:
        return _Evidence(15.0, told)
    return _Evidence(2.0, told) if alike >= _LIKE else _Evidence(_ANOTHER_NAME)


def _by_chance(seen: int, stations: int) -> float:
    """How likely another station has by chance what two have, of so many that have it."""
    return (seen - 1.5) / max(stations, _REGISTER)


def _phone(traits: Traits, chance: _Chance, pair: Pair, *, together: bool) -> _Evidence:
    """``together``: at one spot or in one house, where two may well share a telephone."""
    one, other = (traits.phones[n] for n in pair)
    if not one or not other:
        return _Evidence(1.0)
    if one != other:
        return _Evidence(0.4)
    by_chance = _by_chance(chance.phone[one], len(traits.phones))
    odds = 0.7 / max(by_chance, _PHONE_CHANCE) if together else min(0.7 / by_chance, _MOST)
    return _Evidence(odds, Reason(N_("same telephone number: {phone}"), {"phone": one}))


def _finding(
    pair: tuple[Station, Station], odds: float, metres: float, reasons: tuple[Reason, ...]
) -> Finding:
    one, other = pair
    certain = odds >= CERTAIN_ODDS
    return Finding(
        Code.DUPLICATE,
        Severity.ERROR if certain else Severity.WARNING,
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
    )
