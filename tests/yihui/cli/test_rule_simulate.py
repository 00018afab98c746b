"""yihui rules simulate, as an officer uses and misuses it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.yihui.commands import Command, Done
from tests.yihui.simulating import draft, event, events, year


def in_json(done: Done) -> dict:  # type: ignore[type-arg]
    return json.loads(done.out)  # type: ignore[no-any-return]


def test_it_needs_no_database_and_leaves_none_behind(yihui: Command, tmp_path: Path) -> None:
    file = events(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = yihui("rules", "simulate", draft(tmp_path), "--events", file)
    assert done.code == 0, done.err
    assert "网上练兵（quiz），2026-01-01 … 2026-12-31" in done.out
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "draft.yaml"])


def test_days_are_chosen_by_from_and_until(yihui: Command, tmp_path: Path) -> None:
    file = events(tmp_path, [line.replace("2025-01-01", "2026-03-01") for line in year()])
    told = in_json(
        yihui(
            *("rules", "simulate", draft(tmp_path), "--events", file, "--json"),
            *("--from", "2026-03-01", "--until", "2026-04-30"),
        )
    )
    assert [month["key"] for month in told["months"]] == ["2026-03", "2026-04"]
    assert (told["first"], told["last"]) == ("2026-03-01", "2026-04-12")


def test_a_draft_for_next_year_says_so_unless_it_is_backdated(yihui: Command, tmp_path: Path) -> None:
    later = draft(tmp_path, **{"from: 2026-01-01, until: 2026-12-31": "from: 2027-01-01"})
    arguments = ("rules", "simulate", later, "--events", events(tmp_path))
    plain = yihui(*arguments)
    assert "加 --backdate 可当作一直有效来试算" in plain.out
    told = in_json(yihui(*arguments, "--backdate", "--json"))
    assert told["untouched"] == []
    assert told["gained_fen"] > 0


def test_faulty_lines_are_told_by_line_and_the_rest_is_simulated(yihui: Command, tmp_path: Path) -> None:
    lines = year()
    lines[20] = '{"specversion": "1.0", "id":'
    lines.insert(40, event(9_000, "course.completed", "nobody", "2026-05-01", course="安全", score=70))
    done = yihui("rules", "simulate", draft(tmp_path), "--events", events(tmp_path, lines))
    assert done.code == 1
    assert "events.jsonl:21:" in done.err
    assert "events.jsonl:41: 会员 nobody 不在任何名册上" in done.err
    assert "有错而略去的事件 2 个" in done.out


WRONG = {
    "no budget": (["--budget", "quiz"], 1, "--budget 不能是 quiz"),
    "half a fen": (["--budget", "quiz=1.5"], 1, "--budget 不能是 quiz=1.5"),
    "ends first": (["--from", "2026-05-01", "--until", "2026-04-01"], 1, "早于"),
    "no day": (["--from", "2026-02-30"], 2, "--from 不能是 2026-02-30"),
    "nothing left": (["--from", "2031-01-01"], 1, "没有可重放的会员事件"),
}


def test_wrong_arguments_are_told_with_a_remedy(yihui: Command, tmp_path: Path) -> None:
    for arguments, code, words in WRONG.values():
        done = yihui("rules", "simulate", draft(tmp_path), "--events", events(tmp_path), *arguments)
        assert (done.code, done.out) == (code, "")
        assert words in done.err
        assert "→" in done.err


def test_a_draft_with_faults_is_refused_with_all_of_them(yihui: Command, tmp_path: Path) -> None:
    bad = draft(
        tmp_path, **{"event.score >=": "event.scoer >=", "member.status == 'active'": "member.status"}
    )
    done = yihui("rules", "simulate", bad, "--events", events(tmp_path))
    assert (done.code, done.out) == (1, "")
    assert "draft.yaml:11:" in done.err
    assert "draft.yaml:12:" in done.err


def test_two_drafts_of_one_id_clash(yihui: Command, tmp_path: Path) -> None:
    one = draft(tmp_path)
    two = tmp_path / "two.yaml"
    two.write_bytes(one.read_bytes())
    done = yihui("rules", "simulate", one, two, "--events", events(tmp_path))
    assert done.code == 1
    assert "two.yaml" in done.err


def _hear_control_c() -> None:
    """Whoever runs the tests in the background has it ignored, and so would the process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.endure
def test_control_c_ends_it_cleanly(tmp_path: Path) -> None:
    """A real process, interrupted as soon as it shows progress."""
    file = events(tmp_path, year(12) + [""] * 2_000 + year(28) * 2_000)
    running = subprocess.Popen(
        [sys.executable, "-m", "yihui", "rules", "simulate", str(draft(tmp_path)), "--events", str(file)],
        env={**os.environ, "YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_NOW": "2026-12-01T00:00+08:00"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hear_control_c,
    )  # fmt: skip
    assert running.stderr is not None
    for line in running.stderr:
        if " %" in line:
            running.send_signal(signal.SIGINT)
            break
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in out + err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draft.yaml", "events.jsonl"]
