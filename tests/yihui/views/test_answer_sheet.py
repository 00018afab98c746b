"""The one sheet of an answer has every column of its table, however many there are."""

import re

from yihui.planning.charts import draw_chart
from yihui.runtime.language import load_language
from yihui.views.answer_sheet import HEIGHT, WIDTH, render_sheet

COLUMNS = ["在哪里", "居民", "±", "面积（km²）", "每周几小时", "没有开放的", "备注"]
ROW = ["济南市历下区，洪家楼驿站以东 2.3 公里", "123,456", "789", "12.3", "56", "周一至周日 22:00–次日6:00", "最后一列"]  # fmt: skip
TEXT = re.compile(r'<text x="(\d+)" y="(\d+)" font-size="(\d+)"[^>]*>([^<]*)</text>')


def test_every_column_of_the_first_rows_stands_on_the_sheet() -> None:
    result = {
        "limits": [],
        "headline": "差别不大，见人口分布",
        "figures": [("一", "5 处，每处约 2.9万人", ""), ("二", "2", ""), ("三", "3", "")],
        "tables": [{"columns": COLUMNS, "rows": [ROW] * 9}],
    }
    drawn = TEXT.findall(render_sheet("题", "问", "<svg></svg>", result, load_language("zh")))
    whole = "".join(text for *_, text in drawn)
    assert all(text in whole for text in (*COLUMNS, *ROW))
    assert all(int(x) < WIDTH and int(y) < HEIGHT for x, y, _, _ in drawn)
    assert whole.count(ROW[-1]) == 5 and "差别不大，见人口分布" in whole
    assert any({"5", "9"} <= set(text.split()) for *_, text in drawn), "how many rows of how many"
    [(x, size)] = [(int(x), int(size)) for x, _, size, text in drawn if text.startswith("5 处")]
    [second] = [int(x) for x, _, _, text in drawn if text == "2"]
    assert x + 9 * size < second, "about six Chinese characters and six Latin ones"


def test_figures_on_dark_colours_are_white_without_a_style_sheet() -> None:
    zh = load_language("zh")
    chart = draw_chart({"kind": "heat", "title": "一周", "values": [0.01, 0.9] * 84, "of": ""}, zh)
    result = {"limits": [], "figures": [], "tables": [], "chart": chart}
    drawn = render_sheet("题", "问", "<svg></svg>", result, zh)
    ink = dict(re.findall(r'<rect [^>]*fill="(#[^"]*)"/><text [^>]*fill="(#[^"]*)"', drawn))
    assert len(set(ink.values())) == 2 and ink["#253494"] == "#fff"
    assert "class=" not in drawn and "<style" not in drawn
