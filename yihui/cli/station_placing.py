"""yihui stations place: give coordinates to stations that have none by their addresses, and by a list that was reviewed."""

from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import (
    AsJson,
    By,
    OnlyDistrict,
    OnlyRegister,
    StreetsFolderOption,
)
from yihui.cli.output import emit, print_note, refuse_usage

app = typer.Typer()


@app.command(
    help=N_(
        "Place all stations without coordinates whose address the streets know (--by-address), or the rows of a list after its review (--reviewed); an import does not undo it. `yihui register place` places one."
    )
)
def place(
    context: typer.Context,
    by: By,
    by_address: Annotated[
        bool,
        typer.Option(
            "--by-address", help=N_("propose places by the addresses; --confirm places the certain")
        ),
    ] = False,
    streets: StreetsFolderOption = None,
    register: OnlyRegister = None,
    district: OnlyDistrict = None,
    to: Annotated[
        Path | None, typer.Option("--to", help=N_("write what is not placed as CSV, for a person's review"))
    ] = None,
    reviewed: Annotated[
        Path | None, typer.Option("--reviewed", help=N_("place the rows of such a list after its review"))
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help=N_("with --by-address: place the certain"))
    ] = False,
    json_: AsJson = False,
) -> None:
    wiring: Wiring = context.obj
    only_by_address = (to, register, district)
    if not by_address and any(one is not None for one in only_by_address):
        refuse_usage(wiring, N_("--to, --register and --district go with --by-address"))
    if by_address == (reviewed is not None):
        refuse_usage(wiring, N_("give one of: --by-address, --reviewed FILE"))
    if reviewed is not None:
        _place_reviewed(wiring, reviewed, by.strip(), json_)
    else:
        _place_by_address(wiring, streets, register, district, to, by.strip() if confirm else None, json_)


def _place_by_address(
    wiring: Wiring,
    streets: Path | None,
    register: str | None,
    district: str | None,
    to: Path | None,
    placing_by: str | None,
    json_: bool,
) -> None:
    """Propose places. If an officer is named, place the certain ones in her name; write the others for review."""
    from yihui.files.whole_files import check_output_path, write_atomically
    from yihui.services.stations.address_places import place_certain, propose_places
    from yihui.services.streets.current import STREETS_ATTRIBUTION, StreetNames
    from yihui.views.station_upkeep import proposal_lines, proposals_json, render_review_csv

    folder = streets or wiring.settings.streets
    if folder is None:
        refuse_usage(wiring, N_("name the folder with the streets"), option="--streets")
    if to is not None:
        check_output_path(to)
    proposals = propose_places(wiring, StreetNames(folder).require(), register, district)
    placed = [] if placing_by is None else place_certain(wiring, proposals, placing_by)
    left = [one for one in proposals if one not in placed]
    if to is not None:
        write_atomically(to, render_review_csv(left, wiring.language))
    emit(
        {"placed": proposals_json(placed), "left": proposals_json(left)},
        proposal_lines(proposals, wiring.language),
        json_,
    )
    if json_:
        return
    print_note(wiring, N_("placed: {placed}; left: {left}"), placed=len(placed), left=len(left))
    print_note(wiring, STREETS_ATTRIBUTION)


def _place_reviewed(wiring: Wiring, file: Path, by: str, json_: bool) -> None:
    from yihui.services.stations.address_places import place_all, read_reviewed

    rows = read_reviewed(file, by)
    place_all(wiring, rows)
    line = wiring.render(N_("{count} stations are placed"), count=len(rows))
    emit({"placed": [row.request.id for row in rows]}, [line], json_)
