"""What a poll may ask, what may be answered, and what its result may show."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.faults import FaultError
from members.polls.definition import Poll, check_answers
from members.polls.results import Cell, compute_result, hide_small_cells
from tests.yihui.polls import parse_form
from yihui.cases.polls.acts import build_poll

GOOD = """
id: best-station
title: 最美驿站投票
scope: "370000"
anonymous: true
opens: 2026-10-01T00:00+08:00
closes: 2026-10-31T24:00+08:00
questions:
  - {id: best, text: 哪个驿站最好, kind: single, options: [泉城路, 大明湖, Ａ站]}
  - {id: needs, text: 还缺什么, kind: multiple, options: [热水, 微波炉, 充电, 座位], most: 2, required: false}
  - {id: score, text: 打几分, kind: scale, least: 1, most: 5}
  - {id: why, text: 为什么, kind: text, least: 1, most: 10, required: false}
""".replace("2026-10-31T24:00", "2026-11-01T00:00")


def parse(text: str = GOOD) -> Poll:
    return build_poll(parse_form(text), "chosen")


POLL = parse()


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ('scope: "370000"', 'scope: "37"', 1),
        ("anonymous: true", "anonymous: 也许", 1),
        ("anonymous: true\n", "", 1),
        ("opens: 2026-10-01T00:00+08:00", "opens: 2026-10-01T25:00", 1),
        ("opens: 2026-10-01T00:00+08:00", "opens: 2026-12-01T00:00+08:00", 1),
        ("[泉城路, 大明湖, Ａ站]", "[泉城路]", 1),
        ("[泉城路, 大明湖, Ａ站]", "[泉城路, 泉城路 , 大明湖]", 1),
        ("[泉城路, 大明湖, Ａ站]", "[A站, Ａ站, 大明湖]", 1),
        ("kind: scale, least: 1, most: 5", "kind: scale, least: 1, most: 100", 1),
        ("kind: scale, least: 1, most: 5", "kind: scale, least: 6, most: 5", 1),
        ("most: 2", "most: 5", 1),
        ("id: needs", "id: best", 1),
        ("kind: text, least: 1, most: 10", "kind: essay, least: 1, most: 0, x: 1", 2),
        ("kind: text, least: 1, most: 10", "kind: text, least: 1, most: 10, options: [甲, 乙]", 1),
        ("title: 最美驿站投票", "title: ''", 1),
    ],
)
def test_a_poll_that_can_not_be_asked_is_refused_with_all_faults(old: str, new: str, faults: int) -> None:
    assert old in GOOD
    with pytest.raises(FaultError) as refused:
        parse(GOOD.replace(old, new))
    assert len(refused.value.faults) == faults
    assert all(fault.remedy for fault in refused.value.faults)


def test_a_poll_typed_at_the_desk_needs_no_names_for_programs_and_no_offset() -> None:
    typed = parse(GOOD.replace("id: best-station\n", "").replace("id: best, ", "").replace("+08:00", ""))
    assert (typed.id, typed.questions[0].id, typed.opens) == ("chosen", "q1", POLL.opens)


def codes(**answers: object) -> list[str]:
    _, faults = check_answers(POLL, {"best": "泉城路", "score": 3, **answers})
    return [fault.short_code for fault in faults]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, []),
        ({"best": " 泉城路 "}, []),
        ({"best": "A站"}, []),  # typed with the half-width letter
        ({"best": "ａ站"}, []),
        ({"best": "千佛山"}, ["unknown_option"]),
        ({"best": "　"}, ["empty"]),
        ({"best": None}, ["missing"]),
        ({"best": ["泉城路"]}, ["wrong_type"]),
        ({"best": 1}, ["wrong_type"]),
        ({"needs": None}, []),
        ({"needs": []}, ["empty"]),
        ({"needs": "热水"}, ["wrong_type"]),
        ({"needs": ["热水", "热水 "]}, ["twice"]),
        ({"needs": ["热水", 3]}, ["wrong_type"]),
        ({"needs": ["热水", "充电", "座位"]}, ["too_many"]),
        ({"needs": ["热水", "空调"]}, ["unknown_option"]),
        ({"score": "3"}, ["wrong_type"]),
        ({"score": 3.0}, ["wrong_type"]),
        ({"score": True}, ["wrong_type"]),
        ({"score": 0}, ["off_scale"]),
        ({"score": 6}, ["off_scale"]),
        ({"why": "十个字十个字十个字一"}, []),
        ({"why": "十个字十个字十个字十一"}, ["too_long"]),
        ({"why": "a\x00b"}, ["control"]),
        ({"why": "13800138000"}, ["too_long", "personal"]),
        ({"why": {}}, ["wrong_type"]),
        ({"other": "x"}, ["unknown_question"]),
        (
            {"best": "x", "score": 9, "why": "", "zz": 1},
            ["unknown_question", "unknown_option", "off_scale", "empty"],
        ),
    ],
)
def test_each_fault_of_an_answer_is_named_and_all_at_once(
    answers: dict[str, object], expected: list[str]
) -> None:
    assert codes(**answers) == expected


def test_an_option_is_stored_as_the_poll_writes_it() -> None:
    stored, _ = check_answers(POLL, {"best": "a站", "needs": ["充电", "热水"], "score": 5, "why": " 好 "})
    assert stored == {"best": "Ａ站", "needs": ("热水", "充电"), "score": 5, "why": "好"}


# ---- what may be shown --------------------------------------------------------------------------------
def consistent(shown: tuple[Cell, ...], total: int) -> list[tuple[int, ...]]:
    """Every set of counts that a reader of the result can't rule out, from the shown cells and the total."""
    ranges = [range(total + 1) if cell.count is None else [cell.count] for cell in shown]
    return [counts for counts in product(*ranges) if sum(counts) == total]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4))
def test_no_count_below_five_can_be_computed_from_what_is_shown(counts: list[int]) -> None:
    cells = tuple(Cell(str(number), count) for number, count in enumerate(counts))
    shown = hide_small_cells(cells, sum(counts), one_each=True)
    possible = consistent(shown, sum(counts))
    assert tuple(counts) in possible
    for number, count in enumerate(counts):
        if count < 5 and sum(counts) >= 5:
            assert shown[number].count is None
            values = {one[number] for one in possible}
            assert len(values) > 1, "the hidden count follows from the others"
            assert max(values) >= 5
    if all(count >= 5 for count in counts):
        assert shown == cells


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(["泉城路", "大明湖", "Ａ站"]), max_size=30))
def test_the_result_counts_as_a_plain_count_does(chosen: list[str]) -> None:
    named = POLL.model_copy(update={"anonymous": False})
    first = compute_result(named, {"best": chosen})[0]
    assert {cell.label: cell.count for cell in first.cells} == {
        option: chosen.count(option) for option in ("泉城路", "大明湖", "Ａ站")
    }
    hidden = compute_result(POLL, {"best": chosen})[0]
    for cell, plain in zip(hidden.cells, first.cells, strict=True):
        assert cell.count in (None, plain.count)
        assert cell.count is None or cell.count >= 5


def test_a_mean_and_texts_are_shown_only_where_they_name_nobody() -> None:
    few = compute_result(POLL, {"score": [5] * 4, "why": ["甲"] * 4})
    assert (few[2].mean, few[2].answered, few[3].texts) == (None, None, ())
    assert all(cell.count is None for cell in few[2].cells)
    many = compute_result(POLL, {"score": [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5 + [5] * 5, "why": ["甲"] * 5})
    assert (many[2].mean, many[3].texts) == (3.0, ("甲",) * 5)
    assert compute_result(POLL, {"score": [5] * 9 + [1]})[2].mean is None  # would tell the one
    everybody = compute_result(POLL, {"needs": [("热水",)] * 9})[1]
    assert {cell.count for cell in everybody.cells} == {
        None
    }  # nobody chose otherwise: that tells of everybody


def test_a_text_that_is_too_short_is_told_from_an_empty_one() -> None:
    long = parse(GOOD.replace("least: 1, most: 10", "least: 3, most: 10"))
    answers = {"best": "泉城路", "score": 1}
    for why, code in (("两字", "too_short"), (" ", "empty")):
        assert [fault.short_code for fault in check_answers(long, {**answers, "why": why})[1]] == [code]
