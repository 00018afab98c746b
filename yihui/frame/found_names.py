"""Look up the names by which officers know an organisation, an actor or a member; few lists need all three."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from members.organisations.storage import organisation_names
from store import in_json_array, json_array
from yihui.access.actor import Actor, is_console_user
from yihui.access.tables import officers
from yihui.bootstrap import Wiring
from yihui.frame.content import NamedIds
from yihui.frame.names import NO_NAMES, Names
from yihui.runtime.language import Language
from yihui.services.members.person_labels import find_person_labels


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
