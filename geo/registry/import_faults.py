"""What refuses the import of a register: ids of another register, and too many stations that are gone."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.registry.diff import RegisterDiff

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
        "too_many_gone": (
            N_("{value} of {before} stations of this register are not in the file, among them {names}"),
            N_("check that the file is whole; if they are really gone, say --confirm"),
        ),
    },
)

MAX_GONE_SHARE = 0.05  # share of a register; a larger one must be confirmed
_MOST_NAMED = 3  # ids in a fault


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


def check_gone_share(diff: RegisterDiff, file: str) -> None:
    """Raise FaultError if more than 5 % of a register would be gone."""
    before = len(diff.gone) + len(diff.moved) + len(diff.changed) + diff.unchanged
    if len(diff.gone) > MAX_GONE_SHARE * before:
        raise FaultError(
            _FAULTS.build(
                "under_other_ids" if diff.same else "too_many_gone",
                same=len(diff.same),
                file=file,
                value=len(diff.gone),
                before=before,
                names=", ".join(s.name for s in diff.gone[:3]),
            )
        )
