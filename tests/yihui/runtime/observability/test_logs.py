"""Logs hold nobody's numbers, one object a line, and don't say the same a thousand times."""

import importlib
import json
import logging
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yihui.runtime.observability.logs import JsonFormatter, RepeatFilter, TextFormatter, set_up_logs

ID_NUMBER = "11010519491231002X"
PHONES = ("13812345678", "+86 138 1234 5678", "１３８１２３４５６７８")
OTHERS = ("faust", "mode", "aiokafka", "kafka", "sqlalchemy")
ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """What a test sets up is taken away after it."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before
    set_up_logs({})
    root.handlers[:] = before


def ours() -> list[str]:
    rooms = ("core", "geo", "rules", "maps", "members", "benefits", "events", "store", "yihui")
    return [module.name for room in rooms for module in pkgutil.walk_packages([str(ROOT / room)], f"{room}.")]


def every_logger() -> list[str]:
    """Those of our modules, by name, and those that other packages have made once they are imported."""
    for name in (
        "faust.app.base",
        "faust.transport.drivers.aiokafka",
        "aiokafka.client",
        "kafka.admin",
        "sqlalchemy.pool",
    ):
        importlib.import_module(name)
    there = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in OTHERS]
    found = [*ours(), *there]
    assert all(any(name.startswith(other) for name in found) for other in OTHERS)
    assert len(found) > 200
    return found


class Refused(Exception):
    pass


@pytest.mark.parametrize("mode", ["json", pytest.param("", marks=pytest.mark.endure)])
def test_no_logger_of_ours_or_of_what_we_stand_on_says_a_persons_number(
    mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = every_logger()
    set_up_logs({"YIHUI_LOG": mode})
    for name in names:
        logger = logging.getLogger(name)
        logger.warning("in the text %s %s", ID_NUMBER, PHONES)
        logger.error(f"{name} already put together: {PHONES[0]}")
        try:
            raise Refused(f"[parameters: {ID_NUMBER!r}, {PHONES[1]!r}]")
        except Refused:
            logger.exception("with the error: %r", {"phone": PHONES[2]})  # its words, its values: neither
    said = capsys.readouterr().err
    assert "in the text" in said and "Refused" in said
    for number in (ID_NUMBER, *PHONES, "1234 5678", "parameters"):
        assert number not in said


def test_json_lines_tell_when_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs({"YIHUI_LOG": "json"})
    logging.getLogger("yihui.services.events.relay").info("sent %d", 5)
    logging.getLogger("yihui.services.events.relay").error("没有“房间”\nsecond line")
    logging.getLogger("faust.transport").info("not heard")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["message"] == "sent 5"
    assert (first["level"], first["logger"]) == ("INFO", "yihui.services.events.relay")
    assert first["time"].endswith("+00:00")
    assert second["message"] == "没有“房间”\nsecond line"


def test_an_error_says_its_type_and_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs({"YIHUI_LOG": "json"})
    try:
        raise Refused("张三")
    except Refused:
        logging.getLogger("events").exception("failed")
    line = json.loads(capsys.readouterr().err)
    assert line["error"]["type"].endswith(".Refused")
    assert line["error"]["at"][-1].endswith("test_an_error_says_its_type_and_its_place")
    assert "张三" not in json.dumps(line, ensure_ascii=False)


def record(words: str, level: int = logging.ERROR, name: str = "faust") -> logging.LogRecord:
    return logging.LogRecord(name, level, "x.py", 1, words, (), None)


def test_the_same_is_said_once_in_a_while_with_how_often_it_came() -> None:
    moments = iter([0.0, 1.0, 2.0, 9.9, 10.0, 30.0])
    thinned = RepeatFilter(10.0, lambda: next(moments))
    records = [record(f"Timer {n} is overtime by {n * 7} s at 0x7f{n}") for n in range(6)]
    assert [thinned.filter(each) for each in records] == [True, False, False, False, True, True]
    assert TextFormatter().format(records[4]).endswith("(and 3 times more)")
    assert json.loads(JsonFormatter().format(records[0]))["message"] == "Timer 0 is overtime by 0 s at 0x7f0"
    assert "more" not in TextFormatter().format(records[5])


def test_what_differs_is_said_each_time() -> None:
    thinned = RepeatFilter(10.0, lambda: 0.0)
    said = [record("a"), record("b"), record("a", logging.WARNING), record("a", name="kafka")]
    assert all(thinned.filter(each) for each in said)
    assert all(thinned.filter(record("news", logging.INFO)) for _ in range(3))  # no trouble: never held back


def test_a_flood_of_different_words_takes_no_more_room() -> None:
    thinned = RepeatFilter(10.0, lambda: 0.0)
    for n in range(1200):
        thinned.filter(record("x" * (n % 600 + 1)))
    assert len(thinned._known) == 500


def test_set_up_again_it_says_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        set_up_logs({})
    logging.getLogger("yihui").error("once")
    assert capsys.readouterr().err == "once\n"


@pytest.mark.endure
def test_a_command_logs_as_its_environment_says(tmp_path: Path) -> None:
    """A process of its own: what a defect says goes through the same handler."""
    code = (
        "import logging, os, sys; from yihui.runtime.observability.logs import set_up_logs; set_up_logs(os.environ);"
        f"logging.getLogger('aiokafka').error('lost {PHONES[0]}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT,
        env={"YIHUI_LOG": "json", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert json.loads(done.stderr)["message"] == "lost ***"
