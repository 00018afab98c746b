"""What refuses the import of a register: ids of another register, and too many stations that are gone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.faults import Fault, FaultTable, raise_faults
from core.text_marks import N_
from geo.registry.diff import RegisterDiff, is_other_station
from geo.station import Station

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
