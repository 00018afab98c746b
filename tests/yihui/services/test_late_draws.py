"""A draw or a ranking takes the version whose entries closed, on whichever day it is held, and its replay is equal."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from benefits.tables.decisions import decisions, entries, grants, waiting_list
from benefits.tables.draws import draws, waiting_moves
from core.faults import FaultError
from events.replaying import JournalReplaySource
from tests.benefits.drawing import DIGITS, names
from tests.benefits.polls import imported, poll, texts
from tests.events.passing_days import empty_database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import rows_in
from tests.yihui.organising import organise
from yihui.bootstrap import Settings, Wiring
from yihui.money.draws.acts import DRAW, FIX, RANK
from yihui.services.benefits import claims as claiming
from yihui.services.events.replay import replay_into_scratch
from yihui.services.operation.upkeep import run_upkeep

_SPRING, _SUMMER = date(2026, 1, 5), date(2026, 3, 10)  # days on which the entries of the versions begin
_SEATS, _YUAN = {"2026-Q1": 3, "2026-Q2": 1}, {"2026-Q1": 1, "2026-Q2": 2}
_BODY = """
benefit: {kind: cash, amount_fen: %d00}
limit: {times: 1, per: [member], every: quarter}
allocate: {mode: %s, quota: %d, every: quarter, %sentries: {from: %s, until: %s}, waiting_list: true}
claim: {within: P10D}
budget: fair
"""
DAYS = st.dates(date(2026, 2, 1), date(2026, 8, 1))


@dataclass
class Fair:
    """A lottery and a ranking, each with a version for the first and one for the second quarter."""

    folder: Path
    now: datetime = datetime(2026, 1, 5, 1, tzinfo=UTC)
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "rules").mkdir()
        for mode, rank in (("lottery", ""), ("by_rank", 'rank: "event.answers", ')):
            self._write("first", mode, rank, "2026-01-01, until: 2026-03-31", ("2026-01-05", "2026-02-28"))
            self._write("later", mode, rank, "2026-04-01", ("2026-04-05", "2026-05-31"))
        target = str(empty_database(self.folder / "fair.db"))
        rules = (self.folder / "rules",)
        self.wiring = Wiring(Settings(target, self.folder / "data", rules=rules), lambda: self.now)
        self.send([imported(name) for name in names(7)])

    def _write(self, name: str, mode: str, rank: str, span: str, entries: tuple[str, str]) -> None:
        period = "2026-Q1" if name == "first" else "2026-Q2"
        body = _BODY % (_YUAN[period], mode, _SEATS[period], rank, *entries)
        text = texts(**{mode: body})[0][1].replace("2024-01-01", span)
        (self.folder / "rules" / f"{mode}-{name}.yaml").write_text(text, "utf-8")

    def send(self, items: Sequence[object]) -> None:
        for _ in self.wiring.runner.run_events(items):  # type: ignore[arg-type]
            pass

    def enter(self, day: date, members: int) -> None:
        self.on(day)
        self.send(
            [poll(name, f"p-{day}-{name}", day=day, answers=n) for n, name in enumerate(names(members))]
        )

    def on(self, day: date) -> None:
        self.now = max(self.now, datetime(day.year, day.month, day.day, 4, tzinfo=UTC))

    def hold(self, day: date) -> None:
        """Draw and rank whatever is closed; what is open, or was done, is refused."""
        self.on(day)
        with suppress(FaultError):
            organise(self.wiring, RANK, "by-rank")
        with suppress(FaultError):
            tomorrow = (self.now + timedelta(days=1)).isoformat()
            organise(self.wiring, FIX, "lottery", draw_at=tomorrow, source="排列5", digits="14")
            self.now += timedelta(days=2)
            organise(self.wiring, DRAW, "lottery", number=DIGITS)

    def granted(self) -> dict[tuple[str, str], list[int]]:
        """The amounts in yuan that were granted, by rule and period; whoever moved up later is one of them."""
        moved = select(waiting_moves.c.decision_id, waiting_list.c.period).join(
            waiting_list, waiting_list.c.id == waiting_moves.c.waiting_id
        )
        periods = {row.decision_id: row.period for row in rows_in(self.wiring.database, moved)}
        drawn = select(decisions.c.id, entries.c.period).join(entries, entries.c.id == decisions.c.event_id)
        periods |= {row.id: row.period for row in rows_in(self.wiring.database, drawn)}
        found: dict[tuple[str, str], list[int]] = {}
        for row in rows_in(self.wiring.database, select(grants)):
            found.setdefault((row.rule_id, periods[row.decision_id]), []).append(row.amount_fen // 100)
        return found


@pytest.mark.deeper
@settings(max_examples=budget(6), phases=[Phase.explicit, Phase.generate], suppress_health_check=SLOW)
@given(
    held=st.lists(DAYS, min_size=1, max_size=3),
    worked=st.lists(DAYS, max_size=3),
    claims=st.integers(0, 3),
    later=st.integers(0, 400),
)
@example(held=[date(2026, 3, 1), date(2026, 6, 1)], worked=[], claims=1, later=0)
@example(held=[date(2026, 7, 1)], worked=[date(2026, 7, 20)], claims=1, later=90)
def test_a_draw_that_is_held_late_is_replayed_equal_with_the_version_whose_entries_closed(
    held: list[date], worked: list[date], claims: int, later: int
) -> None:
    with TemporaryDirectory() as folder:
        fair = Fair(Path(folder))
        steps = [
            (date(2026, 1, 10), "enter", 6),
            (date(2026, 4, 10), "enter", 7),
            *((day, "hold", 0) for day in [*held, date(2026, 8, 2)]),
            *((day, "work", 0) for day in worked),
        ]
        for day, step, members in sorted(steps):
            if step == "enter":
                fair.enter(day, members)
            elif step == "hold":
                fair.hold(day)
                for row in rows_in(fair.wiring.database, select(grants.c.id).order_by(grants.c.id))[:claims]:
                    with suppress(FaultError):
                        claiming.claim_grant(fair.wiring, row.id)
            else:
                fair.on(day)
                run_upkeep(fair.wiring)
        granted = fair.granted()
        seated = {row.places: row.seats for row in rows_in(fair.wiring.database, select(draws))}
        fair.now += timedelta(days=later)
        scratch = str(empty_database(Path(folder) / "scratch.db"))
        again = replay_into_scratch(
            fair.wiring, scratch, JournalReplaySource(fair.wiring.database), is_whole=True
        )
        fair.wiring.close()
    for rule in ("lottery", "by-rank"):
        for period, seats in _SEATS.items():
            assert seated[f"{rule}/{period}"] == seats
            assert set(granted[rule, period]) == {_YUAN[period]}, (rule, period)
    assert (again.difference, again.refused) == (None, 0)
