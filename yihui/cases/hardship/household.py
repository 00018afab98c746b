"""Check the household that an officer writes down: every fault at its person, and no name in any of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.faults import Fault
from members import read_member_changes
from members.hardship.case import HardshipFile
from members.hardship.faults import HARDSHIP_FAULTS
from members.hardship.household import SELF, HouseholdPerson
from members.hardship.names import read_names, store_names
from members.hardship.repository import find_files_of_members
from yihui.access.roles import Right
from yihui.cases.hardship.forms import OpenForm, PersonsForm
from yihui.frame.acts import Doing
from yihui.frame.typed import quote_value
from yihui.services.access.reach import find_member_place, open_reach


@dataclass(frozen=True, slots=True)
class Household:
    """The persons of a household without names, and the names by their places."""

    persons: tuple[HouseholdPerson, ...]
    names: Mapping[int, str]

    @classmethod
    def build(cls, form: OpenForm | PersonsForm, worker: str) -> "Household":
        """Return the household of a form, the worker first."""
        others = (HouseholdPerson(one.relation, one.member, one.income) for one in form.others)
        names = {place: one.name for place, one in enumerate((form, *form.others), 1) if one.name}
        return cls((HouseholdPerson(SELF, worker, form.income), *others), names)

    @property
    def data(self) -> list[dict[str, Any]]:
        """The persons as an event holds them."""
        return [asdict(one) for one in self.persons]


def household_faults(act: Doing[Any, HardshipFile], persons: Sequence[HouseholdPerson]) -> Iterator[Fault]:
    """Yield what is wrong with the members of a household: unknown, outside the reach, twice, or in another file."""
    reach = open_reach(act.wiring, act.actor, Right.KEEP_HARDSHIP)
    members = [one.member_id for one in persons]
    there = find_files_of_members(act.connection, filter(None, members))
    own = act.found.number if act.found is not None else None
    for place, member in enumerate(members):
        if member is None:
            continue
        name = f"others.{place - 1}.member" if place else "member"
        shown = quote_value(member)
        if member in members[:place]:
            yield HARDSHIP_FAULTS.build("twice", field=name, value=shown)
        elif (
            not read_member_changes(act.connection, [member])[member]
            if reach.is_everywhere
            else find_member_place(act.connection, reach, member) is None
        ):
            yield HARDSHIP_FAULTS.build("unknown_member", field=name, value=shown)
        elif there.get(member, own) != own:
            yield HARDSHIP_FAULTS.build("has_case", field=name, value=shown, case=there[member])


def vault_faults(act: Doing[Any, HardshipFile], household: Household) -> list[Fault]:
    """Return the fault of names that can't be stored."""
    missing = bool(household.names) and act.wiring.vault is None
    return [HARDSHIP_FAULTS.build("no_vault", field="name")] if missing else []


def store_household_names(act: Doing[Any, HardshipFile], file: HardshipFile, household: Household) -> None:
    """Store the names of a household; a person who stays in place and comes without a name keeps the stored one."""
    vault = act.wiring.vault
    if vault is None:
        return
    stored = read_names(act.connection, vault.keys, [file.number])[file.number]
    stays = {
        place: stored[place]
        for place, (one, other) in enumerate(zip(file.persons, household.persons, strict=False), 1)
        if place in stored and (one.relation, one.member_id) == (other.relation, other.member_id)
    }
    names = {**stays, **household.names}
    store_names(act.connection, vault.keys.newest, file.number, names, act.now)
