"""yihui organisations: acts, lists in and out, and what bad input gets."""

import json
from pathlib import Path

import pytest
import xlsxwriter

from tests.yihui.commands import Command, commands_in, copy_folder

LIST = """组织代码,组织名称,组织类型,上级代码,成立日期,统一社会信用代码
370202001-00017,某某外卖站工会,工会,370202001,2020-05-01,91110000600037341L
370000,山东省总工会,,,,
370200,青岛市总工会,,,,
370202,市南区总工会,,370200,,
370202001,八大关街道工会联合会,,,2001-01-01,
370200-00001,青岛市快递行业工会联合会,行业工会联合会,370200,2019-03-01,
370202001-00018,八大关街道会员之家,会员之家,,2021-01-01,
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    with commands_in(folder) as yihui:
        done = yihui("organisations", "import", folder / "list.csv")
    assert done.code == 0 and "新增 7，更名 0，调整隶属 0，不变 0" in done.out, done.err
    return folder


@pytest.fixture
def listed(yihui: Command, built: Path, tmp_path: Path) -> Command:
    copy_folder(built, tmp_path)
    return yihui


def act(yihui: Command, *arguments: object) -> dict[str, object]:
    done = yihui("organisations", *arguments, "--as", "li.min", "--json")
    assert done.code == 0, done.err
    found: dict[str, object] = json.loads(done.out)
    return found


def test_a_list_in_any_order_is_imported_and_again_without_any_change(
    listed: Command, tmp_path: Path
) -> None:
    again = listed("organisations", "import", tmp_path / "list.csv")
    assert "新增 0，更名 0，调整隶属 0，不变 7" in again.out
    tree = listed("organisations", "tree", "370202").out
    assert tree.splitlines()[1].startswith("  370202001  八大关街道")
    assert tree.splitlines()[2].startswith("    370202001-00017")
    assert "会员之家" in tree


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_was_exported_is_imported_without_a_difference(
    listed: Command, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"out.{ending}"
    assert listed("organisations", "export", "--to", file).code == 0
    assert "新增 0，更名 0，调整隶属 0，不变 7" in listed("organisations", "import", file).out


def test_a_dry_run_says_what_would_change_and_changes_nothing(listed: Command, tmp_path: Path) -> None:
    rows = [
        ("组织代码", "组织名称", "上级代码"),
        ("370202001", "八大关街道总工会", "370200"),
        ("370203", "市北区总工会", ""),
    ]
    with xlsxwriter.Workbook(tmp_path / "new.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    dry = listed("organisations", "import", tmp_path / "new.xlsx", "--dry-run", "--json")
    said = json.loads(dry.out)
    assert [(one["code"], one["type"], one["before"]) for one in said["acts"]] == [
        ("370202001", "organisation.renamed", "八大关街道工会联合会"),
        ("370202001", "organisation.moved", "370202"),
        ("370203", "organisation.founded", None),
    ]
    assert listed("organisations", "show", "370203").code == 1
    assert listed("organisations", "import", tmp_path / "new.xlsx").code == 0
    assert "八大关街道总工会" in listed("organisations", "show", "370202001").out
    assert "八大关街道工会联合会" in listed("organisations", "show", "370202001", "--on", "2026-10-02").out


FAULTY = """组织代码,组织名称,组织类型,上级代码,成立日期,统一社会信用代码
370203,市北区总工会,,370299,2026-01-01,
37020３,全角,,,,
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


def test_a_list_that_contradicts_what_no_act_changes_is_refused(listed: Command, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text(
        LIST.splitlines()[0]
        + """
370200-00001,青岛市快递行业工会联合会,联合工会,370200,2018-03-01,91110000600037341L
370202001-00018,八大关街道会员之家,,,,
""",
        encoding="utf-8",
    )
    done = listed("organisations", "import", file, "--json")
    faults = [(fault["row"], fault["field"]) for fault in json.loads(done.out)["errors"]]
    assert sorted(faults) == [(2, "成立日期"), (2, "组织类型"), (2, "统一社会信用代码")]


def test_a_faulty_list_names_every_fault_with_its_row_and_changes_nothing(
    listed: Command, tmp_path: Path
) -> None:
    before = listed("organisations", "list", "--json").out
    file = tmp_path / "faulty.csv"
    file.write_text(FAULTY, encoding="utf-8")
    done = listed("organisations", "import", file, "--json")
    assert done.code == 1
    found = sorted((fault["row"], fault["field"]) for fault in json.loads(done.out)["errors"])
    assert found == [
        (3, "组织代码"),
        (4, "组织名称"),
        (5, "组织类型"),
        (6, "成立日期"),
        (7, "上级代码"),
        (10, "上级代码"),
        (13, "统一社会信用代码"),
    ]
    good = [line for line in FAULTY.splitlines() if line[:6] not in {"37020３", "370204", "370205", "370206"}]
    kept = [line for line in good if not line.startswith(("370211", "370212", "370213", "370214"))]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    done = listed("organisations", "import", file, "--json")
    faults = [(fault["row"], fault["field"], fault["value"]) for fault in json.loads(done.out)["errors"]]
    assert faults == [
        (2, "上级代码", "370299"),
        (3, "上级代码", "370202001"),
        (4, "统一社会信用代码", "91110000600037341L"),
    ]
    assert listed("organisations", "list", "--json").out == before


def test_acts_keep_document_and_officer_and_repeating_one_changes_nothing(listed: Command) -> None:
    order = ("merge", "370202001-00017", "--into", "370202001-00018", "--document", "鲁工发〔2026〕3 号")
    assert act(listed, *order) == {"code": "370202001-00017", "recorded": True, "transferred": 0}
    assert act(listed, *order)["recorded"] is False
    shown = listed("organisations", "show", "370202001-00017").out
    assert "并入 → 370202001-00018 八大关街道会员之家 (鲁工发〔2026〕3 号 · li.min)" in shown
    before = json.loads(
        listed("organisations", "show", "370202001-00017", "--on", "2026-10-02", "--json").out
    )
    assert before["organisation"]["lineage"] == ["370202001-00017", "370202001", "370202", "370200", "370000"]


def test_members_go_where_a_split_and_a_dissolution_say(listed: Command, tmp_path: Path) -> None:
    roll = "身份证号,组织代码,入会日期\n11010519491231002X,370202001-00017,2021-05-01\n"
    (tmp_path / "roll.csv").write_text(roll, encoding="utf-8")
    assert listed("members", "import", tmp_path / "roll.csv").code == 0
    refused = listed("organisations", "dissolve", "370202001-00017", "--as", "li.min")
    assert refused.code == 1 and "还有 1 名会员" in refused.err and "--into" in refused.err
    done = act(listed, "dissolve", "370202001-00017", "--into", "370202001-00018")
    assert done["transferred"] == 1
    assert "本级会员 1 人" in listed("organisations", "show", "370202001-00018").out
    (tmp_path / "parts.csv").write_text("组织代码,组织名称\n370202001-00030,新站工会\n", encoding="utf-8")
    (tmp_path / "going.csv").write_text("会员,组织代码\nm-nobody,370202001-00031\n", encoding="utf-8")
    files = ("--parts", tmp_path / "parts.csv", "--members", tmp_path / "going.csv")
    wrong = listed("organisations", "split", "370202001-00018", *files, "--as", "li.min")
    assert wrong.code == 1 and "370202001-00031" in wrong.err
    done = act(listed, "split", "370202001-00018", "--parts", tmp_path / "parts.csv")
    assert done["recorded"] is True
    assert "新站工会" in listed("organisations", "list", "370202001").out
