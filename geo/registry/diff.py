"""What an import would change, which of its stations are the same places under other ids, and what refuses it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.faults import Fault, FaultTable, raise_faults
from core.simplified import simplify_characters
from core.text_marks import N_
from geo.station import Station, StationChange, StationPair, distances_m, list_changes

if TYPE_CHECKING:  # of numpy and shapely, which whoever only reads a register does not need
    from geo.checks.matching_keys import StationTraits

_NEAR_M, _AROUND_M = 30.0, 200.0
_LEAST_SCORE = 3.0
_MOST_ALIKE = 40  # new stations that share a text with a gone one; more of them say nothing about one pair

SAME_NAME, SIMILAR_NAME = N_("same name"), N_("similar name")
SAME_ADDRESS, SAME_POINT, NEAR_POINT = N_("same address"), N_("same point"), N_("points close together")
SAME_PHONE = N_("same phone")
_WEIGHTS = {
    SAME_NAME: 2.0,
    SIMILAR_NAME: 1.0,
    SAME_ADDRESS: 2.0,
    SAME_POINT: 2.0,
    NEAR_POINT: 1.0,
    SAME_PHONE: 1.0,
}


@dataclass(frozen=True, slots=True)
class SamePlace:
    """A gone station and a new one that are probably one place; ``reasons`` are texts of the catalogue."""

    before: Station
    after: Station
    reasons: tuple[str, ...]


def find_same_places(gone: Sequence[Station], added: Sequence[Station]) -> tuple[SamePlace, ...]:
    """Return the likeliest pairs, each station in one pair at most, ordered by the gone station's id.

    Two of name, address and point must agree, and the kind; a similar name counts half. A number, a gate or a floor
    tells two places apart, as it does for `geo.checks.duplicates`.
    """
    kinds = {station.kind for station in gone} & {station.kind for station in added}
    found = [
        pair
        for kind in kinds
        for pair in _find_in_kind(*([one for one in some if one.kind == kind] for some in (gone, added)))
    ]
    return tuple(sorted(found, key=lambda pair: pair.before.id))


def _find_in_kind(gone: Sequence[Station], added: Sequence[Station]) -> Iterator[SamePlace]:
    from geo.checks.matching_keys import StationTraits, name_similarity

    traits, new_from = StationTraits.from_stations([*gone, *added], {}), len(gone)
    pairs = sorted(set(_iter_candidates(traits, new_from)))
    metres = distances_m([(traits.stations[old], traits.stations[new]) for old, new in pairs])
    judged = []
    for (old, new), apart in zip(pairs, metres, strict=True):
        likeness = name_similarity(traits.names[old], traits.names[new])
        reasons = tuple(_reasons(traits, (old, new), apart, likeness))
        score = sum(_WEIGHTS[reason] for reason in reasons)
        if score >= _LEAST_SCORE:
            judged.append((-score, -likeness, old, new, reasons))
    taken: set[int] = set()
    for _, _, old, new, reasons in sorted(judged):
        if taken.isdisjoint((old, new)):
            yield SamePlace(traits.stations[old], traits.stations[new], reasons)
            taken |= {old, new}


def _iter_candidates(traits: "StationTraits", new_from: int) -> Iterator[tuple[int, int]]:
    """Yield the positions of a gone and a new station that are near each other or share a text."""
    from geo.checks.duplicates import list_near_pairs

    yield from list_near_pairs(traits.points, new_from, _AROUND_M, _MOST_ALIKE)
    keys = [
        traits.names,
        [address.house for address in traits.addresses],
        traits.phones,
        *([_letters(getattr(one, text)) for one in traits.stations] for text in ("name", "address")),
    ]
    for texts in keys:
        news: dict[str, list[int]] = {}
        for new, text in enumerate(texts[new_from:], new_from):
            news.setdefault(text, []).append(new)
        for old, text in enumerate(texts[:new_from]):
            if text and len(alike := news.get(text, [])) <= _MOST_ALIKE:
                yield from ((old, new) for new in alike)


def _reasons(
    traits: "StationTraits", pair: tuple[int, int], metres: float | None, likeness: float
) -> Iterator[str]:
    from geo.checks.matching_keys import LIKE

    old, new = pair
    before, after = traits.stations[old], traits.stations[new]
    if traits.names_conflict(old, new) or traits.doors_conflict(old, new):
        return
    if _same_text(before.name, after.name):
        yield SAME_NAME
    elif likeness >= LIKE:
        yield SIMILAR_NAME
    if _same_text(before.address, after.address) or traits.share_house(old, new):
        yield SAME_ADDRESS
    if metres is not None and metres <= _AROUND_M:
        yield SAME_POINT if metres <= _NEAR_M else NEAR_POINT
    if traits.phones[old] and traits.phones[old] == traits.phones[new]:
        yield SAME_PHONE


def is_other_station(change: StationChange) -> bool:
    """Return whether a station has another name, and another point or, where it has none, another address."""
    before, after = change.before, change.after
    is_elsewhere = before.address != after.address and not _same_text(before.address, after.address)
    if change.distance_m is not None:
        is_elsewhere = change.distance_m > _NEAR_M
    return is_elsewhere and not _same_text(before.name, after.name)


def _same_text(one: str, other: str) -> bool:
    """Return whether two texts have the same letters, which are some."""
    letters = _letters(one)
    return bool(letters) and letters == _letters(other)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, simplify_characters(text).casefold()))


@dataclass(frozen=True, slots=True)
class RegisterDiff:
    """Everything that an import changes; a station that moved and also changed is only in ``moved``."""

    added: tuple[Station, ...] = ()
    returned: tuple[Station, ...] = ()
    moved: tuple[StationChange, ...] = ()
    changed: tuple[StationChange, ...] = ()
    gone: tuple[Station, ...] = ()
    unchanged: int = 0
    retained: tuple[Station, ...] = ()  # absent, but rows were left out, so not marked as gone
    same: tuple[SamePlace, ...] = ()  # added ones that are probably gone ones under another id
    linked: Mapping[str, str] = field(default_factory=dict)  # new id → the id that its station keeps
    elsewhere: Mapping[str, int] = field(default_factory=dict)  # other register → added ones that stand in it
    left: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # id → fields changed by hand that stay
    taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # id → such that the publisher changed


def compare_stations(
    present: Mapping[str, Station], gone: Iterable[str], read: Iterable[Station], *, complete: bool
) -> RegisterDiff:
    """Compare stations by id; if ``complete`` is false, absent stations are retained instead of gone.

    A station that is less than a millimetre away has not moved.
    """
    was_gone = frozenset(gone)
    added: list[Station] = []
    returned: list[Station] = []
    both: list[StationPair] = []
    absent = dict(present)
    for station in read:
        before = absent.pop(station.id, None)
        if before is not None:
            both.append((before, station))
        else:
            (returned if station.id in was_gone else added).append(station)
    changes, missing = list_changes(both), tuple(absent.values())
    return RegisterDiff(
        tuple(added),
        tuple(returned),
        tuple(change for change in changes if change.is_moved),
        tuple(change for change in changes if not change.is_moved),
        gone=missing if complete else (),
        unchanged=len(both) - len(changes),
        retained=() if complete else missing,
        same=find_same_places(missing, added),
    )


_FAULTS = FaultTable(
    "register",
    {
        "foreign": (
            N_("the id {value} belongs to the register “{owner}” already"),
            N_("import under that name (--register), or give the stations other ids"),
        ),
        "foreign.several": (
            N_(
                "{value} of {rows} rows stand already in the register “{owner}”, such as {ids}: was this meant as its "
                "update?"
            ),
            N_("say --register {owner}; if they are other stations, give them other ids"),
        ),
        "elsewhere": (
            N_(
                "{value} of {rows} new stations have the kind, name and address (or point) of one in the register “{owner}”: was "
                "this meant as its update?"
            ),
            N_("say --register {owner}; if both registers shall list these places, say --confirm"),
        ),
        "under_other_ids": (
            N_(
                "{value} of {before} stations of this register are not in the file, among them {names}; {same} of "
                "them are probably there under another id"
            ),
            N_(
                "see which with --dry-run; --link lets them keep their old ids and histories, or link some with "
                "`yihui stations link OLD NEW`; if they are really gone, say --confirm"
            ),
        ),
        "other_meaning": (
            N_(
                "{value} of {same} ids that were there before now stand for another place under another name, such as {ids}"
            ),
            N_(
                "import the column that identifies a station, not one that numbers the rows (--columns); if the ids really "
                "went to other stations, say --confirm"
            ),
        ),
        "too_many_gone": (
            N_("{value} of {before} stations of this register are not in the file, among them {names}"),
            N_("check that the file is whole; if they are really gone, say --confirm"),
        ),
    },
)

MAX_GONE_SHARE = 0.05  # share of a register; a larger one must be confirmed
MOST_OTHER_SHARE, LEAST_SAME_IDS = 0.1, 5  # of the ids that stay; a renamed station that moved is rare
MOST_ELSEWHERE_SHARE = 0.5  # share of the new stations; overlapping registers have less in common
_MOST_NAMED = 3  # ids in a fault
_Description = tuple[str, str, str | tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Register:
    """A register to be imported: its name, its publisher, and its file."""

    name: str
    source: str
    file: str
    digest: str


def list_foreign_ids(owners: Mapping[str, str], register: Register, rows: int) -> list[Fault]:
    """Return one fault for each other register that has ids of the file."""
    by_owner: dict[str, list[str]] = {}
    for id, owner in owners.items():
        if owner != register.name:
            by_owner.setdefault(owner, []).append(id)
    return [
        _FAULTS.build(
            "foreign" if len(ids) == 1 else "foreign.several",
            file=register.file,
            field="id",
            value=ids[0] if len(ids) == 1 else len(ids),
            owner=owner,
            rows=rows,
            ids=", ".join(sorted(ids)[:_MOST_NAMED]),
        )
        for owner, ids in sorted(by_owner.items())
    ]


def count_standing_elsewhere(
    added: Sequence[Station], others: Iterable[tuple[str, Station]]
) -> Mapping[str, int]:
    """Return by register how many added stations have kind, name and address of one of its stations.

    Without an address the point counts, to a metre; without either two stations are never the same.
    """
    alike: dict[str, set[_Description]] = {}
    for owner, station in others:
        if station.address or station.lon is not None:
            alike.setdefault(owner, set()).add(_describe(station))
    counts = {owner: sum(_describe(one) in known for one in added) for owner, known in sorted(alike.items())}
    return {owner: count for owner, count in counts.items() if count}


def _describe(station: Station) -> _Description:
    if station.address or station.lon is None or station.lat is None:
        return station.kind, station.name, station.address
    return station.kind, station.name, (round(station.lon, 5), round(station.lat, 5))


def check_unconfirmed(diff: RegisterDiff, file: str) -> None:
    """Raise FaultError for what an import must be confirmed for.

    That is: more than 5 % of a register would be gone, most new stations stand in another register already, or more
    than a tenth of the ids that stay mean other stations.
    """
    raise_faults(
        [*_list_standing_elsewhere(diff, file), *_list_gone(diff, file), *_list_other_meaning(diff, file)]
    )


def _list_other_meaning(diff: RegisterDiff, file: str) -> Iterator[Fault]:
    same = len(diff.moved) + len(diff.changed) + diff.unchanged
    others = [change.before.id for change in (*diff.moved, *diff.changed) if is_other_station(change)]
    if same >= LEAST_SAME_IDS and len(others) > MOST_OTHER_SHARE * same:
        ids = ", ".join(others[:_MOST_NAMED])
        yield _FAULTS.build("other_meaning", file=file, field="id", value=len(others), same=same, ids=ids)


def _list_standing_elsewhere(diff: RegisterDiff, file: str) -> Iterator[Fault]:
    for owner, count in diff.elsewhere.items():
        if count > max(_MOST_NAMED, MOST_ELSEWHERE_SHARE * len(diff.added)):
            yield _FAULTS.build("elsewhere", file=file, value=count, rows=len(diff.added), owner=owner)


def _list_gone(diff: RegisterDiff, file: str) -> Iterator[Fault]:
    before = len(diff.gone) + len(diff.moved) + len(diff.changed) + diff.unchanged
    if len(diff.gone) > MAX_GONE_SHARE * before:
        yield _FAULTS.build(
            "under_other_ids" if diff.same else "too_many_gone",
            same=len(diff.same),
            file=file,
            value=len(diff.gone),
            before=before,
            names=", ".join(s.name for s in diff.gone[:3]),
        )
