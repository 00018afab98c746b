"""yihui rules draft … reverse: take a rule from its draft to approval, retirement and reversal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yihui.services.rule_life import SubmissionResult

Translator = Callable[[str], str]

RULE_HELP = N_("the rule's id")
BY_HELP = N_("who acts: a short pseudonym")
REASON_HELP = N_("why, in a sentence that members will read")
JSON_HELP = N_("print JSON")


def add_commands(app: typer.Typer, _: Translator) -> None:
    """Add the commands of a rule's life cycle to the app."""
    _add_draft(app, _)
    _add_submit(app, _)
    _add_approve(app, _)
    _add_reject(app, _)
    _add_versions(app, _)
    _add_diff(app, _)
    _add_log(app, _)
    _add_stop(app, _)
    _add_resume(app, _)
    _add_retire(app, _)
    _add_reverse(app, _)


def _add_draft(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Write a new rule file, with comments, from a template or a rule that there is."))
    def draft(
        context: typer.Context,
        source: Annotated[
            str,
            typer.Option("--from", help=_("voucher, cash, item, or a rule's id"), metavar="TEMPLATE|RULE"),
        ],
        to: Annotated[Path, typer.Option(help=_("the file to write; it must not be there yet"))],
        begins: Annotated[
            str | None, typer.Option(help=_("the first day; otherwise tomorrow"), metavar="DATE")
        ] = None,
        id_: Annotated[str | None, typer.Option("--id", help=_("the id of a new rule"))] = None,
        owner: Annotated[str, typer.Option(help=_("the organisation that grants it"))] = "370000",
    ) -> None:
        from yihui.runtime.arguments import parse_day
        from yihui.services.rule_drafts import write_draft
        from yihui.services.rule_lookup import draft_rule

        wiring: Wiring = context.obj
        first = parse_day(begins, "--begins") if begins else None
        write_draft(to, draft_rule(wiring, source, first, id_, owner))
        typer.echo(
            wiring.render(
                N_("written: {file}; edit it, then check it with: yihui rules lint {file}"), file=to
            )
        )


def _add_submit(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Hand a rule file in, for a colleague to approve."))
    def submit(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("a rule file"))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        takes_over: Annotated[
            bool,
            typer.Option("--takes-over", help=_("end the versions that hold when this one begins")),
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.rule_life import RuleService

        wiring: Wiring = context.obj
        handed_in = RuleService(wiring).submit(file, by, takes_over=takes_over)
        _print_submission(
            wiring, handed_in, N_("handed in: {title} ({rule}), version {hash}, in force from {since}"), json_
        )


def _add_approve(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Put a version in force that a colleague handed in."))
    def approve(
        context: typer.Context,
        version: Annotated[
            str, typer.Argument(help=_("a hash or its beginning, or a rule's id"), metavar="HASH|RULE")
        ],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        seen: Annotated[
            bool,
            typer.Option(
                "--retroactive-seen", help=_("I have looked at what it would have changed in the past")
            ),
        ] = False,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.rule_life import PastNotReviewed, RuleService

        wiring: Wiring = context.obj
        try:
            handed_in = RuleService(wiring).approve(version, by, seen=seen)
        except PastNotReviewed as unseen:
            _print_submission(
                wiring,
                unseen.handed_in,
                N_("not approved yet: {title} ({rule}), version {hash}, reaches back to {since}"),
                json_,
            )
            typer.echo(wiring.render(N_("look at it, then approve it with --retroactive-seen")), err=True)
            raise typer.Exit(1) from unseen
        _print_submission(
            wiring, handed_in, N_("approved: {title} ({rule}), version {hash}, in force from {since}"), json_
        )


def _add_reject(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Refuse a version that was handed in, or withdraw one's own."))
    def reject(
        context: typer.Context,
        version: Annotated[
            str, typer.Argument(help=_("a hash or its beginning, or a rule's id"), metavar="HASH|RULE")
        ],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("why"))],
    ) -> None:
        from yihui.services.rule_life import RuleService

        wiring: Wiring = context.obj
        found = RuleService(wiring).reject(version, by, reason)
        typer.echo(
            wiring.render(N_("rejected: {rule}, version {hash}"), rule=found.rule_id, hash=found.hash[:12])
        )


def _add_versions(app: typer.Typer, _: Translator) -> None:
    @app.command(
        help=_("List the versions of a rule or of all: what holds, what waits, what is over or stopped.")
    )
    def versions(
        context: typer.Context,
        rule: Annotated[str | None, typer.Argument(help=_(RULE_HELP))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.rule_lookup import list_rule_versions
        from yihui.services.rule_versions import load_version_index
        from yihui.views.rule_life import version_json, version_lines

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = list_rule_versions(wiring, load_version_index(wiring, connection), rule)
        if json_:
            typer.echo(json.dumps([version_json(entry) for entry in found], ensure_ascii=False))
            return
        for entry in found:
            typer.echo("\n".join(version_lines(entry, wiring.language)))


def _add_diff(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Show in which keys two versions differ."))
    def diff(
        context: typer.Context,
        before: Annotated[str, typer.Argument(help=_("a file, a hash or a rule's id"), metavar="A")],
        after: Annotated[str, typer.Argument(help=_("a file, a hash or a rule's id"), metavar="B")],
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.services.rule_lookup import compare_versions
        from yihui.views.rule_life import version_difference_json, version_difference_lines

        wiring: Wiring = context.obj
        found = compare_versions(wiring, before, after)
        if json_:
            typer.echo(json.dumps([version_difference_json(one) for one in found], ensure_ascii=False))
            return
        for one in found:
            typer.echo("\n".join(version_difference_lines(one)))
        if not found:
            typer.echo(wiring.render(N_("the two say the same")))


def _add_log(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Show who did what with a rule or with all, when and why."))
    def log(
        context: typer.Context,
        rule: Annotated[str | None, typer.Argument(help=_(RULE_HELP))] = None,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        import benefits
        from yihui.views.rule_life import act_json, act_line

        wiring: Wiring = context.obj
        with wiring.database.read() as connection:
            found = benefits.list_acts(connection, rule)
        if json_:
            typer.echo(json.dumps([act_json(act) for act in found], ensure_ascii=False))
            return
        for act in found:
            typer.echo(act_line(act, wiring.language))
        if not found:
            typer.echo(wiring.render(N_("nobody has done anything yet")))


def _add_stop(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Halt a rule at once, on every runner; what it would look at is held."))
    def stop(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_(RULE_HELP))],
        reason: Annotated[str, typer.Option(help=_(REASON_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
    ) -> None:
        import benefits
        from yihui.services.rule_life import RuleService, acting_officer

        wiring: Wiring = context.obj

        def act(connection: "Connection", version: str | None) -> object:
            return benefits.stop_rule(connection, acting_officer(wiring, by, reason), rule, version)

        RuleService(wiring).act_on_rule(rule, act)
        typer.echo(
            wiring.render(N_("stopped: {rule}; events are held until yihui rules resume {rule}"), rule=rule)
        )


def _add_resume(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("Let a stopped rule go on; what was held is decided first, in order."))
    def resume(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_(RULE_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        reason: Annotated[str, typer.Option(help=_("why"))] = "",
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from events import ResumeResult
        from events import resume_rule as go_on
        from yihui.services.rule_life import RuleService, acting_officer
        from yihui.views.rule_life import resumption_json, resumption_line

        wiring: Wiring = context.obj

        def act(connection: "Connection", version: str | None) -> ResumeResult:
            return go_on(
                connection, acting_officer(wiring, by, reason), rule, wiring.rulebook.in_force, version
            )

        done = RuleService(wiring).act_on_rule(rule, act)
        if json_:
            typer.echo(json.dumps(resumption_json(rule, done), ensure_ascii=False))
        else:
            typer.echo(resumption_line(rule, done, wiring.language))


def _add_retire(app: typer.Typer, _: Translator) -> None:
    @app.command(help=_("End a rule after a day; a version approved later may follow."))
    def retire(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_(RULE_HELP))],
        reason: Annotated[str, typer.Option(help=_(REASON_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        last_day: Annotated[
            str | None, typer.Option(help=_("the last day; otherwise today"), metavar="DATE")
        ] = None,
    ) -> None:
        import benefits
        from yihui.runtime.arguments import parse_day
        from yihui.services.rule_life import RuleService, acting_officer

        wiring: Wiring = context.obj
        acting_on = parse_day(last_day, "--last-day") if last_day else None

        def act(connection: "Connection", version: str | None) -> str:
            acting = acting_officer(wiring, by, reason)
            last = acting_on or acting.today
            benefits.retire_rule(connection, acting, rule, version, last)
            return last.isoformat()

        done = RuleService(wiring).act_on_rule(rule, act)
        typer.echo(wiring.render(N_("retired: {rule} holds until {day}"), rule=rule, day=done))


def _add_reverse(app: typer.Typer, _: Translator) -> None:
    @app.command(
        help=_("Take back what was granted wrongly: one recorded act, as transactions of their own.")
    )
    def reverse(
        context: typer.Context,
        rule: Annotated[str, typer.Argument(help=_(RULE_HELP))],
        reason: Annotated[str, typer.Option(help=_(REASON_HELP))],
        by: Annotated[str, typer.Option(help=_(BY_HELP))],
        version: Annotated[
            str | None, typer.Option(help=_("only what this version granted: its hash or its beginning"))
        ] = None,
        since: Annotated[
            str | None, typer.Option(help=_("only what occurred on this day or later"), metavar="DATE")
        ] = None,
        until: Annotated[
            str | None, typer.Option(help=_("only what occurred up to this day"), metavar="DATE")
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_(JSON_HELP))] = False,
    ) -> None:
        from yihui.runtime.arguments import parse_day
        from yihui.services.rule_lookup import ReversalRequest, reverse_grants
        from yihui.views.rule_life import reversal_json, reversal_line

        if version is None and since is None:
            raise typer.BadParameter(_("say which: --version, --since or both"))
        wiring: Wiring = context.obj
        meant = ReversalRequest(
            rule,
            version,
            parse_day(since, "--since") if since else None,
            parse_day(until, "--until") if until else None,
        )
        done = reverse_grants(wiring, meant, by, reason)
        if json_:
            typer.echo(json.dumps(reversal_json(rule, done), ensure_ascii=False))
        else:
            typer.echo(reversal_line(rule, done, wiring.language))


def _print_submission(wiring: Wiring, handed_in: "SubmissionResult", headline: str, as_json: bool) -> None:
    from yihui.views.rule_life import submission_json, submission_lines

    if as_json:
        typer.echo(json.dumps(submission_json(handed_in, wiring.language), ensure_ascii=False))
        return
    typer.echo("\n".join(submission_lines(handed_in, headline, wiring.language)))
