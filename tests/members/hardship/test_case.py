"""What a case file becomes by its history: each walk of acts against a slow walk that knows only the words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.hardship.case import FILE_LIFE, MOVES, FileAct, FileState, HardshipFile, VisitState
from members.hardship.faults import HardshipRefused
from members.hardship.household import HouseholdPerson, compare_income, compute_income_per_head_fen
from members.lifecycle import HistoryEvent

AT = datetime(2026, 11, 18, 1, tzinfo=UTC)
OPENED = {
    "organisation": "370102",
    "household": "hh-1",
    "level": "一般困难",
    "persons": [{"relation": "self", "member_id": "m-1", "monthly_income_fen": 100}],
    "causes": ["illness"],
    "plan": "",
}
VISIT_ACTS = (FileAct.RELEASE_VISIT, FileAct.HAND_OVER, FileAct.END_VISIT)
DATA = {
    FileAct.CHANGE: {"plan": "新计划", "reason": "变化"},
    FileAct.MEASURE: {"on": "2026-11-18", "kind": "job", "text": "推荐岗位"},
    FileAct.REVIEW: {"level": "深度困难", "on": "2026-11-18", "due_on": "2027-11-18"},
    FileAct.CLOSE: {"reason": "已脱困"},
    FileAct.REOPEN: {"level": "一般困难", "reason": "返困"},
    FileAct.RELEASE_VISIT: {"grant": "g-1"},
    FileAct.HAND_OVER: {"receipt": "sha256:0", "receipt_kind": "signed"},
    FileAct.END_VISIT: {"reason": "家中无人"},
    FileAct.DELETE_PHOTO: {"photo": "sha256:1", "reason": "拍错"},
}


class Oracle:
    """The same file as an officer would tell it: a word for the file, and a word for each visit."""

    def __init__(self) -> None:
        self.state = "filed"
        self.visits: list[str] = []

    def act(self, act: FileAct, visit: int) -> bool:
        """Do an act; return whether it is allowed."""
        is_open_visit = any(word in ("planned", "released") for word in self.visits)
        if act is FileAct.DELETE_PHOTO:
            return True
        if act is FileAct.CHANGE:
            return self.state != "closed"
        if act is FileAct.REVIEW and self.state != "closed":
            self.state = "on_file"
            return True
        if act is FileAct.CLOSE and self.state != "closed" and not is_open_visit:
            self.state = "closed"
            return True
        if act is FileAct.REOPEN and self.state == "closed":
            self.state = "filed"
            return True
        if self.state != "on_file" or act in (FileAct.REVIEW, FileAct.CLOSE, FileAct.REOPEN):
            return False
        if act is FileAct.MEASURE:
            return True
        if act is FileAct.PLAN_VISIT:
            self.visits.append("planned")
            return True
        return self._visit(act, visit)

    def _visit(self, act: FileAct, visit: int) -> bool:
        steps = {
            (FileAct.RELEASE_VISIT, "planned"): "released",
            (FileAct.HAND_OVER, "released"): "handed_over",
            (FileAct.END_VISIT, "planned"): "withdrawn",
            (FileAct.END_VISIT, "released"): "returned",
        }
        if not 1 <= visit <= len(self.visits) or (act, self.visits[visit - 1]) not in steps:
            return False
        self.visits[visit - 1] = steps[act, self.visits[visit - 1]]
        return True


def opened() -> list[HistoryEvent[FileAct]]:
    return [HistoryEvent(1, FileAct.OPEN, AT, "li.min", OPENED)]


def data_of(act: FileAct, visit: int, file: HardshipFile) -> dict[str, object]:
    if act is FileAct.PLAN_VISIT:
        number = len(file.visits) + 1
        return {"visit": number, "member": "m-1", "on": "2026-11-20", "amount_fen": 100, "purpose": "慰问"}
    return {**DATA[act], **({"visit": visit} if act in VISIT_ACTS else {})}


def is_allowed(file: HardshipFile, act: FileAct, visit: int) -> bool:
    try:
        file.require(act)
        if act in VISIT_ACTS:
            file.require_visit(act, visit)
    except HardshipRefused:
        return False
    return True


ACTS = st.sampled_from([act for act in FileAct if act is not FileAct.OPEN])


@given(st.lists(st.tuples(ACTS, st.integers(0, 3)), max_size=30))
def test_a_walk_of_acts_ends_where_the_oracle_says_and_refuses_what_it_refuses(
    walk: list[tuple[FileAct, int]],
) -> None:
    events, oracle = opened(), Oracle()
    for act, visit in walk:
        file = FILE_LIFE.fold(7, events)
        allowed = is_allowed(file, act, visit)
        assert allowed == oracle.act(act, visit), (act, visit)
        if allowed:
            at = events[-1].at + timedelta(minutes=1)
            events.append(HistoryEvent(len(events) + 1, act, at, "li.min", data_of(act, visit, file)))
    file = FILE_LIFE.fold(7, events)
    assert (file.state.value, [one.state.value for one in file.visits]) == (oracle.state, oracle.visits)
    assert file.version == len(events)
    assert file.is_due(date(2026, 11, 18)) == (oracle.state == "filed" and file.review_due_on is None)


def test_no_state_allows_opening_again_and_each_state_allows_something() -> None:
    assert not MOVES[FileAct.OPEN]
    assert frozenset().union(*MOVES.values()) == frozenset(FileState)


def test_who_saw_another_version_is_refused_in_words() -> None:
    with pytest.raises(HardshipRefused, match="version 1 now, and you saw 3"):
        FILE_LIFE.fold(7, opened()).require(FileAct.CLOSE, seen=3)


def test_a_visit_that_is_not_there_is_refused() -> None:
    with pytest.raises(HardshipRefused, match="no visit 4"):
        FILE_LIFE.fold(7, opened()).require_visit(FileAct.HAND_OVER, 4)
    assert VisitState("handed_over") is VisitState.HANDED_OVER


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12), st.integers(1, 10**9))
def test_the_income_per_head_is_the_largest_that_everybody_could_have(incomes: list[int], line: int) -> None:
    persons = [HouseholdPerson("other", monthly_income_fen=fen) for fen in incomes]
    per_head = compute_income_per_head_fen(persons)
    assert per_head * len(incomes) <= sum(incomes) < (per_head + 1) * len(incomes)
    income = compare_income(persons, line)
    assert income.is_below == (per_head < line)
    assert income.percent_of_line is not None and income.percent_of_line * line <= per_head * 100
    assert compare_income(persons, None).is_below is None
