"""Find the organisation that an act concerns, from what its caller named: a member, a rule, a batch of payments.

For an id that is not stored the place is the whole union: only an actor who may act everywhere learns that it is unknown.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, select

from benefits.tables.appeals import appeals
from benefits.tables.decisions import grants
from benefits.tables.rulebook import rule_versions
from core.civil_time import civil_date
from rules.yaml.rule_text import parse_rule_document
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.rule_owners import find_version_owners, stated_owner
from yihui.services.members.organisations import find_member_organisations

_SHORTEST_HASH = 8


def place_of_member(wiring: Wiring, connection: Connection, member: str) -> list[str]:
    """Return the organisation to which a person belongs today."""
    found = find_member_organisations(connection, [member], civil_date(wiring.now()))
    return [found.get(member, PROVINCE_CODE)]


def place_of_rule(wiring: Wiring, connection: Connection, named: str) -> list[str]:
    """Return who owns a rule, an adaptation of it (RULE@CODE), or a version that waits (by its hash)."""
    rule, _, territory = named.partition("@")
    if re.fullmatch(r"[0-9]{6}", territory):
        return [territory]
    c = rule_versions.c
    is_hash = c.hash.startswith(named, autoescape=True) if len(named) >= _SHORTEST_HASH else c.hash == named
    texts = connection.execute(select(c.text).where(is_hash)).scalars().all()
    owners = [owner for text in texts for owner in owners_of_rule(wiring, connection, text)]
    owners += sorted(find_version_owners(wiring, connection, [rule])[rule])
    return list(dict.fromkeys(owners)) or [PROVINCE_CODE]


def owners_of_rule(wiring: Wiring, connection: Connection, text: str) -> list[str]:
    """Return whom a rule's text states as its owner, and who owns the versions in force of the same rule.

    A version may end those in force: otherwise a district could take the province's rule over. The text is
    parsed as it will be when it is submitted.
    """
    stated = parse_rule_document("", text).value
    owners = [stated_owner(stated)]
    if isinstance(stated, dict) and "adapts" not in stated:
        library = wiring.rulebook.in_force(connection)
        owners += [one.definition.owner for one in library.versions(str(stated.get("id")))]
    return list(dict.fromkeys(owners))


def place_of_granted_member(wiring: Wiring, connection: Connection, grant: str) -> list[str]:
    """Return the organisation of the member who has a grant."""
    member = connection.execute(select(grants.c.member_id).where(grants.c.id == grant)).scalar()
    return place_of_member(wiring, connection, member) if member else [PROVINCE_CODE]


def place_of_appeal(wiring: Wiring, connection: Connection, named: str) -> list[str]:
    """Return the organisation of the member who lodged an appeal, or of a member who is named."""
    member = connection.execute(select(appeals.c.member_id).where(appeals.c.id == named)).scalar()
    return place_of_member(wiring, connection, member or named)


def place_of_station(_: Wiring, connection: Connection, station: str) -> Sequence[str]:
    """Return the county in which a station stands."""
    from geo.registry.tables import stations  # here: few acts need numpy

    found = connection.execute(
        select(stations.c.district).where(stations.c.id == station).distinct()
    ).scalars()
    return [code for code in found if code] or [PROVINCE_CODE]


PLACES: Mapping[str, Callable[[Wiring, Connection, str], Sequence[str]]] = {
    "member": place_of_member,
    "rule": place_of_rule,
    "granted_member": place_of_granted_member,
    "appeal": place_of_appeal,
    "station": place_of_station,
}


def find_act_places(wiring: Wiring, kind: str, named: str) -> Sequence[str]:
    """Return the organisations that an act on something concerns; ``kind`` is a key of ``PLACES``."""
    with wiring.database.read() as connection:
        return PLACES[kind](wiring, connection, named)
