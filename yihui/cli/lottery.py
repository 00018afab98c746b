"""yihui lottery, yihui allocate: lotteries of files or of the ledger's entries, and grants by rank."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, HiddenOption, RuleArgument, open_sheets
from yihui.cli.output import emit, exit_on_findings, print_lines, print_message, print_note

if TYPE_CHECKING:
    from datetime import datetime

    from benefits import CompletedDraw
    from yihui.services.benefits.draws import PublishTarget

top_level = typer.Typer()
app = typer.Typer(no_args_is_help=True)

_FAULTS = FaultTable(
    "usage",
    {
        "ruled_option": (N_("{field} doesn't go with a rule's id: the rule says it"), N_("leave it out")),
        "missing_option": (
            N_("{field} is missing"),
            N_("give it, or name a rule's id: its entries are taken from the ledger"),
        ),
    },
)


@app.command(help=N_("Fix entries, places and the public number to come; publish the file at once."))
def commit(
    context: typer.Context,
    by: By,
    entries: Annotated[
        Path,
        typer.Argument(
            metavar="ENTRIES|RULE",
            help=N_(
                "who takes part: 会员代号, and where wanted 权重 and 组别 (CSV, XLSX, JSON); or a rule's id: entries, places and secret are the ledger's then"
            ),
        ),
    ],
    to: Annotated[
        Path, typer.Option(help=N_("the commitment, to be published; of a rule, a folder or a file"))
    ],
    draw_at: Annotated[
        str, typer.Option(help=N_("when the public number comes, such as 2026-10-03T23:10+08:00"))
    ],
    source: Annotated[
        str, typer.Option(help=N_("whose digits are drawn in public, such as 双色球第2026050期"))
    ],
    digits: Annotated[int, typer.Option(help=N_("how many digits the source gives"))] = 14,
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", help=N_("reserved places, such as 外卖员=20; may be repeated")),
    ] = None,
    title: Annotated[str | None, typer.Option(help=N_("what is drawn for"))] = None,
    seats: Annotated[int | None, typer.Option(help=N_("how many places there are in all"))] = None,
    secret_to: Annotated[Path | None, typer.Option(help=N_("the secret, to be kept until the draw"))] = None,
    hidden: HiddenOption = "refuse",
) -> None:
    from yihui.runtime.arguments import parse_instant
    from yihui.services.benefits.lottery import LotteryOrder, commit_lottery_file
    from yihui.views.lottery import commitment_line, commitment_notes

    wiring: Wiring = context.obj
    moment = parse_instant(draw_at, "--draw-at")
    if is_rule_id(entries):
        _refuse_rule_options(
            {"--seats": seats, "--secret-to": secret_to, "--group": groups, "--title": title}
        )
        _commit_rule_draws(wiring, str(entries), by, to, (moment, source, digits))
        return
    if seats is None or secret_to is None:
        raise _missing_option("--seats" if seats is None else "--secret-to")
    order = LotteryOrder(
        entries, seats, groups or (), title, moment, source, digits, open_sheets(wiring, hidden)
    )
    file = commit_lottery_file(wiring, order, to, secret_to)
    typer.echo(commitment_line(file, to, wiring.language))
    for note in commitment_notes(file, secret_to, wiring.language):
        typer.echo(note, err=True)


def _commit_rule_draws(
    wiring: Wiring, rule: str, by: str, to: Path, number: "tuple[datetime, str, int]"
) -> None:
    """Fix the entries of a rule's draws and write the commitments to be published."""
    from yihui.services.benefits import draws
    from yihui.services.benefits.lottery import plan_public_number
    from yihui.views.lottery import fixed_draw_line

    target = draws.PublishTarget(rule, to)
    found = draws.fix_draw_entries(wiring, rule, by, plan_public_number(*number), target)
    places = draws.publish_lottery_files([(fixed.id, fixed.file) for fixed in found], target)
    for place, fixed in zip(places, found, strict=True):
        typer.echo(fixed_draw_line(fixed, place, wiring.language))


def is_rule_id(named: Path) -> bool:
    """Return whether an argument names a rule: files have a suffix, or are there."""
    return named.name == str(named) and not named.suffix and not named.exists()


def _refuse_rule_options(given: Mapping[str, object]) -> None:
    """Refuse options whose values a rule's lottery takes from the ledger. *Raises*: FaultError."""
    stated = [name for name, value in given.items() if value]
    if stated:
        raise FaultError([_FAULTS.build("ruled_option", field=name) for name in stated])


def _missing_option(field: str) -> FaultError:
    return FaultError(_FAULTS.build("missing_option", field=field))


@app.command(help=N_("Draw from the secret and the public number; publish the file."))
def draw(
    context: typer.Context,
    by: By,
    commitment: Annotated[
        Path,
        typer.Argument(
            metavar="COMMITMENT|RULE",
            help=N_(
                "the commitment, as it was published; or a rule's id: what is drawn is granted by the ledger then"
            ),
        ),
    ],
    to: Annotated[Path, typer.Option(help=N_("the file with the draw, to be published"))],
    number: Annotated[str, typer.Option(help=N_("the digits that the source drew"))],
    secret: Annotated[Path | None, typer.Option(help=N_("the file that holds the secret"))] = None,
) -> None:
    from yihui.services.benefits import draws
    from yihui.services.benefits.lottery import draw_lottery_file
    from yihui.views.lottery import winner_lines

    wiring: Wiring = context.obj
    if is_rule_id(commitment):
        _refuse_rule_options({"--secret": secret})
        target = draws.PublishTarget(str(commitment), to, "-drawn")
        drawn = draws.draw_rule_lots(wiring, str(commitment), by, number, target)
        _publish_draws(wiring, drawn, target)
        _warn_of_late_draw(wiring, [each.file for each in drawn if each.given is not None])
        return
    if secret is None:
        raise _missing_option("--secret")
    file = draw_lottery_file(wiring, commitment, secret, number, to)
    print_lines(winner_lines(file))
    assert file.draw
    template = N_("{file}: {places} places drawn, {waiting} wait; publish it, everybody can verify it")
    counts = {"places": len(file.draw.winners), "waiting": len(file.draw.waiting)}
    print_note(wiring, template, file=to, **counts)
    _warn_of_late_draw(wiring, [to.read_text("utf-8")])


def _warn_of_late_draw(wiring: Wiring, files: "Sequence[str]") -> None:
    """Warn that a draw comes long after its number."""
    from yihui.services.benefits.draws import late_draw_days
    from yihui.views.lottery import late_draw_texts

    for text in late_draw_texts(late_draw_days(wiring, files), wiring.language):
        typer.echo(text, err=True)


def _publish_draws(wiring: Wiring, found: "Sequence[CompletedDraw]", target: "PublishTarget") -> None:
    from yihui.services.benefits.draws import publish_lottery_files
    from yihui.views.lottery import completed_draw_line

    places = publish_lottery_files([(drawn.id, drawn.file) for drawn in found], target)
    for place, drawn in zip(places, found, strict=True):
        typer.echo(completed_draw_line(drawn, place, wiring.language))


@app.command("list", help=N_("List draws and rankings: how many entered, what is fixed, what is given."))
def list_(
    context: typer.Context,
    rule: Annotated[str | None, typer.Argument(help=N_("only this rule"))] = None,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.draws import list_rule_draws
    from yihui.views.lottery import draw_summary_lines

    found = list_rule_draws(context.obj, rule)
    emit(found, draw_summary_lines(found, context.obj.language), json_)


@app.command(help=N_("Write again what a rule's draws have made public so far."))
def publish(
    context: typer.Context,
    rule: RuleArgument,
    to: Annotated[Path, typer.Option(help=N_("a folder, or a file where there is one draw"))],
) -> None:
    from yihui.services.benefits import draws

    files = draws.list_public_draw_files(context.obj, rule)
    for place in draws.publish_lottery_files(files, draws.PublishTarget(rule, to)) if files else ():
        typer.echo(str(place))
    if not files:
        print_message(context.obj, N_("nothing was made public of {rule}"), rule=rule)


@app.command(help=N_("Recompute a lottery from its published file alone; name whatever does not agree."))
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=N_("the published file, with or without the draw"))],
    commitment: Annotated[
        str | None, typer.Option(help=N_("the line that was published before the draw, to compare"))
    ] = None,
    json_: AsJson = False,
) -> None:
    from yihui.runtime.errors import fault_line
    from yihui.services.benefits.lottery import lottery_json, verify_lottery_file
    from yihui.views.lottery import verified_lottery_lines

    wiring: Wiring = context.obj
    found, faults = verify_lottery_file(file, commitment)
    if json_:
        typer.echo(lottery_json(found, [fault_line(fault, wiring.language).as_json() for fault in faults]))
    else:
        print_lines(verified_lottery_lines(found, faults, wiring.language))
    exit_on_findings(faults)


@top_level.command()
def allocate(
    context: typer.Context,
    rule: RuleArgument,
    by: By,
    to: Annotated[Path, typer.Option(help=N_("where the ranking is written: a folder or a file"))],
) -> None:
    from yihui.services.benefits.draws import PublishTarget, rank_rule_entries

    wiring: Wiring = context.obj
    target = PublishTarget(rule, to, "-ranked")
    _publish_draws(wiring, rank_rule_entries(wiring, rule, by, target), target)
