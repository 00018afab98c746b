"""A decision told costs few questions, each answered by an index: so its time doesn't grow with the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event

from benefits import explain_decisions, load_decision_records
from store import Database
from tools.servers.deciding import Wish, give

MOST_OF_WHY, MOST_OF_A_REFUSAL, MOST_OF_A_GRANT = 4, 8, 13


@contextmanager
def _counted(connection: Connection) -> Iterator[list[tuple[str, object]]]:
    """The statements that are sent meanwhile, with their parameters."""
    sent: list[tuple[str, object]] = []

    def note(_: object, __: object, statement: str, parameters: object, *___: object) -> None:
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    yield sent
    event.remove(connection, "before_cursor_execute", note)


def _asked(database: Database, member: str, question: object) -> int:
    with database.read() as connection, _counted(connection) as sent:
        assert question(connection, member)  # type: ignore[operator]
        return len(sent)


def test_why_asks_a_handful_of_questions_whatever_there_is(database: Database) -> None:
    give(database, *(Wish("m-1", budget="a", limit=(f"n={n}", "2026", 1)) for n in range(30)))
    give(database, *(Wish("m-2", due=False) for _ in range(30)))
    assert _asked(database, "m-1", explain_decisions) <= MOST_OF_WHY
    assert _asked(database, "m-1", load_decision_records) <= MOST_OF_A_GRANT
    assert _asked(database, "m-2", load_decision_records) <= MOST_OF_A_REFUSAL


def test_every_question_is_answered_by_an_index(till: Database) -> None:
    """None looks through a table; SQLite says so."""
    give(till, *(Wish(f"m-{n}", budget="a", quota=(90, "2026")) for n in range(60)))
    with till.read() as connection, _counted(connection) as sent:
        assert load_decision_records(connection, "m-7")
        asked = list(sent)
    assert len(asked) > MOST_OF_WHY
    with till.read() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()  # type: ignore[arg-type]
            scanned = [str(step) for *_, step in plan if str(step).startswith("SCAN")]
            assert all("VIRTUAL TABLE" in step for step in scanned), (statement, plan)  # the keys themselves
