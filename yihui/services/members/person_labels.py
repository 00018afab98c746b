"""How officers know their members in rows and pages: by masked names, the ends of cards, and organisations of today."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from sqlalchemy import Connection, select

from core.civil_time import civil_date
from members.persons import mask_name
from members.tables import cards
from members.vault.keys import VaultRefused
from store import in_json_array, json_array
from yihui.access.actor import Actor
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.names import PersonLabel
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.members.organisations import find_member_organisations


def find_person_labels(
    wiring: Wiring, connection: Connection, actor: Actor, members: Sequence[str]
) -> Mapping[str, PersonLabel]:
    """Return the masked names of the officer's members, the ends of their cards, and their organisations of today."""
    today = civil_date(wiring.now())
    scope = OfficerScope(subtrees(actor, Right.READ_MEMBERS, today), today)
    places = find_member_organisations(connection, members, today)
    covered = scope.find_covered(connection, places.values())
    own = [one for one in members if scope.is_everywhere or places.get(one) in covered]
    c = cards.c
    query = select(c.member_id, c.number).where(in_json_array(c.member_id, "ids")).order_by(c.serial)
    found = connection.execute(query, {"ids": json_array(own)}).all()
    numbers = {row.member_id: row.number for row in found}  # the latest last
    masked = _mask_names(wiring, own)
    return {
        member: PersonLabel(masked.get(member, ""), numbers.get(member, ""), places.get(member, ""))
        for member in own
    }


def _mask_names(wiring: Wiring, members: Sequence[str]) -> Mapping[str, str]:
    """Return the masked names of members; of whom the vault has none, or one that can't be read, none."""
    vault, found = wiring.vault, dict[str, str]()
    if vault is None:
        return found
    with wiring.vault_database.read() as connection:
        for member, row in vault.read_rows(connection, members).items():
            with suppress(VaultRefused):
                if name := vault.decrypt_row(row).name:
                    found[member] = mask_name(name)
    return found
