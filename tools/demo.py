"""Run the demo: the main tasks on SQLite, by the same commands that a user would type.

    python -m tools.demo --folder build/demo [--stations FILE] [--serve]

All output is under the folder. The time is fixed, so that the output is the same each time.
"""

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.text_marks import N_
from yihui.runtime.demo_clock import DEMO_MARKER_FILE
from yihui.runtime.language import language_from_environment, load_language
from yihui.samples import events as sample_events
from yihui.samples import register as sample_register

NOW = "2026-10-03T23:10+08:00"  # a Saturday of the holidays, late
WORKDAY = "2026-10-09T10:00+08:00"
JINAN = ("117.0204", "36.6683")  # 济南: by the springs
TAIPEI = ("121.5170", "25.0478")  # 臺北: the main station
SAMPLE_COLUMNS = Path("yihui/samples/register.yaml")
EARLIER_DEMO_FILES = frozenset(  # files of earlier demos, which wrote no marker
    [
        "events.jsonl",
        "faults.csv",
        "identity.key",
        "map.html",
        "organisations.csv",
        "register.csv",
        "roll-faulty.csv",
        "roll.csv",
        "yihui.db",
        "yihui.db-shm",
        "yihui.db-wal",
    ]
)
TAIWAN_COLUMNS = Path("tools/tw_nursing_rooms.yaml")


class Demo:
    """Runs commands in this process and prints each as a user would type it."""

    def __init__(self, folder: Path, lang: str) -> None:
        self.folder = folder
        self.lang = lang
        self.say = load_language(lang).render

    def run(self, *arguments: str, may_find: bool = False) -> None:
        """Run one command.

        Exit code 1 (findings) stops the demo unless ``may_find`` is set.
        """
        from yihui.cli import run_command_line

        sys.stdout.write(f"\n$ yihui {shlex.join(arguments)}\n")
        sys.stdout.flush()
        code = run_command_line(list(arguments), self.lang)
        sys.stdout.flush()
        if code and not (may_find and code == 1):
            raise SystemExit(code)

    def print_heading(self, template: str, **params: object) -> None:
        sys.stdout.write(f"\n== {self.say(template, **params)}\n")


def main() -> None:
    options = _options()
    folder: Path = options.folder
    lang = language_from_environment(os.environ)
    with _clean(folder, lang):
        demo = Demo(folder, lang)
        _register(demo)
        if options.stations:
            _real_register(demo, options)
        _nearest(demo, taipei="tw_nursing_rooms" in (options.stations or ""))
        _events(demo)
        _map(demo)
        _what_next(demo)
        if options.serve:
            demo.run("serve")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/demo"))
    parser.add_argument("--stations", help="a real register to import as well")
    parser.add_argument("--datum", help="its datum, unless the file says it")
    parser.add_argument("--kind", help="the kind of all its stations, unless the file says it")
    parser.add_argument("--columns", help="its mapping file (YAML)")
    parser.add_argument("--serve", action="store_true", help="leave the site running")
    return parser.parse_args()


@contextmanager
def _clean(folder: Path, lang: str) -> Iterator[None]:
    """Start with a new database."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / DEMO_MARKER_FILE
    strange = [old.name for old in folder.iterdir() if old.name not in EARLIER_DEMO_FILES]
    if strange and not marker.exists():
        told = N_("{folder} holds files that are not the demo's ({names}): remove them, or run make clean")
        raise SystemExit(load_language(lang).render(told, folder=folder, names="、".join(strange[:5])))
    marker.touch()
    for old in folder.iterdir():
        if old != marker:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    os.environ |= {
        "YIHUI_DATA_FOLDER": str(folder),
        "YIHUI_DATABASE_URL": str(folder / "yihui.db"),
        "YIHUI_NOW": NOW,
    }
    # In the file that `yihui serve` reads later too; the same key each time, so that the output repeats.
    os.environ.pop("YIHUI_IDENTITY_KEY", None)
    (folder / "identity.key").write_text("a key for the demo only, and for nobody else", "utf-8")
    yield


def _register(demo: Demo) -> None:
    demo.print_heading(N_("1  A register of Shandong in the size that the reports name (generated, 示例)"))
    out = demo.folder / "register.csv"
    counties = sample_register.load_shandong_counties()
    from geo.formats.facts import shandong_population

    sample_register.write_register(
        sample_register.generate_register_rows(counties, shandong_population(), sample_register.SEED), out
    )
    demo.run("stations", "import", str(out), "--columns", str(SAMPLE_COLUMNS), "--sample", "--partial")


def _real_register(demo: Demo, options: argparse.Namespace) -> None:
    demo.print_heading(N_("2  A real register, messy as it is"))
    file = Path(options.stations)
    known = ["--columns", str(TAIWAN_COLUMNS)] if file.name.startswith("tw_nursing_rooms") else []
    for name in ("datum", "kind", "columns"):
        if getattr(options, name):
            known += [f"--{name}", getattr(options, name)]
    faults = str(demo.folder / "faults.csv")
    demo.run("stations", "import", str(file), *known, "--partial", "--faults", faults, may_find=True)


def _nearest(demo: Demo, *, taipei: bool) -> None:
    demo.print_heading(N_("3  The five nearest places that are usable at {at}"), at=NOW)
    demo.run(
        "stations",
        "nearest",
        *JINAN,
        "--datum",
        "wgs84",
        "-k",
        "5",
        "--at",
        NOW,
        "--usable",
        "--travel",
        "ebike",
    )
    if taipei:
        demo.run("stations", "nearest", *TAIPEI, "--datum", "wgs84", "-k", "5", "--at", WORKDAY, "--usable")


def _events(demo: Demo) -> None:
    demo.print_heading(N_("4  Members' events become benefits"))
    roll, events = demo.folder / "roll.csv", demo.folder / "events.jsonl"
    sample_events.write_rolls(roll, sample_events.SEED, rows=300)
    sample_events.write_event_lines(sample_events.generate_event_lines(sample_events.SEED), events)
    demo.run("members", "organisations", str(roll.with_name("organisations.csv")))
    demo.run("members", "import", str(roll))
    demo.run("run", str(events), may_find=True)
    demo.run("benefits", "why", "--member", "m-000003")
    demo.run("ledger", "verify")


def _map(demo: Demo) -> None:
    demo.print_heading(N_("5  The map: one file, opens with the network unplugged"))
    demo.run("map", "--out", str(demo.folder / "map.html"), "--at", WORKDAY, "--register", "shandong-sample")


def _what_next(demo: Demo) -> None:
    demo.print_heading(N_("Try next"))
    prefix = f"YIHUI_DATA_FOLDER={demo.folder} .venv/bin/yihui"
    for arguments in ("serve", "benefits why --member m-000001", "rules show qingdao-1138-senior"):
        sys.stdout.write(f"   {prefix} {arguments}\n")


if __name__ == "__main__":
    main()
