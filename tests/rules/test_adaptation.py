"""A lower level changes what the rule above leaves to it, and nothing else; every line knows where it is from."""

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.faults import Fault
from rules.model.definition import RuleDefinition
from rules.overrides.definition import AdaptationDefinition
from rules.overrides.merging import Layer, build_layers
from rules.overrides.origins import strip_locations
from rules.territory import territory_covers, territory_prefix
from rules.yaml.rule_text import parse_rule_document
from tests.profile import searched
from tests.rules.terms import render_texts

PROVINCE = """\
id: cake
title: 生日蛋糕
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2024-01-01, until: 2027-12-31}
on: member.birthday
parameters:
  amount: {title: 面额, value: 20000, unit: fen, least: 10000, most: 30000}
  places: {title: 名额, value: 3000, least: 1}
  shop: {title: 商户, value: 好利来}
require:
  - {that: "member.status == 'active'", else: 会籍已暂停, remedy: 核验身份}
benefit: {kind: voucher, amount_fen: param.amount, redeem_at: {kinds: [service_centre]}}
limit: {times: 1, per: [member], every: programme_period}
allocate: {mode: first_come, quota: param.places}
budget: cake
lower_levels:
  may_set: [amount, places]
  may_require: true
  may_top_up: {most_fen: 5000}
"""
CITY = """\
adapts: cake
owner: "370200"
title: 青岛生日蛋糕
basis: [{kind: example, note: 青岛}]
in_force: {from: 2025-01-01}
set: {amount: 25000}
require:
  - {that: "member.trade != '办公室'", else: 仅限一线, remedy: 更正工种}
top_up: {amount_fen: 3000, budget: qingdao-cake}
"""
COUNTY = """\
adapts: cake
owner: "370202"
title: 市南生日蛋糕
basis: [{kind: example}]
in_force: {from: 2025-07-01, until: 2025-12-31}
set: {amount: 26000}
"""


def adapted(
    adaptations: Sequence[tuple[str, str]], rules: Sequence[str] = (PROVINCE,)
) -> tuple[list[Layer], list[Fault]]:
    """All layers, and what was found in the adaptations."""
    stated = [parse_rule_document(f"rule{n}.yaml", text) for n, text in enumerate(rules)]
    documents = [parse_rule_document(name, text) for name, text in adaptations]
    assert not [document.faults for document in documents if document.faults]
    layers = build_layers(
        [(RuleDefinition.model_validate(document.value), document) for document in stated],
        [(AdaptationDefinition.model_validate(document.value), document) for document in documents],
    )
    return layers, [finding for document in documents for finding in document.sorted_faults()]


def layer_at(layers: list[Layer], code: str, day: str) -> Layer:
    on = date.fromisoformat(day)
    covering = [one for one in layers if one.span.holds(on) and territory_covers(one.owner, code)]
    return max(covering, key=lambda one: len(territory_prefix(one.owner)))


def test_the_city_has_its_own_rule_and_all_others_keep_the_provinces() -> None:
    layers, findings = adapted([("qingdao.yaml", CITY)])
    assert findings == []
    here, there = (
        layer_at(layers, "370202001-00017", "2025-03-01"),
        layer_at(layers, "370300", "2025-03-01"),
    )
    assert here.definition.parameters["amount"].value == 25_000
    assert [r.otherwise for r in here.definition.require] == ["会籍已暂停", "仅限一线"]
    assert [p.kind for p in here.definition.benefits] == ["voucher", "voucher"]
    added = here.definition.benefits[1]
    assert (added.amount_fen, added.budget, added.name) == (3_000, "qingdao-cake", "top_up_370200")
    assert added.redeem_at == here.definition.benefits[0].redeem_at
    assert here.definition.id == "cake"
    assert here.definition.title == "青岛生日蛋糕"
    assert there.definition.parameters["amount"].value == 20_000
    assert layer_at(layers, "370202", "2024-12-31").definition.title == "生日蛋糕"
    assert strip_locations(there.tree) == parse_rule_document("r", PROVINCE).value


def test_what_counts_by_programme_period_goes_on_counting() -> None:
    layers, _ = adapted([("qingdao.yaml", CITY)])
    here = layer_at(layers, "370200", "2025-03-01").definition
    assert here.in_force.since == date(2025, 1, 1)
    assert here.programme_span == layers[0].definition.programme_span


def test_a_quota_that_a_city_sets_is_counted_apart() -> None:
    own = CITY.replace("{amount: 25000}", "{places: 80}")
    here = layer_at(adapted([("q.yaml", own)])[0], "370200", "2025-03-01").definition.allocate
    assert (here.quota, here.quotas) == (None, {"370200": "param.places"})
    shared = layer_at(adapted([("q.yaml", CITY)])[0], "370200", "2025-03-01").definition.allocate
    assert (shared.quota, shared.quotas) == ("param.places", None)
    below = COUNTY.replace("{amount: 26000}", "{places: 8}")
    both, findings = adapted([("q.yaml", own), ("s.yaml", below)])
    assert findings == []
    assert layer_at(both, "370202", "2025-08-01").definition.allocate.quotas == {"370202": "param.places"}


def test_a_county_builds_on_its_city_while_that_holds_and_on_the_province_before() -> None:
    later = CITY.replace("2025-01-01", "2025-10-01")
    layers, findings = adapted([("shinan.yaml", COUNTY), ("qingdao.yaml", later)])
    assert findings == []
    before, after = (layer_at(layers, "370202001", day) for day in ("2025-07-01", "2025-10-01"))
    assert [len(layer.definition.benefits) for layer in (before, after)] == [1, 2]
    assert [layer.definition.parameters["amount"].value for layer in (before, after)] == [26_000, 26_000]
    assert (before.span.until, after.span.since) == (date(2025, 9, 30), date(2025, 10, 1))
    assert layer_at(layers, "370202", "2026-01-01").definition.title == "青岛生日蛋糕"


def test_an_adaptation_goes_on_over_the_versions_of_its_rule() -> None:
    second = PROVINCE.replace("2024-01-01, until: 2027-12-31", "2026-01-01, until: 2026-12-31")
    first = PROVINCE.replace("2027-12-31", "2025-12-31")
    layers, findings = adapted([("q.yaml", CITY)], [first, second.replace("生日蛋糕", "新蛋糕")])
    assert findings == []
    spans = [(str(x.span.since), str(x.span.until)) for x in layers if x.is_merged]
    assert spans == [("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-12-31")]


def test_every_line_says_where_it_was_read() -> None:
    layers, _ = adapted([("qingdao.yaml", CITY), ("shinan.yaml", COUNTY)])
    lines = layer_at(layers, "370202", "2025-08-01").lines
    said = {line.text.strip(): f"{line.origin.file}:{line.origin.line}" for line in lines}
    assert said["id: cake"] == "rule0.yaml:1"
    assert said['title: "市南生日蛋糕"'] == "shinan.yaml:3"
    assert said["value: 26000"] == "shinan.yaml:6"
    assert said["least: 10000"] == "rule0.yaml:8"
    assert said["- that: \"member.status == 'active'\""] == "rule0.yaml:12"
    assert said["- that: \"member.trade != '办公室'\""] == "qingdao.yaml:8"
    assert said["amount_fen: 3000"] == "qingdao.yaml:9"
    assert said["until: 2025-12-31"] == "shinan.yaml:5"
    assert said["until: 2027-12-31"] == "rule0.yaml:5"  # the programme's
    assert said["most_fen: 2000"] == "qingdao.yaml:9"  # what is left of 5000
    text = "\n".join(line.text for line in lines) + "\n"
    again = parse_rule_document("merged", text)
    assert again.faults == []
    assert RuleDefinition.model_validate(again.value) == layer_at(layers, "370202", "2025-08-01").definition


FORBIDDEN = [
    ("set: {amount: 25000}", "set: {amount: 9999}", "beyond-bounds", 6),
    ("set: {amount: 25000}", "set: {amount: 30001}", "beyond-bounds", 6),
    ("set: {amount: 25000}", "set: {amount: 好利来}", "other-kind", 6),
    ("set: {amount: 25000}", "set: {amount: true}", "other-kind", 6),
    ("set: {amount: 25000}", "set: {shop: 味多美}", "may-not-set", 6),
    ("set: {amount: 25000}", "set: {amonut: 25000}", "unknown-parameter", 6),
    ("amount_fen: 3000", "amount_fen: 5001", "beyond-top-up", 9),
    ('owner: "370200"', 'owner: "320200"', "owner-not-below", 2),
    ('owner: "370200"', 'owner: "370000"', "owner-not-below", 2),
    ("{from: 2025-01-01}", "{from: 2023-12-31}", "outside-rule", 5),
    ("{from: 2025-01-01}", "{from: 2025-01-01, until: 2028-01-01}", "outside-rule", 5),
    ("adapts: cake", "adapts: caek", "unknown-rule", 1),
]


@pytest.mark.parametrize(("old", "new", "code", "line"), FORBIDDEN)
def test_what_the_rule_above_doesnt_allow_is_told_where_it_stands(
    old: str, new: str, code: str, line: int
) -> None:
    assert old in CITY
    layers, (finding,) = adapted([("qingdao.yaml", CITY.replace(old, new))])
    assert (finding.file, finding.row, finding.short_code) == ("qingdao.yaml", line, code)
    assert all(render_texts(finding)[::2])
    assert not [layer for layer in layers if layer.is_merged]


ALLOWED = [
    ("set: {amount: 25000}", "set: {amount: 10000}"),
    ("set: {amount: 25000}", "set: {amount: 30000}"),
    ("amount_fen: 3000", "amount_fen: 5000"),
    ("{from: 2025-01-01}", "{from: 2024-01-01}"),
    ("{from: 2025-01-01}", "{from: 2025-01-01, until: 2027-12-31}"),
    ('owner: "370200"', 'owner: "370202001-00017"'),
]


@pytest.mark.parametrize(("old", "new"), ALLOWED)
def test_the_edges_of_what_is_allowed_are_allowed(old: str, new: str) -> None:
    layers, findings = adapted([("qingdao.yaml", CITY.replace(old, new))])
    assert findings == []
    assert [layer for layer in layers if layer.is_merged]


def test_a_rule_that_leaves_nothing_to_lower_levels_can_only_be_kept() -> None:
    closed = PROVINCE[: PROVINCE.index("lower_levels")]
    _, findings = adapted([("qingdao.yaml", CITY)], [closed])
    assert [finding.short_code for finding in findings] == [
        "may-not-set",
        "may-not-require",
        "may-not-top-up",
    ]
    assert [finding.row for finding in findings] == [6, 8, 9]


def test_an_adaptation_that_changes_nothing_is_a_mistake() -> None:
    _, (finding,) = adapted([("s.yaml", COUNTY.replace("set: {amount: 26000}\n", ""))])
    assert (finding.short_code, finding.row) == ("nothing-adapted", 1)


def test_nobody_adapts_one_rule_twice_at_once() -> None:
    other = CITY.replace("{from: 2025-01-01}", "{from: 2026-01-01, until: 2026-12-31}")
    _, (finding,) = adapted([("a.yaml", CITY), ("b.yaml", other)])
    assert (finding.file, finding.short_code, finding.params["first"]) == (
        "b.yaml",
        "overlapping-adaptations",
        "a.yaml",
    )
    ended = CITY.replace("{from: 2025-01-01}", "{from: 2025-01-01, until: 2025-12-31}")
    assert adapted([("a.yaml", ended), ("b.yaml", other)])[1] == []
    assert adapted([("a.yaml", CITY), ("b.yaml", other.replace("370200", "370300"))])[1] == []


def test_what_is_added_on_the_way_down_stays_within_what_the_province_allows_in_all() -> None:
    more = COUNTY.replace("set: {amount: 26000}", "top_up: {amount_fen: 2000, budget: shinan}")
    layers, findings = adapted([("q.yaml", CITY), ("s.yaml", more)])
    assert findings == []
    assert len(layer_at(layers, "370202", "2025-08-01").definition.benefits) == 3
    _, (finding,) = adapted([("q.yaml", CITY), ("s.yaml", more.replace("2000,", "2001,"))])
    assert (finding.short_code, finding.params["most"]) == ("beyond-top-up", "2000")


def test_a_city_may_leave_less_to_its_counties_and_never_more() -> None:
    less = CITY + "lower_levels: {may_require: true}\n"
    _, (finding,) = adapted([("q.yaml", less), ("s.yaml", COUNTY)])
    assert (finding.file, finding.short_code) == ("s.yaml", "may-not-set")
    more = CITY + "lower_levels: {may_set: [amount, shop], may_top_up: {most_fen: 2001}}\n"
    _, findings = adapted([("q.yaml", more)])
    assert [finding.short_code for finding in findings] == ["passes-on-more", "passes-on-more"]


CODES = ["370000", "370200", "370202", "370203", "370202001", "370202001-00017", "370300"]
DAYS = st.integers(0, 59).map(lambda n: date(2025, 1 + n // 28, 1 + n % 28))


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return first, last


OWN = st.lists(st.tuples(st.sampled_from(CODES[1:]), spans(), st.integers(10_000, 30_000)), max_size=8)


@searched(100)
@given(OWN, st.sampled_from(CODES), DAYS)
def test_the_nearest_level_wins_day_by_day(
    own: list[tuple[str, tuple[date, date], int]], code: str, day: date
) -> None:
    """Oracle: walk up from the member's organisation; what the first level says that speaks today holds."""
    kept: list[tuple[str, tuple[date, date], int]] = []
    for owner, span, amount in own:  # two at once are refused elsewhere
        if not any(o == owner and s[0] <= span[1] and span[0] <= s[1] for o, s, _ in kept):
            kept.append((owner, span, amount))
    texts = [
        (f"{n}.yaml", COUNTY.replace("370202", owner)
            .replace("{from: 2025-07-01, until: 2025-12-31}", f"{{from: {span[0]}, until: {span[1]}}}")
            .replace("26000", str(amount)))
        for n, (owner, span, amount) in enumerate(kept)
    ]  # fmt: skip
    layers, findings = adapted(texts)
    assert findings == []
    spoken = {owner: amount for owner, span, amount in kept if span[0] <= day <= span[1]}
    levels = [code, code[:9], code[:6], f"{code[:4]}00"]
    expected = next((spoken[level] for level in levels if level in spoken), 20_000)
    found = layer_at(layers, code, day.isoformat())
    assert found.definition.parameters["amount"].value == expected
    at_once = [
        x for x in layers if x.owner == found.owner and x.span.holds(day) and territory_covers(x.owner, code)
    ]
    assert at_once == [found]
