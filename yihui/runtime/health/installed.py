"""Health checks of this machine's installation and of built files."""

import os
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.disk_room import read_disk_room
from yihui.runtime.health.check_result import HealthCheck, HealthFinding, HealthState, build_finding
from yihui.runtime.language import LOCALE_FOLDER

_SET_UP = N_("run make setup")


def _python(wiring: Wiring) -> HealthFinding:
    return HealthFinding("ok", ".".join(map(str, sys.version_info[:3])))


def _language(wiring: Wiring) -> HealthFinding:
    if (LOCALE_FOLDER / "zh" / "LC_MESSAGES" / "yihui.mo").exists():
        return HealthFinding("ok", wiring.language.code)
    return HealthFinding("broken", wiring.language.code, wiring.render(_SET_UP))


def _pages(wiring: Wiring) -> HealthFinding:
    from yihui.runtime.assets import STATIC_FOLDER

    if (STATIC_FOLDER / "vendor" / "manifest.json").exists():
        return build_finding(wiring, "ok", N_("browser libraries are built"))
    return build_finding(wiring, "broken", N_("browser libraries are not built"), _SET_UP)


def _outlines(wiring: Wiring) -> HealthFinding:
    from geo.formats import OUTLINES_FILE

    if OUTLINES_FILE.exists():
        return build_finding(wiring, "ok", N_("built"))
    return build_finding(wiring, "broken", N_("not built"), _SET_UP)


def _calendar(wiring: Wiring) -> HealthFinding:
    from core.calendars import Calendar, workday_table

    last = workday_table(Calendar.CN).last_year
    detail = N_("days off and make-up days are known to the end of {year}")
    if last >= wiring.now().year:
        return build_finding(wiring, "ok", detail, year=last)
    remedy = N_("upgrade holidays; until then such hours are unknown")
    return build_finding(wiring, "broken", detail, remedy, year=last)


def _postgres(wiring: Wiring) -> HealthFinding:
    if find_spec("psycopg") is not None:
        return build_finding(wiring, "ok", N_("driver installed"))
    return build_finding(wiring, "missing", N_("driver not installed"), N_("install yihui[postgres]"))


def _valhalla(wiring: Wiring) -> HealthFinding:
    from yihui.runtime.routing_faults import RoutingUnavailable
    from yihui.services.stations.valhalla_files import find_tiles, find_valhalla_programs

    try:
        where = find_valhalla_programs()
        if wiring.settings.routing is not None:
            find_tiles(wiring.settings.routing)
    except RoutingUnavailable as error:
        (fault,) = error.faults
        state: HealthState = "missing" if wiring.settings.routing is None else "broken"
        return build_finding(wiring, state, fault.message, fault.remedy, **fault.values)
    return HealthFinding("ok", str(where))


def _is_volume(folder: Path) -> bool:
    """Return whether it is a volume of Kubernetes: root's, with a group of our user's (``fsGroup``).

    Its group can read what lies in it, and nobody in the pod can change that.
    """
    found = folder.stat()
    return found.st_uid == 0 != os.geteuid() and found.st_gid in {os.getegid(), *os.getgroups()}


def _permissions(wiring: Wiring) -> HealthFinding:
    """Check that only the owner can read the data folder, its keys and the database."""
    folder = wiring.data_folder
    database = wiring.settings.database
    files = [*folder.glob("*.key"), *folder.glob("*.secret")]
    if "://" not in database:
        files += [Path(database + end) for end in ("", "-wal", "-shm")]
    others = 0o007 if _is_volume(folder) else 0o077
    wide = sorted(
        {str(one.absolute()) for one in (folder, *files) if one.exists() and one.stat().st_mode & others}
    )
    if not wide:
        return build_finding(wiring, "ok", N_("only the owner can read the data"))
    detail, names = (
        N_("other users of this machine can read or list: {names}"),
        wiring.language.format_list(wide),
    )
    command = f"chmod go-rwx {shlex.join(wide)}"
    return build_finding(wiring, "broken", detail, N_("run: {command}"), names=names, command=command)


def _keys(wiring: Wiring) -> HealthFinding:
    """Check the form of every key that is set or lies in the data folder; the check creates none."""
    from yihui.runtime.errors import fault_line
    from yihui.runtime.key_forms import iter_key_faults

    lines = [fault_line(fault, wiring.language) for fault in iter_key_faults(wiring.settings)]
    if not lines:
        return build_finding(wiring, "ok", N_("each that is set or in the data folder has its form"))
    join, remedies = wiring.language.join_clauses, dict.fromkeys(line.remedy for line in lines)
    return HealthFinding("broken", join(line.message for line in lines), join(remedies))


def _disk(wiring: Wiring) -> HealthFinding:
    """Check the room on the disks of the data folder and of a database that is a file."""
    folders = {wiring.data_folder}
    if "://" not in wiring.settings.database:
        folders.add(Path(wiring.settings.database).absolute().parent)
    folder, room = max(
        ((folder, read_disk_room(folder)) for folder in sorted(folders)), key=lambda one: one[1].used_share
    )
    detail = N_("{folder}: {free} GB of {size} GB are free")
    found = {"folder": folder, "free": f"{room.free / 1e9:.1f}", "size": f"{room.size / 1e9:.1f}"}
    if not room.is_scarce:
        return build_finding(wiring, "ok", detail, **found)
    remedy = N_("make room or enlarge the disk; until then the site takes no files")
    return build_finding(wiring, "broken", detail, remedy, **found)


def _streets(wiring: Wiring) -> HealthFinding:
    """Check the built streets: after an upgrade, riders find no street in names of another form."""
    folder = wiring.settings.streets
    if folder is None:
        return build_finding(wiring, "missing", N_("no streets are named (YIHUI_STREETS)"))
    from yihui.services.streets.build import find_outdated_parts
    from yihui.services.streets.folder import StreetsFolder

    streets = StreetsFolder.open(folder)
    outdated = find_outdated_parts(streets)
    if not outdated:
        return HealthFinding("ok", wiring.language.format_list(part.value for part in streets.records()))
    detail, parts = N_("built by another version: {parts}"), wiring.language.format_list(map(str, outdated))
    command = f"yihui streets build FILE.osm.pbf --to {shlex.quote(str(folder))}"
    return build_finding(wiring, "broken", detail, N_("run: {command}"), parts=parts, command=command)


INSTALLATION_CHECKS = (
    HealthCheck("python", N_("Python"), _python),
    HealthCheck("language", N_("language"), _language),
    HealthCheck("permissions", N_("file permissions"), _permissions),
    HealthCheck("keys", N_("keys"), _keys),
    HealthCheck("disk", N_("disk"), _disk),
    HealthCheck("pages", N_("maps and pages"), _pages),
    HealthCheck("outlines", N_("district outlines"), _outlines),
    HealthCheck("workdays", N_("work-days"), _calendar),
    HealthCheck("postgresql", "PostgreSQL", _postgres),
    HealthCheck("valhalla", "Valhalla", _valhalla),
    HealthCheck("streets", N_("streets"), _streets),
)
