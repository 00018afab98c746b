from pathlib import Path

import pytest

from tests.yihui.commands import Command, commands_through


@pytest.fixture
def yihui(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command on a database of its own."""
    monkeypatch.setenv("YIHUI_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("YIHUI_NOW", "2026-10-03T23:10+08:00")
    monkeypatch.delenv("YIHUI_DATABASE_URL", raising=False)
    return commands_through(capsys)
