"""yihui migrate: bring a database to this version's tables, or say what that would take."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import AsJson
from yihui.cli.output import emit, exit_on_findings

if TYPE_CHECKING:
    from yihui.services.operation.migration import MigrationState

top_level = typer.Typer()


@top_level.command()
def migrate(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help=N_("only list what is missing; exit code 1 if anything is"))
    ] = False,
    to: Annotated[
        str | None, typer.Option(metavar="REVISION", help=N_("migrate no further than this revision"))
    ] = None,
    sql: Annotated[
        bool, typer.Option("--sql", help=N_("only print the statements, for an administrator to read"))
    ] = False,
    json_: AsJson = False,
) -> None:
    from yihui.services.operation.migration import migrate_databases, read_migration_states

    wiring: Wiring = context.obj
    if check and sql:
        raise typer.BadParameter(wiring.render(N_("choose one of --check and --sql")))
    changes = not (check or sql)
    states = migrate_databases(wiring, to) if changes else read_migration_states(wiring, to)
    if sql:
        emit([row for state in states for row in _sql_rows(state)], _sql_lines(wiring, states), json_)
        return
    emit(_rows(states), _lines(wiring, states, changes), json_)
    if check:
        exit_on_findings([pending for state in states for pending in state.pending])


def _rows(states: "Sequence[MigrationState]") -> list[dict[str, object]]:
    return [
        {
            "target": state.target,
            "found": state.found,
            "wanted": state.wanted,
            "pending": [each.revision for each in state.pending],
        }
        for state in states
    ]


def _lines(wiring: Wiring, states: "Sequence[MigrationState]", changed: bool) -> Iterator[str]:
    for state in states:
        if not state.pending:
            yield wiring.render(
                N_("{target}: revision {found}, nothing is pending"), target=state.target, found=state.found
            )
            continue
        template = N_("{target}: migrated from revision {found} to {wanted}") if changed else N_(
            "{target}: revision {found}, missing up to {wanted}: {count}"
        )  # fmt: skip
        found = state.found or wiring.render(N_("none (empty)"))
        yield wiring.render(
            template, target=state.target, found=found, wanted=state.wanted, count=len(state.pending)
        )
        for pending in state.pending:
            yield f"  {pending.revision} {pending.title}"


def _sql_rows(state: "MigrationState") -> Iterator[dict[str, object]]:
    from yihui.services.operation.migration import iter_migration_sql

    for pending, statements in iter_migration_sql(state):
        yield {
            "target": state.target,
            "revision": pending.revision,
            "title": pending.title,
            "sql": statements,
        }


def _sql_lines(wiring: Wiring, states: "Sequence[MigrationState]") -> Iterator[str]:
    template = N_("this migration also computes rows, which only yihui migrate does")
    for row in (row for state in states for row in _sql_rows(state)):
        yield f"-- {row['target']}: {row['revision']} {row['title']}"
        yield f"-- {wiring.render(template)}" if row["sql"] is None else str(row["sql"]).strip()
