"""yihui waiting: list the members who wait for a rule's places, and give them places that became free."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson, By, PublishedReason, RuleArgument
from yihui.cli.output import emit

if TYPE_CHECKING:
    from benefits import WaitingListEntry

app = typer.Typer(help=N_("Waiting lists: who is on them, who moves up."), no_args_is_help=True)


@app.command("list", help=N_("List who waits for a rule's places, in the order in which they are served."))
def list_(context: typer.Context, rule: RuleArgument, json_: AsJson = False) -> None:
    from yihui.services.benefits.waiting import list_rule_waiting_entries

    found = list_rule_waiting_entries(context.obj, rule)
    emit(found, _entry_lines(context.obj, found), json_)


def _entry_lines(wiring: Wiring, found: "list[WaitingListEntry]") -> Iterator[str]:
    for one in found:
        yield f"{one.places}  {one.position:>5}  {one.member_id}  {one.waits_since}"
    yield wiring.render(N_("on the waiting list: {count}"), count=len(found))


@app.command(
    help=N_(
        "Decide which value those who wait get, where a version of the rule asks an officer; then serve them."
    )
)
def decide(
    context: typer.Context,
    rule: RuleArgument,
    choice: Annotated[
        str,
        typer.Argument(
            metavar="keep|reprice",
            help=N_("keep: the value that held when they came; reprice: that of the version in force"),
        ),
    ],
    by: By,
    reason: PublishedReason,
    json_: AsJson = False,
) -> None:
    from yihui.services.benefits.waiting import decide_waiting_values

    decide_waiting_values(context.obj, rule, choice, by, reason)
    move(context, json_)


@app.command(
    help=N_("Let unclaimed grants lapse, and give free places to the members who have waited longest.")
)
def move(context: typer.Context, json_: AsJson = False) -> None:
    from yihui.services.benefits.waiting import move_up_and_seal
    from yihui.views.outcomes import sweep_lines

    wiring: Wiring = context.obj
    done = move_up_and_seal(wiring)
    template = N_("lapsed unclaimed: {lapsed}; moved up: {granted}; passed over: {passed}")
    counts = {
        "lapsed": done.count("lapsed"),
        "granted": done.count("moved_up"),
        "passed": done.count("passed"),
    }
    lines = [wiring.render(template, **counts)]
    lines += [f"  {line}" for line in sweep_lines(done, wiring.language)]
    emit({**counts, **asdict(done)}, lines, json_)
