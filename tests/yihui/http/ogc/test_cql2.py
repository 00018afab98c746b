"""Filters in CQL2 text against an oracle that evaluates the same tree one feature at a time (OGC 21-065r2)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiers import budget
from yihui.http.ogc.collections import STATIONS
from yihui.http.ogc.cql2 import InvalidFilter, Truth, parse_cql2_text

pytestmark = pytest.mark.endure

FIELDS = STATIONS.fields_by_name
Row = dict[str, object]
Oracle = Callable[[Row, shapely.Point], Truth]
Case = tuple[str, Oracle]

names = st.sampled_from(["open", "closed", "驿站", "it's", "a%b", "a_b", ""])
rows = st.fixed_dictionaries(
    {
        "name": names,
        "state": names,
        "area_m2": st.none() | st.sampled_from([0.0, 4.5, 20.0]),
        "sample": st.booleans(),
        "verified_on": st.none() | st.sampled_from(["2026-01-31", "2026-02-01"]),
        "at": st.just("2026-10-03T10:00:00+08:00"),
    }
)
points = st.sampled_from([shapely.Point(117, 36), shapely.Point(117.5, 36.5), shapely.Point(118, 37)])


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def known(name: str, test: Callable[[Any], bool]) -> Oracle:
    return lambda row, _: None if row[name] is None else test(row[name])


SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b, "<>": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


@st.composite
def leaves(draw: st.DrawFn) -> Case:
    sign, text = draw(st.sampled_from(sorted(SIGNS))), draw(names)
    number = draw(st.sampled_from([0, 4.5, 20]))
    day = date(2026, 2, 1)
    moment = datetime.fromisoformat("2026-10-03T02:00:00+00:00")
    choices: list[Case] = [
        (f"name {sign} {quoted(text)}", known("name", lambda own: SIGNS[sign](own, text))),
        (f"area_m2 {sign} {number}", known("area_m2", lambda own: SIGNS[sign](own, number))),
        (f"area_m2 BETWEEN 1 AND {number}", known("area_m2", lambda own: 1 <= own <= number)),
        (f"area_m2 not between -1 and {number}", known("area_m2", lambda own: not -1 <= own <= number)),
        (f"state IN ({quoted(text)}, 'open')", known("state", lambda own: own in (text, "open"))),
        (f"state NOT IN ({quoted(text)})", known("state", lambda own: own != text)),
        ("name LIKE 'a%'", known("name", lambda own: own[:1] == "a")),
        ("name like 'a_b'", known("name", lambda own: len(own) == 3 and own[0] + own[2] == "ab")),
        ("name LIKE 'a\\%b'", known("name", lambda own: own == "a%b")),
        ("name NOT LIKE '%s'", known("name", lambda own: own[-1:] != "s")),
        ("area_m2 IS NULL", lambda row, _: row["area_m2"] is None),
        ('"area_m2" is not null', lambda row, _: row["area_m2"] is not None),
        ("sample = TRUE", known("sample", lambda own: own is True)),
        ("true", lambda *_: True),
        ("FALSE", lambda *_: False),
        (f"verified_on {sign} DATE('2026-02-01')", known("verified_on", lambda own: SIGNS[sign](date.fromisoformat(own), day))),
        (f"at {sign} TIMESTAMP('2026-10-03T02:00:00Z')", known("at", lambda own: SIGNS[sign](datetime.fromisoformat(own), moment))),
        ("S_INTERSECTS(geometry, BBOX(116.9, 35.9, 117.5, 36.5))", lambda _, at: at.x <= 117.5),
        ("S_INTERSECTS(geometry, POLYGON((117.4 36.4, 119 36.4, 119 38, 117.4 36.4)))", lambda _, at: shapely.Polygon([(117.4, 36.4), (119, 36.4), (119, 38)]).intersects(at)),
        ("s_intersects(geometry,POINT(118 37))", lambda _, at: at.x == 118),
    ]  # fmt: skip
    return draw(st.sampled_from(choices))


def either(a: Truth, b: Truth) -> Truth:
    return True if a or b else None if a is None or b is None else False


def both(a: Truth, b: Truth) -> Truth:
    return False if a is False or b is False else None if a is None or b is None else True


def joined(parts: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    """NOT binds closest, then AND, then OR; parentheses only where the tree needs them."""

    def grown(word: str, a: Case, b: Case) -> Case:
        rule = either if word == "OR" else both
        shown = [f"({text})" if word == "AND" and " OR " in text else text for text, _ in (a, b)]
        return f" {word} ".join(shown), lambda row, at: rule(a[1](row, at), b[1](row, at))

    def turned(a: Case) -> Case:
        return f"NOT ({a[0]})", lambda row, at: None if (told := a[1](row, at)) is None else not told

    return st.builds(grown, st.sampled_from(["AND", "OR"]), parts, parts) | st.builds(turned, parts)


@settings(deadline=None, derandomize=True, max_examples=budget(300))
@given(st.recursive(leaves(), joined, max_leaves=6), st.lists(st.tuples(rows, points), max_size=8))
def test_a_filter_selects_what_the_oracle_selects(case: Case, features: list[tuple[Row, Any]]) -> None:
    text, oracle = case
    shapes = np.array([*(point for _, point in features), None], dtype=object)[:-1]
    found = parse_cql2_text(text, FIELDS).select([row for row, _ in features], shapes)
    assert found.tolist() == [oracle(row, point) is True for row, point in features]


def test_and_binds_closer_than_or() -> None:
    row: Row = {"name": "a", "state": "open", "sample": False}
    point = np.array([shapely.Point(117, 36)])
    for text, expected in (
        ("name = 'a' OR state = 'open' AND sample = true", True),
        ("(name = 'a' OR state = 'open') AND sample = true", False),
        ("NOT name = 'a' OR state = 'open'", True),
        ("NOT (name = 'a' OR state = 'open')", False),
    ):
        assert parse_cql2_text(text, FIELDS).select([row], point).tolist() == [expected], text


def test_coordinates_are_in_the_order_of_their_crs() -> None:
    here = np.array([shapely.Point(117, 36)])
    epsg = "http://www.opengis.net/def/crs/EPSG/0/4326"  # the latitude first
    assert parse_cql2_text("S_INTERSECTS(geometry, POINT(36 117))", FIELDS, epsg).select([{}], here).all()
    mercator = "http://www.opengis.net/def/crs/EPSG/0/3857"
    box = "S_INTERSECTS(geometry, BBOX(13000000, 4200000, 13100000, 4400000))"
    assert parse_cql2_text(box, FIELDS, mercator).select([{}], here).all()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "syntax") for text in (
            "", " ", "name", "name =", "name = 'a' AND", "NOT", "name == 'a'", "name != 'a'", "'a' = name", "(name = 'a'",
            "name = 'a' state = 'b'", "name ＝ 'a'", "name = ‘a’", 'name = "a"', "name = a", "name = 'it's'",
            "area_m2 + 1 > 3", "CASEI(name) = 'a'", "T_BEFORE(at, DATE('2026-01-01'))", "S_WITHIN(geometry, POINT(1 1))",
            "DATE('2026-13-01') = verified_on", "verified_on = DATE('2026-13-01')", "at > TIMESTAMP('2026-01-01T00:00:00')",
            "S_INTERSECTS(geometry, POINT(200 1))", "S_INTERSECTS(geometry, POINT(x 1))",
            "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "S_INTERSECTS(geometry, BBOX(2, 1, 1, 2))",
            "(" * 150 + "true" + ")" * 150, "NOT " * 300 + "true", "name = '" + "a" * 9_000 + "'", "name like 3",
        )),
        *((text, "property") for text in ("nmae = 'a'", "phone = '1'", "S_INTERSECTS(geom, POINT(1 1))", "name = 'a' OR phone IS NULL")),
        *((text, "type") for text in (
            "name = 3", "area_m2 = '3'", "sample = 'true'", "sample = 1", "area_m2 = true", "verified_on = '2026-01-01'",
            "verified_on = TIMESTAMP('2026-01-01T00:00:00Z')", "at = DATE('2026-01-01')", "name IN ('a', 3)",
            "area_m2 BETWEEN 1 AND 'b'", "area_m2 LIKE '1'",
        )),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_and_never_guessed(text: str, code: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_cql2_text(text, FIELDS)
    assert refused.value.code == code
