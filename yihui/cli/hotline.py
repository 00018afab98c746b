"""yihui hotline: cases of 12351 from the call to the call-back, the knowledge base, and the three rates."""

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.acting import current_actor
from yihui.cli.options import AsJson, By
from yihui.cli.output import emit
from yihui.frame.commands import add_commands, build_group
from yihui.frame.noun import load_noun

app = typer.Typer(no_args_is_help=True)
add_commands(app, load_noun("yihui.cases.hotline.pages:NOUN"))
add_commands(app, load_noun("yihui.cases.hotline.rates:RATES"))
add_commands(app, load_noun("yihui.cases.hotline.rates:DELETIONS"))
app.add_typer(build_group(load_noun("yihui.cases.articles.noun:NOUN")), name="articles")


@app.command(
    help=N_("Pass cases whose time is nearly or quite over one level up; the upkeep does it as well.")
)
def escalate(context: typer.Context, by: By, json_: AsJson = False) -> None:
    from yihui.cases.hotline.escalation import escalate_cases

    wiring: Wiring = context.obj
    done = escalate_cases(wiring, current_actor(context))
    line = wiring.render(N_("went one level up: {count}"), count=len(done))
    emit([{"case": number} for number in done], [line], json_)


@app.command(
    "delete-old",
    help=N_("Delete callers' data whose time is over (YIHUI_HOTLINE_RETENTION_DAYS), with a proof."),
)
def delete_old(context: typer.Context, by: By, json_: AsJson = False) -> None:
    from yihui.cases.hotline.callers import delete_old_caller_data

    wiring: Wiring = context.obj
    done = delete_old_caller_data(wiring, current_actor(context))
    if done is None:
        emit([], [wiring.render(N_("no callers' data were due"))], json_)
        return
    given = {"cases": done.cases, "digest": done.digest}
    line = N_("deleted the callers of {cases} cases; SHA-256 {digest}")
    emit([given], [wiring.render(line, **given)], json_)
