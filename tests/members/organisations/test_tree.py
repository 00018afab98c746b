"""The tree of organisations by days: against a slow model that walks the parents of each day."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, text

from members import (
    list_subtree,
    load_lineages,
    organisation_names,
    parent_code,
    read_spans,
    rebuild_organisations,
    span_on,
)
from store import Database
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.tiers import budget

LAIWU, JINAN = "371200", "370100"
SHOP = "371202001-00007"
CREDIT_CODE = "91110000600037341L"
DAYS = [date(2018, 1, 1) + timedelta(days=n * 100) for n in range(12)]
CODES = ["370000", "370100", "370102", "371200", "371202", "371202001", SHOP, "370100-00001", "370102001"]


Change = tuple[date, int, str, str | None, str | None]  # day, arrival, code, parent, how it ended


class Model:
    """What each organisation's parent is on a day: the latest change of that day or before, by arrival."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def add(self, day: date, code: str, parent: str | None, ended: str | None = None) -> None:
        self.changes.append((day, len(self.changes), code, parent, ended))

    def state(self, code: str, day: date) -> Change | None:
        own = [change for change in self.changes if change[2] == code and change[0] <= day]
        return max(own) if own else None

    def is_there(self, code: str, day: date) -> bool:
        state = self.state(code, day)
        return state is not None and state[4] is None

    def parent(self, code: str, day: date) -> str | None:
        own = [one for one in self.changes if one[2] == code and one[0] <= day and one[4] is None]
        return max(own)[3] if own else parent_code(code)

    def lineage(self, code: str, day: date) -> tuple[str, ...]:
        above = self.parent(code, day)
        return (code,) if above is None else (code, *self.lineage(above, day))


@pytest.mark.deeper
@pytest.mark.parametrize("seed", range(budget(12)))
def test_any_acts_in_any_order_give_the_tree_that_the_model_walks(seed: int, database: Database) -> None:
    chance, model = random.Random(seed), Model()
    with database.write() as connection:
        for code in CODES[:6]:
            handle(connection, event_of("organisation.founded", code, DAYS[0], name="示例"))
            model.add(DAYS[0], code, parent_code(code))
        done = sum(act(connection, model, chance) for _ in range(60))
        assert done >= 8
        spans, lineages = read_spans(connection, CODES), load_lineages(connection, CODES)
        for day in DAYS:
            for code in CODES:
                span = span_on(spans[code], day)
                assert (span is not None) == model.is_there(code, day), (code, day)
                if span is not None:
                    assert span.lineage == model.lineage(code, day), (code, day)
                    assert lineages.lineage(code, day) == model.lineage(code, day), (code, day)
            below = {c for c in CODES if model.is_there(c, day) and LAIWU in model.lineage(c, day)}
            listed = list_subtree(connection, LAIWU, day)
            assert set(listed) == below
            assert not any(model.parent(c, day) in listed[at:] for at, c in enumerate(listed)), (
                "a child first"
            )
        before = rows(connection)
        rebuild_organisations(connection)
        assert rows(connection) == before


def test_an_end_on_the_day_of_another_act_is_known_with_where_the_members_went(database: Database) -> None:
    """Renamed and merged on one day; founded and merged on one day; founded again after that."""
    with database.write() as connection:
        for code in (JINAN, "370102", "371202"):
            handle(connection, event_of("organisation.founded", code, DAYS[0], name="示例"))
        handle(connection, event_of("organisation.renamed", "370102", DAYS[1], name="新名"))
        handle(connection, event_of("organisation.merged", "370102", DAYS[1], into=JINAN))
        handle(connection, event_of("organisation.founded", SHOP, DAYS[1], name="示例"))
        handle(connection, event_of("organisation.merged", SHOP, DAYS[1], into=JINAN))
        spans = read_spans(connection, ["370102", SHOP])
    assert [(one.name, one.until, one.ended, one.into) for one in spans["370102"]] == [
        ("示例", DAYS[1], "merged", JINAN)
    ]
    assert [(one.since, one.until, one.ended, one.into) for one in spans[SHOP]] == [
        (DAYS[1], DAYS[1], "merged", JINAN)
    ]
    assert span_on(spans[SHOP], DAYS[1]) is None


def rows(connection: Connection) -> Sequence[object]:
    return connection.execute(text("SELECT * FROM organisation_spans ORDER BY code, since")).all()


def act(connection: Connection, model: Model, chance: random.Random) -> bool:
    """Try one act; the model follows where it was carried out."""
    code, other, day = chance.choice(CODES), chance.choice(CODES), chance.choice(DAYS)
    kind = chance.choice(["founded", "founded", "moved", "moved", "merged", "dissolved", "renamed"])
    parent = other if chance.random() < 0.3 else None
    data: dict[str, object] = {
        "founded": {"name": f"示例{code}", **({"parent": parent} if parent else {})},
        "moved": {"parent": other},
        "merged": {"into": other},
        "dissolved": {},
        "renamed": {"name": f"新{code}"},
    }[kind]  # type: ignore[assignment]
    children = [c for c in CODES if model.parent(c, day) == code and model.is_there(c, day)]
    if codes_of(handle(connection, event_of(f"organisation.{kind}", code, day, **data))):
        return False
    if kind == "founded":
        model.add(day, code, parent or parent_code(code))
    elif kind == "moved":
        model.add(day, code, other)
    elif kind != "renamed":
        for child in children:
            model.add(day, child, other)
        model.add(day, code, None, kind)
    return True


FAULTY = [
    ("founded", JINAN, "2020-01-01", {"name": "济南"}, "already_founded"),
    ("founded", "370102", "1999-01-01", {"name": "历下"}, "before_parent"),
    ("founded", "370102", "2020-01-01", {"name": "历下", "parent": "370300"}, "unknown_parent"),
    ("founded", "370102", "2020-01-01", {"name": "历下", "parent": "370102"}, "own_ancestor"),
    ("founded", "370102", "2020-01-01", {"name": "历下", "credit_code": CREDIT_CODE}, "credit_code_taken"),
    ("moved", JINAN, "2020-01-01", {"parent": "370101"}, "own_ancestor"),
    ("moved", "370300", "2020-01-01", {"parent": JINAN}, "not_on_day"),
    ("renamed", JINAN, "1999-12-31", {"name": "新名"}, "not_on_day"),
    ("merged", "370101", "2020-01-01", {"into": "370101"}, "into_itself"),
    ("merged", "370101", "2020-01-01", {"into": "370999"}, "not_on_day"),
    ("merged", JINAN, "2020-01-01", {"into": "370101"}, "own_ancestor"),
    ("dissolved", JINAN, "2020-01-01", {}, "members_left"),
    ("dissolved", "370101", "2001-06-01", {}, "later_act"),
]


@pytest.mark.parametrize(("kind", "code", "on", "data", "fault"), FAULTY)
def test_an_act_that_cannot_be_is_refused_and_changes_nothing(
    kind: str, code: str, on: str, data: dict[str, object], fault: str, database: Database
) -> None:
    with database.write() as connection:
        founded = event_of("organisation.founded", JINAN, "2000-01-01", name="济南市总工会")
        held = {"name": "某某公司工会", "credit_code": CREDIT_CODE}
        below = event_of("organisation.founded", "370101", "2001-01-01", parent=JINAN, **held)
        renamed = event_of("organisation.renamed", "370101", "2002-01-01", name="某公司工会")
        assert codes_of(handle(connection, founded, below, renamed)) == []
        before = rows(connection)
        assert codes_of(handle(connection, event_of(f"organisation.{kind}", code, on, **data))) == [
            f"organisation.{fault}"
        ]
        assert rows(connection) == before
        assert organisation_names(connection, ["370101"]) == {"370101": "某公司工会"}
