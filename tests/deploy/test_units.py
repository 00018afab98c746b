"""The units of systemd and root's command (deploy/systemd/yihui): hardened, started again, and installed by docs/operate.md as they are."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.front import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


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


SCRIPT = (ROOT / "deploy" / "systemd" / "yihui").read_text("utf-8")
# Reads options as systemd-run does, up to the first word that is none, and replaces $NAME in the rest.
SYSTEMD_RUN = r"""#!/bin/sh
for word in "$@"; do
    case $word in
        --working-directory=*) cd "${word#*=}" || exit 1 ;;
        --property=EnvironmentFile=-*) if [ -e "${word#*=*=-}" ]; then set -a; . "${word#*=*=-}"; set +a; fi ;;
        --property=EnvironmentFile=*) set -a; . "${word#*=*=}"; set +a ;;
        --property=UMask=*) umask "${word#*=*=}" ;;
        --*) ;;
        *) break ;;
    esac
    printf '%s\n' "$word" >> "$OPTIONS"
    shift
done
exec python3 -c 'import os, string, sys
os.execv(sys.argv[1], [string.Template(word).substitute(os.environ) for word in sys.argv[1:]])' "$@"
"""


class Machine:
    """A folder with the script and its settings, and programs that stand for `systemd-run` and `id`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.user = folder, "0"
        self.home, self.settings, self.options = (
            folder / "home",
            folder / "yihui.env",
            folder / "options",
        )
        self.owner = folder / "owner.env"
        self.home.mkdir()
        self.settings.write_text(f"YIHUI_DATA_FOLDER={self.home}\nYIHUI_LANG=en\n")
        self._write("systemd-run", SYSTEMD_RUN)
        program = str(Path(sys.executable).with_name("yihui"))
        self._write(
            "yihui",
            SCRIPT.replace("/etc/yihui/yihui.env", str(self.settings))
            .replace("/etc/yihui/owner.env", str(self.owner))
            .replace("/var/lib/yihui", str(self.home))
            .replace("/opt/yihui/bin/yihui", program),
        )

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        self._write("id", f"#!/bin/sh\necho {self.user}\n")
        given = {name: value for name, value in os.environ.items() if not name.startswith("YIHUI_")}
        given |= {"PATH": f"{self.folder}:{given['PATH']}", "OPTIONS": str(self.options)}
        return subprocess.run(
            [str(self.folder / "yihui"), *words],
            cwd="/",
            env=given,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_command_is_run_as_the_units_are_in_the_data_folder(machine: Machine) -> None:
    done = machine.run("keys", "new", "backup-key.txt")
    assert done.returncode == 0, done.stderr
    written = machine.home / "backup-key.txt"
    assert written.is_file() and written.stat().st_mode & 0o077 == 0
    assert "age1" in done.stdout
    options = machine.options.read_text().splitlines()
    assert {"--uid=yihui", "--gid=yihui", f"--property=EnvironmentFile={machine.settings}"} <= {*options}
    assert {"--pty", "--pipe", "--wait"} <= {*options}  # a terminal or a pipe, and the exit code


@pytest.mark.endure
def test_exit_codes_and_what_is_piped_pass_through(machine: Machine) -> None:
    assert machine.run("no-such-command").returncode == 2
    machine.run("migrate")
    done = machine.run("run", "-", stdin="no event\n")
    assert done.returncode == 1, done.stderr


@pytest.mark.endure
@pytest.mark.parametrize(
    ("words", "is_the_owners"),
    [
        (["migrate", "--check"], True),
        (["--lang", "en", "migrate", "--check"], True),
        (["ledger", "protect"], True),
        (["restore", "no-such-file"], True),
        (["ledger", "verify"], False),
        (["--lang", "en", "ledger", "verify"], False),
        (["events", "list", "migrate"], False),
        (["settings"], False),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else str(given),
)
def test_commands_of_the_owner_of_the_tables_have_its_address(
    machine: Machine, words: list[str], is_the_owners: bool
) -> None:
    machine.settings.write_text(
        f"{machine.settings.read_text()}YIHUI_DATABASE_URL_FILE={machine.home}/no-such-file\n"
    )
    machine.owner.write_text(f"YIHUI_DATABASE_URL_FILE=\nYIHUI_DATABASE_URL={machine.home}/of-the-owner.db\n")
    done = machine.run(*words)
    assert ("no-such-file can't be read" not in done.stderr) == is_the_owners, done.stderr
    if "--check" in words:
        assert "of-the-owner.db" in done.stdout


def test_words_arrive_as_they_were_typed(machine: Machine) -> None:
    machine._write("yihui", (machine.folder / "yihui").read_text().replace('/yihui "$@"', '/python "$@"'))
    words = ["a$b", "$HOME", "$$", "two words", "", "*", "it's", "100 %", "last"]
    done = machine.run("-c", "import sys; print(repr(sys.argv[1:]))", *words)
    assert done.stdout.strip() == repr(words), done.stderr


def test_another_user_than_root_is_refused(machine: Machine) -> None:
    machine.user = "1000"
    done = machine.run("doctor")
    assert done.returncode == 3 and "sudo yihui" in done.stderr
    assert not machine.options.exists()


def test_settings_that_are_missing_are_named(machine: Machine) -> None:
    machine.settings.unlink()
    done = machine.run("doctor")
    assert done.returncode == 3 and str(machine.settings) in done.stderr
    assert not machine.options.exists()
