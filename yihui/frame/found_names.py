"""Look up the names by which officers know an organisation, an actor or a member; few lists need all three."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from sqlalchemy import Connection, select

from core.civil_time import civil_date
from members.organisations.storage import organisation_names
from members.persons import mask_name
from members.tables import cards
from members.vault.keys import VaultRefused
from store import in_json_array, json_array
from yihui.access.actor import Actor, is_console_user
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.access.tables import officers
from yihui.bootstrap import Wiring
from yihui.frame.content import NamedIds
from yihui.frame.names import NO_NAMES, Names, PersonLabel
from yihui.runtime.language import Language
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
    """Return the masked names of members; leave out those whose name the vault lacks or can't decrypt."""
    vault, found = wiring.vault, dict[str, str]()
    if vault is None:
        return found
    with wiring.vault_database.read() as connection:
        for member, row in vault.read_rows(connection, members).items():
            with suppress(VaultRefused):
                if name := vault.decrypt_row(row).name:
                    found[member] = mask_name(name)
    return found


def load_names(wiring: Wiring, connection: Connection, actor: Actor, ids: NamedIds) -> Names:
    """Return the names of a page's ids, with one query for each kind; who isn't the officer's stays an id."""
    persons = find_person_labels(wiring, connection, actor, sorted(ids.members)) if ids.members else {}
    actors = _find_actors(connection, sorted(ids.actors)) if ids.actors else NO_NAMES.actors
    codes = {*ids.organisations, *(one.organisation for one in persons.values() if one.organisation)}
    return Names(organisation_names(connection, codes) if codes else {}, actors, persons)


def _find_actors(connection: Connection, actors: Sequence[str]) -> Callable[[str, Language, bool], str]:
    """Return what names some actors: officers by their posts, programs and the clock in words."""
    from yihui.services.desk.record_names import RecordNames
    from yihui.views.actors import actor_label

    query = select(officers.c.id, officers.c.post).where(in_json_array(officers.c.id, "ids"))
    posts = {row.id: row.post for row in connection.execute(query, {"ids": json_array(actors)}).all()}
    known = RecordNames(officer=lambda id_: posts.get(id_, ""))

    def name(id_: str, language: Language, with_ids: bool) -> str:
        if with_ids:
            return posts.get(id_) or actor_label(id_, language)
        return posts.get(id_) or actor_label("console" if is_console_user(id_) else id_, language, known)

    return name
