"""yihui lottery: commit before a public number is known, draw with it, verify from the file alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.faults import Fault
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli import lottery_ledger
from yihui.runtime.arguments import WrongValue
from yihui.runtime.errors import EXIT_FINDINGS, fault_line

if TYPE_CHECKING:
    from rules.lottery.file import LotteryFile


_UTC = "%Y-%m-%dT%H:%M:%SZ"


def build_commands(_: Callable[[str], str]) -> typer.Typer:
    """Build the `lottery` command group."""
    app = typer.Typer(
        help=_("Lotteries that anybody can recompute: commit, draw, verify."), no_args_is_help=True
    )
    _add_commit(app, _)
    _add_draw(app, _)
    lottery_ledger.add_commands(app, _)
    _add_verify(app, _)
    return app


def _add_commit(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Fix entries, places and the public number to come; publish the file at once."))
    def commit(
        context: typer.Context,
        entries: Annotated[
            Path,
            typer.Argument(
                metavar="ENTRIES|RULE",
                help=_(
                    "who takes part: 会员代号, and where wanted 权重 and 组别 (CSV, XLSX, JSON); with --by a rule's id"
                ),
            ),
        ],
        to: Annotated[
            Path, typer.Option(help=_("the commitment, to be published; with --by a folder or a file"))
        ],
        draw_at: Annotated[
            str, typer.Option(help=_("when the public number comes, such as 2026-10-03T23:10+08:00"))
        ],
        source: Annotated[
            str | None,
            typer.Option(
                help=_("whose digits are drawn in public, such as 双色球第2026050期; otherwise drand")
            ),
        ] = None,
        digits: Annotated[int, typer.Option(help=_("how many digits the source gives"))] = 14,
        groups: Annotated[
            list[str] | None,
            typer.Option("--group", help=_("reserved places, such as 外卖员=20; may be repeated")),
        ] = None,
        title: Annotated[str | None, typer.Option(help=_("what is drawn for"))] = None,
        seats: Annotated[int | None, typer.Option(help=_("how many places there are in all"))] = None,
        secret_to: Annotated[
            Path | None, typer.Option(help=_("the secret, to be kept until the draw"))
        ] = None,
        by: Annotated[
            str | None,
            typer.Option(help=_("who acts: a short pseudonym; entries, places and secret are the ledger's")),
        ] = None,
    ) -> None:
        import secrets

        from core.civil_time import civil_date
        from rules.lottery.drawing import SECRET_BYTES
        from rules.lottery.drawing import commit_lottery as commit_to
        from rules.lottery.file import LotteryTerms, PublicDigits, render_lottery_file
        from rules.lottery.public_number import drand_round_at
        from yihui.files.whole_files import write_atomically
        from yihui.runtime.arguments import parse_instant
        from yihui.services.lottery import (
            check_new_files,
            parse_lottery_groups,
            read_lottery_entries,
            refuse_personal_numbers,
            run_lottery_step,
            write_lottery_secret,
        )

        wiring: Wiring = context.obj
        moment = parse_instant(draw_at, "--draw-at")
        if by is not None:
            _refuse_rule_options(
                {"--seats": seats, "--secret-to": secret_to, "--group": groups, "--title": title}
            )
            lottery_ledger.commit_rule_draws(wiring, str(entries), by, to, (moment, source, digits))
            return
        if seats is None or secret_to is None:
            raise _missing("--seats" if seats is None else "--secret-to")
        reserved = parse_lottery_groups(groups or ())
        check_new_files(to, secret_to)
        refuse_personal_numbers({"--title": title or "", "--source": source or "", "--group": groups or []})
        who, rows = read_lottery_entries(entries)
        plan = (
            PublicDigits(kind="digits", source=source, on=civil_date(moment).isoformat(), count=digits)
            if source is not None
            else drand_round_at(moment)
        )
        terms = LotteryTerms(
            lottery=to.stem,
            title=title or to.stem,
            committed_at=wiring.now().strftime(_UTC),
            seats=seats,
            groups=reserved,
            number=plan,
            entries=tuple(who),
        )
        secret = secrets.token_bytes(SECRET_BYTES).hex()
        file = run_lottery_step(lambda: commit_to(terms, secret), entries.name, rows)
        write_lottery_secret(secret_to, secret)
        write_atomically(to, render_lottery_file(file))
        _print_commitment(wiring, file, to, secret_to)


def _refuse_rule_options(given: Mapping[str, object]) -> None:
    """Refuse options whose values a rule's lottery takes from the ledger. *Raises*: WrongValue."""
    stated = [name for name, value in given.items() if value]
    if stated:
        message = N_("{field} doesn't go with --by: the rule says it")
        raise WrongValue([Fault(message, N_("leave it out"), field=name) for name in stated])


def _missing(field: str) -> WrongValue:
    remedy = N_("give it; a rule's entries are taken from the ledger with --by")
    return WrongValue([Fault(N_("{field} is missing"), remedy, field=field)])


def _print_commitment(wiring: Wiring, file: "LotteryFile", to: Path, secret_to: Path) -> None:
    from rules.lottery.file import DrandRound
    from rules.lottery.public_number import round_published_at, round_url

    told = N_("{file}: {count} entries, {seats} places; publish it now, and this line: {commitment}")
    counts = {"count": len(file.terms.entries), "seats": file.terms.seats}
    typer.echo(wiring.render(told, file=to, **counts, commitment=file.commitment))
    plan = file.terms.number
    if isinstance(plan, DrandRound):
        at = round_published_at(plan).strftime(_UTC)
        where = wiring.render(
            N_("drand round {round}, {at}, {address}"), round=plan.round, at=at, address=round_url(plan)
        )
    else:
        where = wiring.render(
            N_("{source}, {on}, {count} digits"), source=plan.source, on=plan.on, count=plan.count
        )
    typer.echo(wiring.render(N_("the public number to come: {where}"), where=where), err=True)
    keep = N_("{file} holds the secret: keep it from everybody until the draw; without it there is none")
    typer.echo(wiring.render(keep, file=secret_to), err=True)


def _add_draw(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Draw from the secret and the public number; publish the file."))
    def draw(
        context: typer.Context,
        commitment: Annotated[
            Path,
            typer.Argument(
                metavar="COMMITMENT|RULE",
                help=_("the commitment, as it was published; with --by a rule's id"),
            ),
        ],
        to: Annotated[Path, typer.Option(help=_("the file with the draw, to be published"))],
        number: Annotated[
            str | None, typer.Option(help=_("the public number: drand's randomness, or the digits"))
        ] = None,
        drand: Annotated[
            Path | None, typer.Option(help=_("drand's answer, as it was saved, in place of --number"))
        ] = None,
        secret: Annotated[Path | None, typer.Option(help=_("the file that holds the secret"))] = None,
        signature: Annotated[
            str | None, typer.Option(help=_("drand's signature of the round, which proves the number"))
        ] = None,
        by: Annotated[
            str | None,
            typer.Option(help=_("who acts: a short pseudonym; what is drawn is granted by the ledger")),
        ] = None,
    ) -> None:
        from core.civil_time import civil_date
        from rules.lottery.drawing import draw_lottery as draw_from
        from rules.lottery.file import PublicDigits, parse_lottery_file, render_lottery_file
        from yihui.files.whole_files import write_atomically
        from yihui.services.draws import read_public_number
        from yihui.services.lottery import (
            check_new_files,
            read_lottery_text,
            refuse_early_number,
            run_lottery_step,
        )

        wiring: Wiring = context.obj
        if by is not None:
            _refuse_rule_options({"--secret": secret})
            lottery_ledger.run_rule_draws(wiring, str(commitment), by, to, (number, drand, signature))
            return
        if secret is None:
            raise _missing("--secret")
        typed, signed = read_public_number(number, drand, signature)
        check_new_files(to)
        committed = run_lottery_step(
            lambda: parse_lottery_file(read_lottery_text(commitment)), commitment.name
        )
        kept_secret = read_lottery_text(secret).strip().lower()
        file = run_lottery_step(lambda: draw_from(committed, kept_secret, typed, signed), commitment.name)
        now = wiring.now()
        is_by_day = isinstance(committed.terms.number, PublicDigits)
        refuse_early_number(committed.terms, civil_date(now).isoformat() if is_by_day else now.strftime(_UTC))
        write_atomically(to, render_lottery_file(file))
        assert file.draw
        for place, winner in enumerate(file.draw.winners, 1):
            typer.echo(f"{place:>6}  {winner.pseudonym}  {winner.reserved or ''}".rstrip())
        told = N_("{file}: {places} places drawn, {waiting} wait; publish it, everybody can verify it")
        counts = {"places": len(file.draw.winners), "waiting": len(file.draw.waiting)}
        typer.echo(wiring.render(told, file=to, **counts), err=True)


def _add_verify(app: typer.Typer, _: Callable[[str], str]) -> None:
    @app.command(help=_("Recompute a lottery from its published file alone; name whatever does not agree."))
    def verify(
        context: typer.Context,
        file: Annotated[Path, typer.Argument(help=_("the published file, with or without the draw"))],
        commitment: Annotated[
            str | None, typer.Option(help=_("the line that was published before the draw, to compare"))
        ] = None,
        json_: Annotated[bool, typer.Option("--json", help=_("print JSON"))] = False,
    ) -> None:
        from rules.lottery.verify import verify_lottery as recompute
        from yihui.services.lottery import (
            commitment_faults,
            lottery_json,
            place_lottery_faults,
            read_lottery_text,
        )

        wiring: Wiring = context.obj
        found = recompute(read_lottery_text(file))
        faults = place_lottery_faults(found.faults, file.name)
        if commitment is not None and found.file:
            faults += commitment_faults(found.file, commitment.strip().lower(), file.name)
        lines = [fault_line(fault, wiring.language) for fault in faults]
        if json_:
            typer.echo(lottery_json(found.file, [line.as_json() for line in lines]))
        else:
            for line in lines:
                typer.echo(line.text())
            typer.echo(_verdict(wiring, found.file, len(lines)))
        if lines:
            raise typer.Exit(EXIT_FINDINGS)


def _verdict(wiring: Wiring, file: "LotteryFile | None", faults: int) -> str:
    if file is None:
        return wiring.render(N_("this is no file of a lottery"))
    if faults:
        return wiring.render(N_("does not agree with itself; faults: {count}"), count=faults)
    if file.draw is None:
        told = N_(
            "the commitment agrees: {count} entries, {seats} places; it is not drawn yet; commitment {commitment}"
        )
        counts = {"count": len(file.terms.entries), "seats": file.terms.seats}
        return wiring.render(told, **counts, commitment=file.commitment)
    told = N_(
        "everything agrees: {places} places, {waiting} wait; compare commitment {commitment} and number {number} with where they were published"
    )
    counts = {"places": len(file.draw.winners), "waiting": len(file.draw.waiting)}
    return wiring.render(told, **counts, commitment=file.commitment, number=file.draw.number)
