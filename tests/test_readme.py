"""The first screen of the README shows what the demo really prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo's output on the generated register, its folder named as ``make`` names it."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("YIHUI", "LANG", "LC_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo", "--folder", str(folder)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.replace(str(folder), "build/demo")


def shown(readme: str) -> list[str]:
    """The lines between the two commands; an ellipsis stands for lines left out."""
    block = re.search(r"\$ make demo\n(.*?)\n\$ make test\n", (ROOT / readme).read_text("utf-8"), re.DOTALL)
    assert block is not None
    return [line for line in block[1].splitlines() if line.strip() and line != "…"]


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_line_shown_is_printed_in_this_order(readme: str, printed: str) -> None:
    lines = shown(readme)
    assert len(lines) > 12
    position = 0
    for line in lines:
        found = printed.find(line + "\n", position)
        assert found >= 0, f"{line!r} is not printed, or not after what stands before it"
        position = found + len(line)
