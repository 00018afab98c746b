"""Comments on the page of a version and on the page of approvals, by officers in every position."""

from datetime import date

import pytest

from tests.yihui.http.desk.officers import Officers, acts_of, text_of
from tests.yihui.http.two_districts import TwoDistricts
from yihui.access.actor import Actor, ActorKind
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.lookup import draft_rule

pytestmark = pytest.mark.endure

AUTHOR, APPROVER, AUDITOR = "rule_author/ancestor", "rule_approver/ancestor", "auditor/ancestor"
PLACES = "/desk/approvals"


@pytest.fixture(scope="module")
def version(union: TwoDistricts) -> str:
    """The hash of a version that another officer submitted."""
    draft = draft_rule(union.wiring, "birthday-cake", date(2027, 1, 1), None, None)
    file = RuleFile("rule.yaml", draft.text, draft.tables)
    writer = Actor("wang.fang", "wang.fang", ActorKind.DEMO)
    return submit_version(union.wiring, writer, file, takes_over=True).candidate.stated.hash


@pytest.fixture
def page(version: str) -> str:
    return f"/desk/rules/versions/{version}"


def test_a_comment_is_shown_where_the_version_is_decided(
    site: Officers, page: str, version: str, union: TwoDistricts
) -> None:
    key = site.form_key(f"{page}/comments", APPROVER)
    for _ in range(2):  # a double click
        sent = site.send(page, f"{page}/comments", APPROVER, key=key, text="<b>依据</b>呢？")
        assert sent.headers["location"] == f"{page}?done=commented#comments"
    shown = site.open(f"{page}?done=commented", AUTHOR)
    assert "the comment was added" in text_of(shown) and shown.text.count("&lt;b&gt;依据") == 1
    assert "li.min" in text_of(shown) and "2026-10-0" in text_of(shown)
    waiting = site.open(PLACES, APPROVER).text
    assert f'href="{page}"' in waiting and "依据" in waiting
    assert ("li.min", "rules.comment.comment") in acts_of(union.wiring, version)


def test_a_refused_comment_comes_back_as_it_was_typed(site: Officers, page: str) -> None:
    refused = site.send(f"{page}/comments", f"{page}/comments", AUTHOR, text="打 13800001234")
    assert refused.status_code == 422 and "phone number" in text_of(refused)
    assert "打 13800001234</textarea>" in refused.text
    empty = site.send(f"{page}/comments", f"{page}/comments", AUTHOR, text="   ")
    assert empty.status_code == 422 and "the comment is empty" in text_of(empty)
    unknown = site.open("/desk/rules/versions/" + "f" * 64 + "/comments", AUTHOR)
    assert unknown.status_code == 422 and "there is no version ffffffffffff" in text_of(unknown)


def test_an_approval_waits_for_unread_comments(site: Officers, page: str) -> None:
    key = site.form_key(f"{page}", APPROVER)
    site.send(f"{page}/comments", f"{page}/comments", AUTHOR, text="请先不要批准")
    refused = site.send(page, f"{page}/approve", APPROVER, key=key, comments="1")
    said = text_of(refused)
    assert refused.status_code == 422 and "new comments were written" in said and "请先不要批准" in said
