"""yihui demo: write made-up data, and play the main tasks on them by the commands that a user would type."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring, build_wiring, choose_clock, load_settings
from yihui.cli.output import print_message
from yihui.runtime.language import Language

top_level = typer.Typer()

JINAN = ("117.0204", "36.6683")  # 济南: by the springs
WORKDAY = "2026-10-09T10:00+08:00"
RULE_SUBMITTED_AT = "2026-09-20T10:00+08:00"
OFFICER, SECOND_OFFICER = "li.min", "gh-017"


class DemoPlay:
    """Runs commands in this process and prints each as a user would type it."""

    def __init__(self, folder: Path, language: Language) -> None:
        self.folder = folder
        self.language = language

    def file(self, name: str) -> str:
        """Return the path of a file in the demo's folder."""
        return str(self.folder / name)

    def run(self, *arguments: str, may_find: bool = False, at: str = "") -> None:
        """Run one command, at another instant if ``at`` names one.

        Exit code 1 (findings) stops the demo unless ``may_find`` is set. *Raises*: typer.Exit.
        """
        from yihui.cli import run_command_line

        typer.echo(f"\n$ {f'YIHUI_NOW={at} ' if at else ''}yihui {shlex.join(arguments)}")
        sys.stdout.flush()
        with _clock_at(at):
            code = run_command_line(list(arguments), self.language.code)
        sys.stdout.flush()
        if code and not (may_find and code == 1):
            raise typer.Exit(code)

    def print_heading(self, template: str, **params: object) -> None:
        """Print the title of the next part."""
        typer.echo(f"\n== {self.language.render(template, **params)}")

    @contextmanager
    def wiring(self, now: Callable[[], datetime] | None = None) -> Iterator[Wiring]:
        """Yield the objects over the demo's own database, with a clock of their own if one is given."""
        settings = load_settings(os.environ, lang=self.language.code)
        made = build_wiring(settings, now or choose_clock(os.environ, settings.data_folder))
        try:
            yield made
        finally:
            made.close()


@top_level.command()
def demo(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help=N_("an empty folder, one that is not there yet, or an earlier demo's"))
    ] = Path("yihui-demo"),
    stations: Annotated[
        Path | None, typer.Option(help=N_("a register of your own, imported as well"), metavar="FILE")
    ] = None,
    datum: Annotated[str | None, typer.Option(help=N_("its datum, unless the file names it"))] = None,
    kind: Annotated[
        str | None, typer.Option(help=N_("the kind of all its stations, unless the file names it"))
    ] = None,
    columns: Annotated[
        Path | None, typer.Option(help=N_("a mapping file: what its columns mean"), metavar="FILE")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help=N_("leave the site running at the end"))] = False,
) -> None:
    from yihui.services.operation.demo import empty_demo_folder

    wiring: Wiring = context.obj
    empty_demo_folder(folder)
    own = {"--datum": datum, "--kind": kind, "--columns": columns}
    options = [str(part) for name, value in own.items() if value is not None for part in (name, value)]
    with _demo_environment(folder):
        play = DemoPlay(folder, wiring.language)
        _play_register(play)
        if stations:
            _play_own_register(play, stations, options)
        _play_search(play)
        _play_members(play)
        _play_benefit(play)
        _play_payment(play)
        _play_rooms(play)
        _play_map(play)
        _print_contents(play, wiring)
        if serve:
            play.run("serve")


@contextmanager
def _demo_environment(folder: Path) -> Iterator[None]:
    """Let commands work in the demo's folder, whose marker stops their clock; restore the environment after."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("YIHUI_")]:
        del os.environ[name]
    os.environ["YIHUI_DATA_FOLDER"] = str(folder)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _play_register(play: DemoPlay) -> None:
    from yihui.samples import register
    from yihui.services.operation.demo import record_demo_searches, write_demo_registers

    play.print_heading(N_("1  A register of Shandong in the size that the reports name (generated, 示例)"))
    rows = write_demo_registers(play.folder)
    columns = str(Path(register.__file__).with_suffix(".yaml"))
    (play.folder / "register.csv.columns.yaml").write_bytes(Path(columns).read_bytes())
    play.run("stations", "import", play.file("register.csv"), "--sample", "--partial")
    with play.wiring() as wiring:
        record_demo_searches(wiring, rows)


def _play_own_register(play: DemoPlay, stations: Path, options: list[str]) -> None:
    play.print_heading(N_("2  A real register, messy as it is"))
    faults = ("--partial", "--faults", play.file("faults.csv"))
    play.run("stations", "import", str(stations), *options, *faults, may_find=True)


def _play_search(play: DemoPlay) -> None:
    from yihui.services.operation.demo import DEMO_NOW

    play.print_heading(N_("3  The five nearest places that are usable at {at}"), at=DEMO_NOW)
    more = ("--datum", "wgs84", "-k", "5", "--at", DEMO_NOW, "--usable", "--travel", "ebike")
    play.run("stations", "nearest", *JINAN, *more)


def _play_members(play: DemoPlay) -> None:
    from yihui.services.operation.demo import write_demo_files

    play.print_heading(N_("4  Members' events become benefits"))
    write_demo_files(play.folder)
    play.run("organisations", "import", "--list", play.file("organisations.csv"))
    play.run("members", "import", play.file("roll.csv"))
    play.run("run", play.file("events.jsonl"), may_find=True)
    play.run("benefits", "why", "--member", "m-000003")


def _play_benefit(play: DemoPlay) -> None:
    """Play a voucher to its end: a rule by two officers, granted, claimed, issued, redeemed, invoiced."""
    from yihui.samples.office import MERCHANT, OWN_RULE_ID
    from yihui.services.operation.demo import issue_demo_keys, prepare_demo_uses

    play.print_heading(
        N_("5  A voucher to its end: a rule by two officers, granted, claimed, used, invoiced")
    )
    play.run("rules", "submit", play.file("own-rule.yaml"), "--as", OFFICER, at=RULE_SUBMITTED_AT)
    play.run("rules", "approve", OWN_RULE_ID, "--as", SECOND_OFFICER, at=RULE_SUBMITTED_AT)
    play.run(
        "budgets", "set", OWN_RULE_ID, "--amount", "2000", "--as", SECOND_OFFICER, "--reason",
        play.language.render(N_("a budget for the demo")),
    )  # fmt: skip
    play.run("feeds", "link", play.file("aigonghui.yaml"), play.file("links.csv"))
    play.run("feeds", "run", play.file("aigonghui.yaml"), play.file("records.jsonl"))
    with play.wiring() as wiring:
        issue_demo_keys(wiring, play.folder)
        prepared = prepare_demo_uses(wiring, play.folder)
    play.run("benefits", "claim", prepared.claimed_grant, "--member", prepared.claimed_member)
    play.run("vouchers", "batch", play.file("redemptions.csv"), "--merchant", MERCHANT)
    period = ("--from", "2026-10-01", "--until", "2026-10-03")
    invoice = ("--invoice", play.file("invoice.xlsx"), "--merchant", MERCHANT)
    play.run("merchants", "compare", *invoice, *period, "--preview")


def _play_payment(play: DemoPlay) -> None:
    """Play payments to their end: prepared, released by a second officer, answered by the bank, reported."""
    from yihui.services.operation.demo import write_bank_answer
    from yihui.services.operation.demo_rooms import write_demo_vault_key

    play.print_heading(N_("6  Money to its end: prepared, released by another officer, paid, reported"))
    write_demo_vault_key(play.folder)
    play.run("payout", "layout", "write", "--file", play.file("bank.yaml"), "--as", OFFICER)
    payees = ("--payees", play.file("payees.xlsx"))
    play.run("payout", "prepare", *payees, "--as", OFFICER, "--rule", "autumn-schooling")
    play.run("payout", "release", "PB000001", "--as", SECOND_OFFICER)
    play.run("payout", "export", "PB000001", "--to", play.file("orders.csv"), "--as", SECOND_OFFICER)
    write_bank_answer(play.folder)
    play.run("payout", "answer", "PB000001", "--answer", play.file("bank-return.csv"), "--as", OFFICER)
    play.run("report", "benefits", "--xlsx", play.file("report.xlsx"))
    play.run("ledger", "verify")


def _play_rooms(play: DemoPlay) -> None:
    """Fill the officers' rooms by the services behind their pages, and give one county a rule of its own to pay by."""
    from yihui.runtime.arguments import parse_instant
    from yihui.samples.office import COUNTY_RULE_ID
    from yihui.services.operation.demo import DEMO_NOW, DemoClock
    from yihui.services.operation.demo_rooms import fill_demo_rooms, open_county_log_ins

    play.print_heading(
        N_("7  The officers' rooms: households in hardship, mutual aid, applications, the hotline")
    )
    play.run("rules", "submit", play.file("county-rule.yaml"), "--as", OFFICER, at=RULE_SUBMITTED_AT)
    play.run("rules", "approve", COUNTY_RULE_ID, "--as", SECOND_OFFICER, at=RULE_SUBMITTED_AT)
    play.run("run", play.file("county-events.jsonl"))
    clock = DemoClock(parse_instant(DEMO_NOW))
    with play.wiring(lambda: clock.now) as wiring:
        filled = fill_demo_rooms(wiring, clock)
        open_county_log_ins(wiring, clock, play.folder / "county-officers.csv")
        print_message(
            wiring,
            N_(
                "{case_files} case files, {claims} claims of mutual aid, {applications} applications, "
                "{calls} calls, {articles} articles; open them with `yihui serve`, at /desk"
            ),
            **asdict(filled),
        )


def _play_map(play: DemoPlay) -> None:
    play.print_heading(N_("8  The map: one file, opens with the network unplugged"))
    if not _has_planning():
        typer.echo(
            play.language.render(
                N_("not drawn: maps and planning need more packages, pip install 'yihui[plan]'")
            )
        )
        return
    out = ("--out", play.file("map.html"))
    play.run("map", *out, "--at", WORKDAY, "--register", "shandong-sample")


def _has_planning() -> bool:
    """Return whether the packages of planners are installed, which maps and coverage need."""
    return find_spec("folium") is not None


@contextmanager
def _clock_at(instant: str) -> Iterator[None]:
    """Stop the clock at an instant, or leave it to the folder's marker if the instant is empty."""
    if instant:
        os.environ["YIHUI_NOW"] = instant
    try:
        yield
    finally:
        os.environ.pop("YIHUI_NOW", None)


def _print_contents(play: DemoPlay, wiring: Wiring) -> None:
    from yihui.services.operation.demo import DEMO_NOW
    from yihui.views.demo import DEMO_CONTENTS, DEMO_NEXT

    play.print_heading(
        N_("What {folder} holds now; all people, accounts and places in it are made up"), folder=play.folder
    )
    for names, description in DEMO_CONTENTS:
        there = ", ".join(name for name in names if (play.folder / name).exists())
        print_message(wiring, N_("   {names}: {detail}"), names=there, detail=wiring.render(description))
    play.print_heading(N_("What to type next; in this folder it is always {at}"), at=DEMO_NOW)
    typer.echo(f"   cd {shlex.quote(str(play.folder))}; export YIHUI_DATA_FOLDER=.")
    for line, description in DEMO_NEXT if _has_planning() else DEMO_NEXT[:-1]:
        typer.echo(f"   {line:<58}  # {wiring.render(description)}")
