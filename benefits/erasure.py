"""Erasing a person from the books: what was read of them goes, what was granted and moved stays proved.

The books know a person by a pseudonym only; their rows stay. The explanations of decisions hold facts
that were read, and appeals a member's own words: these go, and the digest that a seal covers stays.
"""

from sqlalchemy import Connection, bindparam, select, update

from benefits.appeals import erase_words
from benefits.lines import ERASED, erased
from benefits.portions import portions
from benefits.tables import decisions


def erase_person(connection: Connection, member_id: str) -> int:
    """Erase what the books hold of a member beyond the pseudonym; gives the number of decisions erased now."""
    erase_words(connection, member_id=member_id)
    query = select(decisions.c.id, decisions.c.explanation).where(decisions.c.member_id == member_id)
    found = [(id_, text) for id_, text in connection.execute(query) if not text.startswith(ERASED)]
    statement = (
        update(decisions).where(decisions.c.id == bindparam("id_")).values(explanation=bindparam("text_"))
    )
    for some in portions(found):
        connection.execute(statement, [{"id_": id_, "text_": erased(text)} for id_, text in some])
    return len(found)
