"""Organisations' signed links: make the printed one, replace or revoke it, and read a scanned one."""

from dataclasses import dataclass

from sqlalchemy import Connection

from benefits import Officer
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from members import (
    LinkState,
    OrganisationLink,
    build_link_text,
    check_signing_key,
    claim_signing_key,
    issue_link,
    list_links,
    organisation_names,
    replace_link,
    revoke_link,
    verify_link,
)
from yihui.bootstrap import Wiring
from yihui.services.access.officers import act_as_officer
from yihui.services.stations.keeper_keys import check_site

ORGANISATION_QR_FAULTS = FaultTable(
    "organisation_qr",
    {
        "unknown_organisation": (
            N_("there is no organisation {value}"),
            N_("check the code; names come with `yihui organisations import`"),
        ),
        "no_link": (
            N_("{value} has no link that holds"),
            N_("make one: leave out --revoke"),
        ),
        "no_image_file": (
            N_("{value} is neither SVG, PNG nor HTML"),
            N_("name the file .svg, .png or .html"),
        ),
        "two_acts": (
            N_("--replace and --revoke are two things"),
            N_("give one of them; --revoke needs no --out"),
        ),
        "no_file": (N_("no file was named for the code"), N_("name it with --out")),
    },
)


@dataclass(frozen=True, slots=True)
class PrintableLink:
    """What is printed for an organisation: its name, and the address that the code holds."""

    code: str
    name: str
    link: OrganisationLink
    address: str


@dataclass(frozen=True, slots=True)
class ScannedLink:
    """What a scanned link is. ``address`` is the path of the link that holds in place of a replaced one."""

    state: LinkState
    code: str | None = None
    name: str | None = None
    path: str | None = None


def make_organisation_link(
    wiring: Wiring, code: str, by: str, reason: str, base: str, *, anew: bool
) -> PrintableLink:
    """Return the link of an organisation for printing: the one that holds, or a new one.

    ``anew`` replaces the one that holds. *Raises*: FaultError for an unknown organisation, or unless
    ``base`` is the address of a site.
    """
    site, key = check_site(base), wiring.load_signing_key()

    def work(connection: Connection, acting: Officer) -> PrintableLink:
        claim_signing_key(connection, key, acting.at)
        name = _require_name(connection, code)
        link = _holding(connection, code)
        if link is None:
            link = issue_link(connection, code, acting.who, acting.at)
        elif anew:
            link = replace_link(connection, link.link, acting.who, acting.at)
        return PrintableLink(code, name, link, f"{site}/join/{build_link_text(link, key)}")

    return act_as_officer(wiring, by, reason, work)


def revoke_organisation_link(wiring: Wiring, code: str, by: str, reason: str) -> OrganisationLink:
    """Revoke the link of an organisation without a new one. *Raises*: FaultError if none holds."""

    def work(connection: Connection, acting: Officer) -> OrganisationLink:
        _require_name(connection, code)
        link = _holding(connection, code)
        if link is None:
            raise FaultError(ORGANISATION_QR_FAULTS.build("no_link", field="CODE", value=code))
        revoke_link(connection, link.link, acting.who, acting.at)
        return link

    return act_as_officer(wiring, by, reason, work)


def read_scanned_link(wiring: Wiring, token: str) -> ScannedLink:
    """Return what a scanned link is, with the organisation's name where the link was ours. *Raises*: StoreError."""
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


def _require_name(connection: Connection, code: str) -> str:
    name = organisation_names(connection, [code]).get(code)
    if name is None:
        fault = ORGANISATION_QR_FAULTS.build("unknown_organisation", field="CODE", value=code[:40])
        raise FaultError(fault)
    return name


def _holding(connection: Connection, code: str) -> OrganisationLink | None:
    """Return the latest link of an organisation that holds; None if there is none."""
    holding = [link for link in list_links(connection, code) if link.revoked_at is None]
    return holding[-1] if holding else None
