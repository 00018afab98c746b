"""Organisations: lists in and out, acts with all that follows, proposals to found one, and what bad input gets."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from core.faults import FaultError
from members import list_subtree_spans
from tests.members.organisations.acting import NOW, event_of, handle
from tests.yihui.http.two_districts import HERE, build_two_districts, officer
from tests.yihui.nouns import do, list_rows, preview
from tests.yihui.nouns import show as show_noun
from tests.yihui.organising import OFFICER, organise
from tests.yihui.refusals import faults_of
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.cases.organisations.acts import COUNT, DISSOLVE, ELECT, IMPORT, MERGE, RENAME, SPLIT
from yihui.cases.organisations.link_acts import LINK
from yihui.cases.organisations.lists import LIST_RENDERERS, load_tree
from yihui.cases.organisations.pages import NOUN
from yihui.cases.organisations.proposals import ACCEPT
from yihui.frame.doing import ActRequest, ThingChangedError, do_act
from yihui.frame.fields import TypedFile
from yihui.frame.looking import show_thing
from yihui.frame.typed import parse_values

LIST = """组织代码,组织名称,组织类型,上级代码,成立日期,统一社会信用代码
370202001-00017,某某外卖站工会,工会,370202001,2020-05-01,91110000600037341L
370000,山东省总工会,,,,
370200,青岛市总工会,,,,
370202,市南区总工会,,370200,,
370202001,八大关街道工会联合会,,,2001-01-01,
370200-00001,青岛市快递行业工会联合会,行业工会联合会,370200,2019-03-01,
370202001-00018,八大关街道会员之家,会员之家,,2021-01-01,
"""


SHOP, HOME, TOWN = "370202001-00017", "370202001-00018", "370202001"


@pytest.fixture
def wiring(migrated_file: Path, tmp_path: Path) -> Iterator[Wiring]:
    """A tree that was made of a list."""
    (tmp_path / "yihui.db").write_bytes(migrated_file.read_bytes())
    made = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path), now=lambda: NOW)
    assert take_over(made, LIST) == {"founded": 7, "unchanged": 0}
    yield made
    made.close()


def take_over(wiring: Wiring, content: str | bytes, name: str = "list.csv") -> dict[str, object]:
    """Make the tree like a list; return what the audit log says of it."""
    do(
        wiring,
        OFFICER,
        IMPORT,
        list=TypedFile(name, content.encode() if isinstance(content, str) else content),
    )
    c = audit_entries.c
    query = select(c.changes).where(c.object_id == "list").order_by(c.sequence.desc())
    with wiring.database.read() as connection:
        found: dict[str, object] = json.loads(connection.execute(query).scalars().first() or "")["after"]
    return found


def preview_list(wiring: Wiring, content: str | bytes, name: str = "list.csv") -> list[dict[str, Any]]:
    file = TypedFile(name, content.encode() if isinstance(content, str) else content)
    acts: list[dict[str, Any]] = preview(wiring, OFFICER, IMPORT, None, list=file)["acts"]
    return acts


def list_codes(wiring: Wiring, **asked: object) -> list[str]:
    return [one.code for one in list_rows(wiring, OFFICER, NOUN, **asked)]


def show(wiring: Wiring, code: str) -> dict[str, Any]:
    return show_noun(wiring, OFFICER, NOUN, code)


def refused(work: Callable[[], object]) -> list[tuple[int | None, str | None, object]]:
    return [(fault.row, fault.field, fault.value) for fault in faults_of(work)]


def test_a_list_in_any_order_is_taken_over_and_again_without_any_change(wiring: Wiring) -> None:
    assert take_over(wiring, LIST) == {"unchanged": 7}
    assert list_codes(wiring, below="370202") == ["370202", TOWN, SHOP, HOME]
    assert list_codes(wiring, parent=TOWN, kind="member_home") == [HOME]
    assert list_codes(wiring, name="街道") == [TOWN, HOME]
    assert list_codes(wiring, name="370202001-") == [SHOP, HOME]
    assert list_codes(wiring, below=TOWN, on="2000-12-31") == []


@pytest.mark.parametrize("ending", LIST_RENDERERS)
def test_what_was_written_is_taken_over_without_a_difference(wiring: Wiring, ending: str) -> None:
    with wiring.database.read() as connection:
        content = LIST_RENDERERS[ending](list_subtree_spans(connection, None, NOW.date()))
    assert take_over(wiring, content, f"out{ending}") == {"unchanged": 7}


def test_a_preview_says_what_would_change_and_changes_nothing(wiring: Wiring) -> None:
    rows = [
        ("组织代码", "组织名称", "上级代码"),
        (TOWN, "八大关街道总工会", "370200"),
        ("370203", "市北区总工会", ""),
    ]
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    acts = preview_list(wiring, file.getvalue(), "new.xlsx")
    assert [(one["code"], one["type"], one["before"]) for one in acts] == [
        (TOWN, "organisation.renamed", "八大关街道工会联合会"),
        (TOWN, "organisation.moved", "370202"),
        ("370203", "organisation.founded", None),
    ]
    assert list_codes(wiring, name="370203") == []
    assert take_over(wiring, file.getvalue(), "new.xlsx")["renamed"] == 1
    assert show(wiring, TOWN)["title"] == "八大关街道总工会"
    assert list_codes(wiring, name="八大关街道工会联合会", on="2026-10-02") == [TOWN]


FAULTY = """组织代码,组织名称,组织类型,上级代码,成立日期,统一社会信用代码
370203,市北区总工会,,370299,2026-01-01,
37020,五位,,,,
370204,,,,,
370205,四方区总工会,车间,,,
370206,某区,,,2026-02-30,
370211,黄岛区总工会,,370212,,
370212,崂山区总工会,,370211,,
370213,李沧区总工会,,370200,,
370213,李沧区总工会,,370202,,
370202001-00019,早于上级,,,2000-12-31,
370202001-00020,同码单位工会,,,2026-01-01,91110000600037341L
370214,城阳区总工会,,,,911100006000373410
"""


def test_a_list_that_contradicts_what_no_act_changes_is_refused(wiring: Wiring) -> None:
    other = """组织代码,组织名称,组织类型,上级代码,成立日期,统一社会信用代码
370200-00001,青岛市快递行业工会联合会,联合工会,370200,2018-03-01,91110000600037341L
370202001-00018,八大关街道会员之家,,,,
"""
    faults = [fault[:2] for fault in refused(lambda: take_over(wiring, other))]
    assert sorted(faults) == [(2, "成立日期"), (2, "组织类型"), (2, "统一社会信用代码")]


def test_a_faulty_list_names_every_fault_with_its_row_and_changes_nothing(wiring: Wiring) -> None:
    before = list_codes(wiring)
    faults = [fault[:2] for fault in refused(lambda: take_over(wiring, FAULTY))]
    assert sorted(faults) == [
        (3, "组织代码"),
        (4, "组织名称"),
        (5, "组织类型"),
        (6, "成立日期"),
        (7, "上级代码"),
        (10, "上级代码"),
        (13, "统一社会信用代码"),
    ]
    good = [line for line in FAULTY.splitlines() if line[:6] not in {"37020,", "370204", "370205", "370206"}]
    kept = [line for line in good if not line.startswith(("370211", "370212", "370213", "370214"))]
    for work in (take_over, preview_list):
        assert refused(lambda: work(wiring, "\n".join(kept) + "\n")) == [  # noqa: B023
            (2, "上级代码", "370299"),
            (3, "上级代码", "370202001"),
            (4, "统一社会信用代码", "91110000600037341L"),
        ]
    assert list_codes(wiring) == before


def test_acts_keep_document_and_officer_and_repeating_one_changes_nothing(wiring: Wiring) -> None:
    for _ in range(2):
        organise(wiring, MERGE, SHOP, into=HOME, document="鲁工发〔2026〕3 号")
    first, last = show(wiring, SHOP)["history"]
    said = (first["type"], first["what"], first["document"], first["by"])
    assert said == ("organisation.merged", [HOME], "鲁工发〔2026〕3 号", "li.min")
    assert last["type"] == "organisation.founded"
    assert (show(wiring, SHOP)["state"], show(wiring, SHOP)["into"]) == ("ended", HOME)
    assert list_codes(wiring, name=SHOP) == [] and list_codes(wiring, name=SHOP, on="2026-10-02") == [SHOP]
    assert [field for _, field, _ in refused(lambda: organise(wiring, RENAME, TOWN, name="新", on="2026-10-04"))] == ["on"]  # fmt: skip


def test_members_go_where_a_split_and_a_dissolution_say(wiring: Wiring) -> None:
    with wiring.database.write() as connection:
        joined = event_of("member.imported", "m-1", "2021-05-01", organisation=SHOP, joined_on="2021-05-01")
        assert not handle(connection, joined).dead_letters
    with pytest.raises(FaultError, match="still has 1 members"):
        organise(wiring, DISSOLVE, SHOP)
    organise(wiring, DISSOLVE, SHOP, into=HOME)
    assert show(wiring, HOME)["members"] == 1
    parts = [{"code": "370202001-00030", "name": "新站工会"}]
    wrong = refused(lambda: organise(wiring, SPLIT, HOME, parts=parts, members="m-1 370202001-00031"))
    assert wrong == [(1, "members", "370202001-00031")]
    organise(wiring, SPLIT, HOME, parts=parts, members="m-1 370202001-00030\n")
    assert show(wiring, "370202001-00030")["members"] == 1
    assert "新站工会" in [one["name"] for one in show(wiring, TOWN)["children"]]
    with wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries.c.changes)).scalars()
        assert "m-1" not in str(list(rows)), "who went where is no matter of the audit log"


def test_an_election_and_a_count_say_when_the_next_are_due(wiring: Wiring) -> None:
    organise(wiring, ELECT, TOWN, on="2023-12-01", term_years="3")
    assert list_codes(wiring, due=True) == [TOWN] and show(wiring, TOWN)["history"][0]["what"] == ["3 years"]
    assert refused(lambda: organise(wiring, ELECT, TOWN, term_years=4)) == [(None, "term_years", "4")]
    organise(wiring, ELECT, TOWN, on="2026-10-01")
    organise(wiring, COUNT, TOWN, on="2026-10-01", number="３１")
    assert list_codes(wiring, due=True) == []
    shown = show(wiring, TOWN)
    assert (shown["next_election"], shown["next_count"]) == ("2031-10-01", "2028-01-31")


def test_an_act_that_came_back_after_another_one_is_refused_without_a_document(wiring: Wiring) -> None:
    for name in ("新名", "八大关街道工会联合会"):
        organise(wiring, RENAME, TOWN, name=name)
    with pytest.raises(FaultError, match="recorded before"):
        organise(wiring, RENAME, TOWN, name="新名")
    assert show(wiring, TOWN)["title"] == "八大关街道工会联合会"
    organise(wiring, RENAME, TOWN, name="新名", document="鲁工发〔2026〕4 号")
    assert show(wiring, TOWN)["title"] == "新名"


def test_a_page_that_was_open_does_not_replace_the_code_that_a_colleague_made_meanwhile(
    wiring: Wiring,
) -> None:
    seen = ActRequest(TOWN, NOUN.version(show_thing(wiring, OFFICER, NOUN, TOWN, wiring.language).thing))
    anew = parse_values(LINK.form, {"anew": True})
    do_act(wiring, OFFICER, LINK, seen, anew)
    printed = show(wiring, TOWN)["join_code"]
    with pytest.raises(ThingChangedError):
        do_act(wiring, OFFICER, LINK, seen, anew)
    assert show(wiring, TOWN)["join_code"] == printed


def test_codes_are_found_in_full_width_and_a_list_of_no_organisation_is_not_written(wiring: Wiring) -> None:
    assert list_codes(wiring, name=" ３７０２０２００１－") == [SHOP, HOME]
    with pytest.raises(FaultError, match="no organisation 379999"):
        load_tree(wiring, "379999", None)


HOMES = ("370102001-00011", "370202001-00011")


def test_a_district_founds_no_union_of_the_members_of_another_districts_home(
    tmp_path: Path, migrated_file: Path
) -> None:
    union = build_two_districts(tmp_path, migrated_file)
    acts = [
        event_of("organisation.founded", code, "2020-01-01", name="会员之家", kind="member_home")
        for code in HOMES
    ]
    acts += [
        event_of(
            "member.joined",
            f"m-{n}",
            "2026-03-01",
            organisation=code,
            employer="泉城物流",
            joined_on="2026-03-01",
        )
        for n, code in enumerate(HOMES)
    ]
    with union.wiring.database.write() as connection:
        assert not handle(connection, *acts).dead_letters
    form = parse_values(ACCEPT.form, {"code": f"{HERE}001-00090", "name": "泉城物流工会"})
    refused = {}
    for position in ("inside", "ancestor"):
        with pytest.raises(FaultError) as error:
            do_act(union.wiring, officer(Role.ADMINISTRATOR, position), ACCEPT, ActRequest("泉城物流"), form)
        refused[position] = error.value.code
    union.wiring.settings = replace(union.wiring.settings, founding_members=2)
    for _ in range(2):  # a double click
        wanted = ActRequest("泉城物流", once="founded-0001")
        assert (
            do_act(union.wiring, officer(Role.ADMINISTRATOR, "ancestor"), ACCEPT, wanted, form)
            == "370102001-00090"
        )
    union.wiring.close()
    assert refused == {"inside": "authorisation.elsewhere", "ancestor": "founding_proposal.too_few"}
