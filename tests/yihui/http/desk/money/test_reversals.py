"""Reversals at the desk: seen before they are done, one grant at once, several by two persons, of the own rules alone."""

import re

import pytest

from tests.yihui.http.desk.officers import acts_of
from tools.servers.desk import Officers, text_of
from yihui.bootstrap import Wiring

REVERSALS = "/desk/money/reversals"
PAGE, FORM = f"{REVERSALS}/gift-here", f"{REVERSALS}/gift-here/reverse"
FINANCE, CHIEF = "finance_preparer/inside", "finance_preparer/ancestor"
WISH = {"version": "1", "since": "2026-09-02", "until": "2026-09-02", "reason": "重复发放"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"since": "", "until": ""}, "neither a version nor a first day"),
        ({"reason": ""}, "the field reason is missing"),
        ({"since": "gestern"}, "gestern"),
        ({"since": "2026-12-01", "until": ""}, "nothing is left to take back"),
    ],
)
def test_a_reversal_that_is_wrong_changes_nothing(site: Officers, fields: dict[str, str], told: str) -> None:
    refused = site.send(FORM, FORM, FINANCE, **{**WISH, **fields})
    assert refused.status_code == 422 and told in text_of(refused)
    assert "nothing was taken back yet" in text_of(site.open(PAGE, FINANCE))


def test_rules_of_another_subtree_are_neither_listed_nor_reversed(site: Officers) -> None:
    assert "gift-there" not in site.open(REVERSALS, FINANCE).text
    assert "gift-there" in site.open(REVERSALS, CHIEF).text
    assert site.open(f"{REVERSALS}/gift-there", FINANCE).status_code == 403
    assert site.send(FORM, f"{REVERSALS}/gift-there/reverse", FINANCE, **WISH).status_code == 403


def test_all_that_a_rule_ever_granted_is_never_the_forms_beginning(site: Officers) -> None:
    form = site.open(FORM, FINANCE).text
    assert re.search(r'<select[^>]*name="rule_version"', form) and '<option value="" selected' in form
    wish = {"version": "1", "reason": "重复发放", **dict.fromkeys(("rule_version", "since", "until"), "")}
    assert "neither a version nor a first day" in text_of(site.send(FORM, FORM, FINANCE, **wish))


def test_one_grant_is_shown_then_taken_back_once(site: Officers, wiring: Wiring) -> None:
    key = site.form_key(FORM, FINANCE)
    shown = text_of(site.post(FORM, FINANCE, form_key=key, **WISH))
    assert "goes back" in shown and "it is taken back at once" in shown
    done = site.send(FORM, FORM, FINANCE, key=key, **WISH)
    assert done.status_code == 303, text_of(done)
    assert site.send(FORM, FORM, FINANCE, key=key, **WISH).status_code == 409, "the page is stale"
    assert [one for one in acts_of(wiring, "gift-here") if one[1].endswith("reverse.reverse")] == [
        ("li.min", "money.reverse.reverse")
    ]
    assert "重复发放" in text_of(site.open(PAGE, FINANCE))


def test_many_grants_wait_for_a_second_person(site: Officers) -> None:
    page = f"{REVERSALS}/gift-there"
    wish = {"version": "1", "since": "2026-09-01", "reason": "资格有误"}
    proposed = site.send(f"{page}/reverse", f"{page}/reverse", CHIEF, **wish)
    assert proposed.status_code == 303, text_of(proposed)
    listed = text_of(site.open(page, CHIEF))
    assert "waits for a second person" in listed and "nothing was taken back yet" in listed
