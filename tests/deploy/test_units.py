"""The units of systemd and root's command: hardened, started again, and installed by docs/operate.md as they are."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.front import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMMAND = DEPLOY / "systemd" / "yihui"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_units_are_hardened(tmp_path: Path) -> None:
    """By systemd's own measure: 0 is closed, 10 is open.

    A refused call fails and doesn't end the process: NumPy's OpenBLAS asks for mbind, which @resources holds.
    """
    for path in UNITS:
        assert directives(path)["SystemCallErrorNumber"] == "EPERM", path.name
        unit = tmp_path / path.name.replace("@.", "@1.")
        unit.write_text(path.read_text("utf-8"))
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", str(unit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, path.name + done.stdout[-1500:] + done.stderr


def test_a_unit_starts_only_where_its_folders_are_made_or_may_be_missing() -> None:
    """Otherwise systemd ends it with 226/NAMESPACE; without the folder the command itself names the remedy."""
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    made = {
        folder
        for line in re.findall(r"(?m)^    install -d -o yihui .* 700 (.*)$", page)
        for folder in line.split()
    }
    folders = re.findall(r"(?m)^ReadWritePaths=(.*)$", "".join(path.read_text("utf-8") for path in UNITS))
    assert folders
    for folder in folders:
        assert folder.startswith("-") and folder[1:] in made, folder


def test_the_page_copies_all_units_and_enables_each() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    assert "cp deploy/systemd/yihui-* /etc/systemd/system/" in page
    started = {path.name for path in (DEPLOY / "systemd").glob("*.timer")} | {
        path.stem for path in UNITS if "[Install]" in path.read_text("utf-8")
    }
    assert len(started) == 6
    first = page.partition("## 2. ")[0]
    for name in started:
        assert re.search(rf"[ `]{re.escape(name)}[`\d\s]", first), name


def test_the_page_prepares_database_and_topics_before_it_enables_units() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8").partition("## 2. ")[0]
    steps = ["createuser yihui", "createdb ", "install -m 640 -g yihui /dev/null /etc/yihui/database_url"]
    steps += [
        "> /etc/yihui/database_url",
        "`yihui migrate`",
        "`yihui topics apply`",
        "enable --now yihui-site ",
    ]
    places = [page.index(step) for step in steps]
    assert places == sorted(places)
    [named] = re.findall(
        r"(?m)^YIHUI_DATABASE_URL_FILE=(.*)$", (DEPLOY / "systemd" / "yihui.env").read_text("utf-8")
    )
    assert f"> {named}\n" in page


def test_the_page_types_commands_that_have_the_settings() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    assert f"install -m 755 {COMMAND.relative_to(ROOT)} /usr/local/bin/yihui\n" in page
    assert not re.findall(r"/opt/yihui/bin/yihui +\S+", page)


def directives(path: Path) -> dict[str, str]:
    """The lines of a unit; of a repeated one the last."""
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", path.read_text("utf-8")))


def test_a_unit_that_fails_for_good_waits_longer_and_is_never_given_up() -> None:
    """Given up on, it would stay down once a database is back: by default systemd allows 5 starts in 10 s."""
    processes = [path for path in UNITS if "Restart" in directives(path)]
    assert len(processes) == 5
    for path in processes:
        given = directives(path)
        assert given["Restart"] == "always" and 10 / int(given["RestartSec"]) < 5, path.name
        assert int(given["RestartSec"]) < int(given["RestartMaxDelaySec"]) <= 30, path.name
        assert int(given["RestartSteps"]) > 0, path.name


def test_the_two_units_of_the_site_share_the_faces_of_one() -> None:
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    parts = {
        name: faces.split(",")
        for faces, name in re.findall(r"(?m)^    echo 'YIHUI_FACES=(\S+)' > /etc/yihui/(\w+)\.env$", page)
    }
    assert [part.partition("=")[0] for part in parts["riders"]] == ["riders"]
    [whole] = re.findall(r"(?m)^YIHUI_FACES=(.*)$", (DEPLOY / "systemd" / "yihui.env").read_text("utf-8"))
    assert parts["riders"] + parts["site"] == whole.split(",")
    for name in parts:
        unit = (DEPLOY / "systemd" / f"yihui-{name}.service").read_text("utf-8")
        common, own = re.findall(r"(?m)^EnvironmentFile=-?/etc/yihui/(.*)$", unit)
        assert (common, own) == ("yihui.env", f"{name}.env")
    [port] = re.findall(
        r"serve --port (\d+)", (DEPLOY / "systemd" / "yihui-riders.service").read_text("utf-8")
    )
    assert f"`map.example.cn` to 127.0.0.1:{port};" in page


def test_the_unit_of_riders_goes_before_the_others() -> None:
    nice = {path.stem: int(directives(path).get("Nice", "0")) for path in UNITS}
    nice["a command of root's"] = int(*re.findall(r"--nice=(\d+)", COMMAND.read_text("utf-8")))
    assert nice.pop("yihui-riders") == 0 < min(nice.values())


def test_every_page_and_unit_installs_into_the_same_folder() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *UNITS, DEPLOY / "Containerfile"]
    places = {
        found
        for path in pages
        for found in re.findall(r"/opt/yihui/[\w./]*\byihui\b", path.read_text("utf-8"))
    }
    assert places == {"/opt/yihui/bin/yihui"}
