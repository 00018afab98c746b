"""yihui lottery: lotteries of files, and what a rule's draws have made public."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, HiddenOption, RuleArgument, open_sheets
from yihui.cli.output import exit_on_findings, print_lines, print_message, print_note

app = typer.Typer(no_args_is_help=True)


@app.command(help=N_("Fix entries, places and the public number to come; publish the file at once."))
def commit(
    context: typer.Context,
    by: By,
    entries: Annotated[
        Path,
        typer.Argument(
            metavar="ENTRIES",
            help=N_("who takes part: 会员代号, and where wanted 权重 and 组别 (CSV, XLSX, JSON)"),
        ),
    ],
    to: Annotated[Path, typer.Option(help=N_("the commitment, to be published"))],
    draw_at: Annotated[
        str, typer.Option(help=N_("when the public number comes, such as 2026-10-03T23:10+08:00"))
    ],
    source: Annotated[
        str, typer.Option(help=N_("whose digits are drawn in public, such as 双色球第2026050期"))
    ],
    seats: Annotated[int, typer.Option(help=N_("how many places there are in all"))],
    secret_to: Annotated[Path, typer.Option(help=N_("the secret, to be kept until the draw"))],
    digits: Annotated[int, typer.Option(help=N_("how many digits the source gives"))] = 14,
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", help=N_("reserved places, such as 外卖员=20; may be repeated")),
    ] = None,
    title: Annotated[str | None, typer.Option(help=N_("what is drawn for"))] = None,
    hidden: HiddenOption = "refuse",
) -> None:
    from yihui.runtime.arguments import parse_instant
    from yihui.services.benefits.lottery import LotteryOrder, commit_lottery_file
    from yihui.views.lottery import commitment_line, commitment_notes

    wiring: Wiring = context.obj
    moment = parse_instant(draw_at, "--draw-at")
    order = LotteryOrder(
        entries, seats, groups or (), title, moment, source, digits, open_sheets(wiring, hidden)
    )
    file = commit_lottery_file(wiring, order, to, secret_to)
    typer.echo(commitment_line(file, to, wiring.language))
    for note in commitment_notes(file, secret_to, wiring.language):
        typer.echo(note, err=True)


@app.command(help=N_("Draw from the secret and the public number; publish the file."))
def draw(
    context: typer.Context,
    by: By,
    commitment: Annotated[
        Path,
        typer.Argument(metavar="COMMITMENT", help=N_("the commitment, as it was published")),
    ],
    to: Annotated[Path, typer.Option(help=N_("the file with the draw, to be published"))],
    number: Annotated[str, typer.Option(help=N_("the digits that the source drew"))],
    secret: Annotated[Path, typer.Option(help=N_("the file that holds the secret"))],
) -> None:
    from core.civil_time import civil_date
    from rules.lottery.file import count_late_days
    from yihui.services.benefits.lottery import draw_lottery_file
    from yihui.views.lottery import late_draw_texts, winner_lines

    wiring: Wiring = context.obj
    file = draw_lottery_file(wiring, commitment, secret, number, to)
    print_lines(winner_lines(file))
    assert file.draw
    template = N_("{file}: {places} places drawn, {waiting} wait; publish it, everybody can verify it")
    counts = {"places": len(file.draw.winners), "waiting": len(file.draw.waiting)}
    print_note(wiring, template, file=to, **counts)
    late = count_late_days(file.terms.number, civil_date(wiring.now()))
    for text in late_draw_texts(late, wiring.language):
        typer.echo(text, err=True)


@app.command(help=N_("Write what a rule's draws have made public so far."))
def publish(
    context: typer.Context,
    rule: RuleArgument,
    to: Annotated[Path, typer.Option(help=N_("a folder, or a file where there is one draw"))],
) -> None:
    from yihui.money.draws.calls import publish_draws

    written = publish_draws(context.obj, rule, to)
    print_lines(map(str, written))
    if not written:
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
