"""What a decision stores of its explanation, beside the whole explanation that it stands for; telling it costs few questions."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json, to_json
from sqlalchemy import Connection, event, func, select

from benefits import explain_decisions, load_decision_records, read_explanations
from benefits.erasure import erase_person
from benefits.messages.explanation import (
    condition_reasons,
    expand_explanation,
    explanation_text,
    form_of,
    parse_form,
    render_explanation,
)
from benefits.model.faults import naming_row
from benefits.model.ruling import Reason
from benefits.tables.decisions import decisions, explanation_forms
from core.faults import FaultError
from events import EventRunner
from rules import Condition, ConditionResult, Decision, admission_counter_amounts
from store import Database
from tests.benefits.counters import VOUCHER, granted
from tests.guards import lift_guards
from tools.servers.deciding import Wish, give
from yihui.samples.events import SEED, generate_event_lines, write_event_lines
from yihui.services.rules.rules import SHIPPED_RULES, read_library

PATHS = ("member.status", "member.joined_on", "event.level", "event.hours")
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(0, 99), st.dates(), st.sampled_from(["在册", 'a"uses":', ""])
)
CONDITIONS = st.builds(
    Condition,
    st.sampled_from(["known(event.level)", "event.hours >= 8"]),
    st.sampled_from(["", "未达到要求"]),
    st.none() | st.just("补交证书"),
    st.lists(st.sampled_from(PATHS), unique=True).map(tuple),
)
WITH_LEAST = st.builds(
    Condition, st.just("event.hours"), st.just("还差{missing}小时"), st.none(), st.just(("event.hours",)), st.just(8)
)  # fmt: skip
NOW = datetime(2026, 12, 31, tzinfo=UTC)


@st.composite
def checked_decisions(draw: st.DrawFn) -> Decision:
    values = {path: draw(VALUES) for path in PATHS}
    results = [
        ConditionResult(condition, draw(st.booleans()), draw(st.booleans()), values)
        for condition in draw(st.lists(CONDITIONS | WITH_LEAST, max_size=4))
    ]
    return replace(Wish().decided()[1], conditions=tuple(results))


def test_facts_of_a_member_are_not_missing_where_a_reason_is_that_there_is_no_member() -> None:
    values = {"member.status": "left", "member.trade": None, "event.level": None}
    conditions = [
        ConditionResult(Condition(path, path, None, (path,)), False, values[path] is None, values)
        for path in values
    ]
    decision = replace(Wish().decided()[1], conditions=tuple(conditions))
    assert [reason.text for reason in condition_reasons(decision)] == ["member.status", "event.level"]
    values["member.status"] = "suspended"
    assert [reason.code for reason in condition_reasons(decision)] == ["condition", "unknown", "unknown"]


@given(
    checked_decisions(),
    st.sampled_from(["of the conditions", "none", "other"]),
    st.dictionaries(st.sampled_from(["budget/a", "quota/b"]), st.integers(1, 9)),
)
def test_what_is_stored_stands_for_the_whole_explanation_to_the_byte(
    decision: Decision, kind: str, uses: dict[str, int]
) -> None:
    reasons = {
        "of the conditions": condition_reasons(decision),
        "none": (),
        "other": (Reason("quota", "名额已满", "明年再来", {"left": "0"}),),
    }[kind]
    form = form_of(decision)
    text = explanation_text(decision, reasons, uses)
    whole = expand_explanation(text, {form.id: parse_form(form.content)})
    assert to_json(whole) == to_json(render_explanation(decision, reasons, uses))


@pytest.mark.endure
def test_every_explanation_of_a_year_is_read_as_it_was_told(database: Database, tmp_path: Path) -> None:
    path, library = tmp_path / "events.jsonl", read_library([SHIPPED_RULES])
    write_event_lines(generate_event_lines(SEED, events=1_500, planted=False), path)
    runner = EventRunner(database, lambda _: library, lambda: NOW)
    rulings = [ruling for _, done in runner.run_file(path) for ruling in done.rulings]
    with database.read() as connection:
        rows = connection.execute(select(decisions.c.id, decisions.c.explanation)).all()
        whole = read_explanations(connection, {row.id: row.explanation for row in rows})
        forms = connection.execute(select(func.count()).select_from(explanation_forms)).scalar_one()
    assert len(rulings) > 500 and {ruling.outcome for ruling in rulings} >= {"granted", "refused"}
    for one in rulings:
        uses = admission_counter_amounts(one.decision, one.admission) if one.admission else {}
        assert to_json(whole[one.id]) == to_json(render_explanation(one.decision, one.reasons, uses))
    assert forms < len(rulings) / 10
    size = sum(len(row.explanation.encode()) for row in rows)
    assert size < 0.3 * sum(len(to_json(content)) for content in whole.values())


def test_the_same_words_are_stored_once_and_words_that_are_gone_are_never_made_up(till: Database) -> None:
    (ruling,) = give(till, Wish())
    give(till, Wish("m-2"))
    with till.read() as connection:
        (form,) = connection.execute(select(explanation_forms)).all()
    text = explanation_text(ruling.decision, ruling.reasons, {})
    assert parse_form(form.content) == form_of(ruling.decision)
    with pytest.raises(KeyError):
        expand_explanation(text, {})


@pytest.mark.tampers
@pytest.mark.parametrize(
    "change", ["DELETE FROM explanation_forms", "UPDATE explanation_forms SET content = '{}'"]
)
def test_a_decision_without_its_words_is_shown_without_them(database: Database, change: str) -> None:
    give(database, Wish(budget="a", due=True))
    with database.write() as connection:
        connection.exec_driver_sql(change)
        (one,) = explain_decisions(connection, "m-1")
        assert (one.rule_title, one.conditions, one.outcome) == ("", (), "granted")
        assert erase_person(connection, "m-1") > 0
        uses = connection.execute(select(decisions.c.explanation)).scalar_one()
    assert from_json(uses)["uses"] == {"budget/a": 100}


def test_two_conditions_that_read_different_values_are_stored_whole() -> None:
    decision = Wish().decided()[1]
    condition = Condition("member.status == 'active'", "", None, ("member.status",))
    results = (
        ConditionResult(condition, True, False, {"member.status": "active"}),
        ConditionResult(condition, False, False, {"member.status": "left"}),
    )
    made = replace(decision, conditions=results)
    text = explanation_text(made, (), {"a": 1})
    assert "form" not in from_json(text)
    assert expand_explanation(text, {}) == render_explanation(made, (), {"a": 1})


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"uses": {}}', '{"title": "", "conditions": [{}], "reasons": [], "uses": {}}']
)
def test_an_explanation_that_was_changed_in_the_database_names_its_decision(
    till: Database, text: str
) -> None:
    with till.write() as connection:
        id_ = granted(connection, VOUCHER, member="m-1")
        lift_guards(connection)
        connection.execute(decisions.update().where(decisions.c.id == id_).values(explanation=text))
    with till.read() as connection, pytest.raises(FaultError) as refused:
        explain_decisions(connection, "m-1")
    assert [(one.code, one.value) for one in refused.value.faults] == [("stored_row.unreadable", id_)]


def test_a_fault_of_the_program_is_not_blamed_on_the_row(till: Database) -> None:
    with pytest.raises(AttributeError), naming_row("decisions", "d-1"):
        till.reed()  # type: ignore[attr-defined]


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
