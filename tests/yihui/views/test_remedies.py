"""Every remedy that a shipped rule or the engine can name is a link to the page of the act that mends it."""

import inspect
import re

import pytest

from rules import load_library
from rules.engine import admission
from tests.rules.conftest import shipped
from yihui.http.me.pages import compile_paths
from yihui.http.me.rights import list_own_pages
from yihui.views.remedies import find_remedy, refusal_remedy

PAGES = compile_paths(path for method, path in list_own_pages() if method == "GET")
REFUSALS = re.findall(r'"([a-z]+(?:-[a-z]+)+)"', inspect.getsource(admission))
# What no act of the member changes: the day, the weather, an exam's mark. She appeals, or asks her union.
BEYOND_HER = ("event.occurred_on", "event.level", "event.score")


def is_page(path: str) -> bool:
    """Return whether a path, or a part of a page, is one of the member's own."""
    return PAGES.fullmatch(path.partition("#")[0]) is not None


def test_each_condition_of_a_shipped_rule_leads_to_a_page_of_this_site() -> None:
    conditions = [(rule, condition) for rule in load_library(shipped()).rules for condition in rule.required]
    without = [
        (rule.id, condition.that)
        for rule, condition in conditions
        if not find_remedy(condition.reads, is_page, condition.remedy or "", rule.definition.on)
        and not set(condition.reads) & set(BEYOND_HER)
    ]
    assert len(conditions) > 90 and without == []


def test_each_refusal_of_the_engine_leads_to_a_page_of_this_site() -> None:
    for code in set(REFUSALS):
        assert is_page(refusal_remedy(code, "d" * 40).path), code


@pytest.mark.parametrize(
    ("advice", "paths", "event", "page"),
    [
        ("在“会员卡”页完成身份核验", ["member.status"], "member.birthday", "/me/card"),
        ("在“入会转会”页重新入会", ["member.status"], "member.birthday", "/me/membership"),
        ("", ["member.birthday"], "member.birthday", "/me/data/facts/birthday/correct"),
        ("", ["member.skill_level"], "member.skill_certified", "/me/certificates"),
        ("", ["event.certified_on"], "member.skill_certified", "/me/help/about/union/ask"),
        ("", ["member.district"], "member.birthday", "/me/membership"),
        ("", ["event.answers"], "poll.completed", "/me/take-part/polls"),
        ("", ["event.amount_fen"], "application.confirmed", "/me/apply"),
        ("", ["event.level"], "weather.heat_warned", None),
        ("", ["member"], "member.birthday", None),
    ],
)
def test_the_remedy_is_the_page_of_the_act(
    advice: str, paths: list[str], event: str, page: str | None
) -> None:
    found = find_remedy(paths, is_page, advice, event)
    assert (found.path if found else None) == page
    assert find_remedy(paths, lambda _: False, advice, event) is None, "no link that leads nowhere"


def test_a_remedy_that_has_a_page_counts_before_one_that_has_none() -> None:
    found = find_remedy(["member.birthday", "member.card"], lambda path: path == "/me/card")
    assert found is not None and found.path == "/me/card"
