"""yihui serve: run the web site on this machine."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.cli.options import Probes, choose_probes
from yihui.cli.output import print_note
from yihui.cli.start_checks import StartChecks

top_level = typer.Typer()


_Routing = Annotated[
    Path | None,
    typer.Option(envvar="YIHUI_ROUTING", help=N_("folder of street tiles: travel times by real streets")),
]
_Streets = Annotated[
    Path | None,
    typer.Option(
        envvar="YIHUI_STREETS",
        help=N_(
            "folder of `yihui streets build`: roads and places are found by name, times follow real streets, the riders' map shows them"
        ),
    ),
]
_BaseMap = Annotated[
    Path | None,
    typer.Option(
        envvar="YIHUI_BASE_MAP",
        help=N_("MBTiles file with pictures under the riders' map (WGS84), in place of streets"),
    ),
]
_Public = Annotated[
    str,
    typer.Option(
        metavar="NAME[,NAME…]",
        envvar="YIHUI_PUBLIC",
        help=N_(
            "offer the pages for riders and keepers, or what --faces says, to the public under these host names"
        ),
    ),
]
_Faces = Annotated[
    list[str] | None,
    typer.Option(
        "--faces",
        metavar="FACE[=NAME][,…]",
        envvar="YIHUI_FACES",
        help=N_(
            "offer only these parts: riders, members, merchants, senders, desk (officers), gis; with =NAME under a "
            "host name of its own; otherwise all on this machine, and those for riders with --public"
        ),
    ),
]
_MembersName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        envvar="YIHUI_MEMBERS_NAME",
        help=N_("host name of the members' page where another process serves it: riders' pages link to it"),
    ),
]
_BehindProxy = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS[,ADDRESS…]",
        envvar="YIHUI_BEHIND_PROXY",
        help=N_("proxies whose X-Forwarded-For and X-Forwarded-Proto headers are trusted"),
    ),
]
_PerClient = Annotated[
    str,
    typer.Option(
        metavar="N[,FACE=N…]",
        envvar="YIHUI_PER_CLIENT",
        help=N_(
            "answers a second for one network on average; otherwise 50 under a public name, and unlimited without"
        ),
    ),
]


@top_level.command()
def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help=N_("port to listen on"))] = 8000,
    routing: _Routing = None,
    streets: _Streets = None,
    base_map: _BaseMap = None,
    public: _Public = "",
    host: Annotated[str, typer.Option(help=N_("address to listen on"))] = "127.0.0.1",
    behind_proxy: _BehindProxy = "",
    per_client: _PerClient = "",
    faces: _Faces = None,
    members_name: _MembersName = "",
    probes: Probes = None,
) -> None:
    from yihui.files.raster_tiles import RasterTiles
    from yihui.http.guard.serving import ServingOptions
    from yihui.http.server import check_addresses, start_server
    from yihui.runtime.audiences import Audience, iter_exposed_keys
    from yihui.services.stations.valhalla_files import find_tiles
    from yihui.services.streets.folder import StreetsFolder

    wiring: Wiring = context.obj
    # All checks before anything is made: the database, the key of reporters.
    checks = StartChecks.begin(context)
    serving = checks.run(
        lambda: ServingOptions.parse(
            public, behind_proxy, per_client, host, ",".join(faces or ()), members_name
        )
    )
    if routing:
        checks.run(lambda: find_tiles(routing))
    if streets:
        checks.run(lambda: StreetsFolder.open(streets))
    if base_map:
        checks.run(lambda: RasterTiles.open(base_map).close())
    chosen_probes = checks.run(lambda: choose_probes(wiring, probes))
    checks.run(lambda: check_addresses(chosen_probes, port, host))
    checks.check_site_keys(serving.audiences if serving else None)
    checks.finish()
    assert serving, "a fault of the options has ended this command"
    checks.check_known_keys(serving.audiences)
    checks.finish()
    # Open and read both now, so that their faults are reported before the server starts.
    assert wiring.database and wiring.library
    wiring.settings = replace(wiring.settings, audiences=serving.audiences)
    if Audience.RIDERS in serving.audiences:
        _warn_of_broken_key(wiring)
    for place in iter_exposed_keys(serving.audiences, wiring.settings.data_folder, os.environ):
        template = N_(
            "This site needs no {key}; keep it where the site's user can't read it (docs/serving.md)"
        )
        print_note(wiring, template, key=place)
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    message = wiring.render(N_("Yihui is at {url} (stop with Ctrl+C)"), url=url)
    settings = replace(
        wiring.settings,
        routing=routing,
        streets=streets,
        base_map=base_map,
        probes=chosen_probes,
    )
    print_note(wiring, N_("reading the stations …"))
    context.find_root().close()  # the database: this process goes on as the server's
    start_server(settings, port, message, serving, host)


def _warn_of_broken_key(wiring: Wiring) -> None:
    """Create the key of reporters, or warn the operator that it can't be used.

    The site still answers searches for stations without it.
    """
    from yihui.runtime.errors import fault_line
    from yihui.services.stations.reports import ReporterKeyUnavailable, require_reporter_key

    try:
        require_reporter_key(wiring)
    except ReporterKeyUnavailable as error:
        lines = [fault_line(fault, wiring.language) for fault in error.faults]
        detail = wiring.language.join_clauses(text for line in lines for text in (line.message, line.remedy))
        print_note(wiring, N_("What riders and keepers send can't be taken: {detail}"), detail=detail)
