"""The codes with which people join an organisation: printed, and what a scanned one is."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import LinkState, OrganisationLink

_PNG_SCALE = 12  # pixels for each module: sharp on 10 cm of paper at 300 dpi
_STEPS = (
    N_("Scan the code with the phone's camera or with WeChat."),
    N_("Say who you are: name, ID number, phone."),
    N_("Confirm. You are told at once whether you are in."),
)
LINK_FAULTS = FaultTable(
    "organisation_qr",
    {
        "no_link": (
            N_("{value} has no link that holds"),
            N_("make one: yihui organisations link {value}"),
        ),
        "no_image_file": (
            N_("{value} is neither SVG, PNG nor HTML"),
            N_("name the file .svg, .png or .html"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PrintableLink:
    """What is printed for an organisation: its name, the number of the link, and the address that the code holds."""

    name: str
    number: str
    address: str


@dataclass(frozen=True, slots=True)
class ScannedLink:
    """What a scanned link is. ``path`` is that of the link that holds in place of a replaced one."""

    state: "LinkState"
    code: str | None = None
    name: str | None = None
    path: str | None = None


def find_link(connection: "Connection", code: str) -> "OrganisationLink | None":
    """Return the latest link of an organisation that holds; None if there is none."""
    from members import list_links

    return next((one for one in reversed(list_links(connection, code)) if one.revoked_at is None), None)


def load_join_path(wiring: Wiring, code: str) -> str | None:
    """Return the path of an organisation's link; None if none holds."""
    with wiring.database.read() as connection:
        return find_join_path(wiring, connection, code)


def find_join_path(wiring: Wiring, connection: "Connection", code: str) -> str | None:
    """Return the path of an organisation's link, as ``load_join_path``."""
    from members import build_link_text, check_signing_key

    if (link := find_link(connection, code)) is None:
        return None
    key = wiring.load_signing_key()
    check_signing_key(connection, key)
    return f"/join/{build_link_text(link, key)}"


def load_printable_link(wiring: Wiring, code: str, base: str) -> PrintableLink:
    """Return the link of an organisation for printing.

    *Raises*: FaultError if none holds, or unless ``base`` is the address of a site.
    """
    from core.civil_time import civil_date
    from yihui.cases.organisations.state import read_state
    from yihui.services.stations.keeper_keys import check_site

    site = check_site(base)
    with wiring.database.read() as connection:
        name = read_state(connection, code, civil_date(wiring.now())).last.name
        link, path = find_link(connection, code), find_join_path(wiring, connection, code)
    if link is None:
        raise FaultError(LINK_FAULTS.build("no_link", field="code", value=code))
    return PrintableLink(name, link.link[:8], f"{site}{path}")


def read_scanned_link(wiring: Wiring, token: str) -> ScannedLink:
    """Return what a scanned link is, with the organisation's name where the link was ours. *Raises*: StoreError."""
    from members import build_link_text, check_signing_key, organisation_names, verify_link

    with wiring.database.read() as connection:
        verdict = verify_link(connection, token)
        if verdict.link is None:
            return ScannedLink(verdict.state)
        code = verdict.link.organisation
        name = organisation_names(connection, [code]).get(code)
        path = None
        if verdict.replacing is not None:
            key = wiring.load_signing_key()
            check_signing_key(connection, key)
            path = f"/join/{build_link_text(verdict.replacing, key)}"
    return ScannedLink(verdict.state, code, name, path)


def render_address_svg(address: str) -> str:
    """Render the code of an address as SVG."""
    from yihui.views.vouchers import render_qr_svg

    return render_qr_svg(address, scalable=True)


def render_link(link: PrintableLink, kind: str, language: Language) -> str | bytes:
    """Render the code for printing: alone as ``.svg`` or ``.png``, or as an A5 page without scripts and network.

    *Raises*: FaultError for another kind of file.
    """
    import segno

    from yihui.views.page_template import render_file_page

    if kind == ".png":
        out = io.BytesIO()
        segno.make(link.address, error="m", micro=False).save(
            out, kind="png", scale=_PNG_SCALE, border=4, light="#fff"
        )
        return out.getvalue()
    picture = render_address_svg(link.address)
    if kind == ".svg":
        return picture
    if kind != ".html":
        raise FaultError(LINK_FAULTS.build("no_image_file", field="--out", value=kind))
    said = {"name": link.name, "steps": _STEPS, "address": link.address, "number": link.number}
    return render_file_page("organisation_qr.html", language, picture=picture, **said)
