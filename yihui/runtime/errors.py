"""Convert every error to one shape, for the command line and for HTTP (RFC 9457 problem details).

The shape is ``errors: [{file, row, column, field, value, message, why, remedy, severity}]``,
translated. One table maps each exception of the product to an exit code and an HTTP status.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType

from core.faults import Fault, FaultError, Term
from core.status_address import StatusAddressError
from core.text_marks import N_
from yihui.runtime.installation import find_missing_extra
from yihui.runtime.language import Language
from yihui.runtime.setting import mask_age_keys

_COMMAND = re.compile(r"yihui [a-z]")
_COMMANDS = re.compile(r" ?[(（][^()（）]*yihui [a-z][^()（）]*[)）]|[:：] ?`?yihui [a-z][^;；]*")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_VAGUE = (400, 404, 409, 410, 422)  # the statuses whose titles say no more than “not found”
EXIT_FINDINGS, EXIT_USAGE, EXIT_ENVIRONMENT, EXIT_INTERRUPTED = 1, 2, 3, 130

_CHECK = N_("check the name, the folder and its permissions")
_FULL = (N_("there is no room left for {name}"), N_("free some space and run the command again"))
_PERMISSION = (
    N_("{name} can't be opened: permission is missing"),
    N_("give yourself permission, or name another file"),
)
# Messages for operating system errors; an error that isn't listed keeps the system's own text.
_OS_ERRORS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        errno.ENOENT: (N_("there is no file {name}"), _CHECK),
        errno.EISDIR: (N_("{name} is a folder, not a file"), N_("name a file")),
        errno.ENOTDIR: (
            N_("there is no folder for {name}"),
            N_("make the folder first, or name another file"),
        ),
        errno.EACCES: _PERMISSION,
        errno.EPERM: _PERMISSION,
        errno.EROFS: _PERMISSION,
        errno.ENOSPC: _FULL,
        errno.EDQUOT: _FULL,
        errno.EADDRINUSE: (
            N_("the address {name} is taken by another program"),
            N_("stop the other program, or choose another port with --port"),
        ),
        errno.EADDRNOTAVAIL: (
            N_("{name} is no address of this machine"),
            N_("choose one of its own: 127.0.0.1 for this machine alone, or 0.0.0.0 for all of them"),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One fault in the reader's language; secret keys are masked wherever they stand in it."""

    message: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: int | None = None
    field: str | None = None
    value: str | None = None
    why: str | None = None
    severity: str = "error"

    def __post_init__(self) -> None:
        for name in ("message", "remedy", "file", "field", "value", "why"):
            if text := getattr(self, name):
                object.__setattr__(self, name, mask_age_keys(text))

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @property
    def advice(self) -> str:
        """The remedy as a page states it: without the commands of the console."""
        clauses = re.split("([;；] ?)", _COMMANDS.sub("", self.remedy))
        spoken = [one for one in clauses[::2] if not _COMMAND.search(one)]
        return (clauses[1] if len(clauses) > 1 else "").join(spoken)

    def text(self) -> str:
        """Return the error for a terminal, with control characters from the input replaced."""
        return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", self._text())

    def _text(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.row, self.column) if part is not None)
        words = f"{place}: {self.message}" if place and not self.message.startswith(place) else self.message
        why = f"\n    {self.why}" if self.why else ""
        return f"{words}{why}\n    → {self.remedy}" if self.remedy else words + why


@dataclass(frozen=True, slots=True)
class Problem:
    """All errors of one failed command or request, with title, HTTP status and exit code."""

    title: str
    status: int  # HTTP
    exit_code: int
    errors: tuple[ErrorLine, ...] = field(default=())

    @property
    def heading(self) -> str:
        """What a page has as its heading: the title, or a fault alone where the title says less."""
        return self.errors[0].message if len(self.errors) == 1 and self.status in _VAGUE else self.title

    def as_json(self) -> dict[str, object]:
        return {
            "title": self.title,
            "status": self.status,
            "errors": [line.as_json() for line in self.errors],
        }


def fault_line(fault: Fault, language: Language) -> ErrorLine:
    """Translate a fault into the reader's language."""
    params = {**fault.values, **{name: _translate_term(term, language) for name, term in fault.terms.items()}}
    if "expected" in fault.params:
        params["expected"] = language.format_list(parse_choices(fault.params["expected"]))
    return ErrorLine(
        message=language.render(fault.message, **params),
        remedy=language.render(fault.remedy, **params),
        file=fault.file,
        row=fault.row,
        column=fault.column,
        field=fault.field,
        value=fault.value,
        why=language.render(fault.why, **params) or None,
        severity=fault.severity,
    )


def _translate_term(term: Term, language: Language) -> str:
    if isinstance(term, str):
        return language.translate(term)
    return language.format_list(" ".join(map(language.translate, phrase)) for phrase in term)


def parse_choices(expected: str) -> list[str]:
    """Return the allowed values quoted in a text such as pydantic's “'a', 'b' or 'c'”."""
    return re.findall(r"'([^']*)'", expected) or [expected]


def problem_of(error: BaseException, language: Language) -> Problem | None:
    """Return the problem for a known error, or None for an error that is a defect of the program."""
    for kind, explain in _PROBLEM_BUILDERS.items():
        if isinstance(error, kind):
            return explain(error, language)
    return None


def problem_of_settings(lines: Sequence[ErrorLine], language: Language) -> Problem:
    """Return the problem of settings that can't be used."""
    return Problem(language.translate(_SETTINGS.title), _SETTINGS.status, _SETTINGS.exit_code, tuple(lines))


@dataclass(frozen=True, slots=True)
class FaultClass:
    """What an error means to a client: its title, its HTTP status and its exit code."""

    title: str
    status: int
    exit_code: int


_NOT_ACCEPTED = FaultClass(N_("the input was not accepted; faults: {count}"), 422, EXIT_FINDINGS)
_NOT_FOUND = FaultClass(N_("not found"), 404, EXIT_FINDINGS)
_USAGE = FaultClass(N_("wrong usage: {what}"), 400, EXIT_USAGE)
_SETTINGS = FaultClass(N_("the settings can't be used; nothing was touched"), 503, EXIT_ENVIRONMENT)
_REFUSED = FaultClass(N_("the ledger refused this"), 422, EXIT_FINDINGS)
_NO_BACKUP = FaultClass(N_("nothing was backed up or restored"), 422, EXIT_ENVIRONMENT)
_NO_LOGIN = FaultClass(N_("nobody was logged in, and nothing was changed"), 422, EXIT_FINDINGS)
_NO_OIDC = FaultClass(N_("the log-in did not work, and nothing was changed"), 403, EXIT_FINDINGS)
# By area or by whole code; the whole code counts first. Anything else is input that was not accepted.
FAULT_CLASSES: Mapping[str, FaultClass] = MappingProxyType(
    {
        "usage": _USAGE,
        "setting": _SETTINGS,
        "setting_source": _SETTINGS,
        "serving": _USAGE,
        "broker": _SETTINGS,
        "output.folder": FaultClass(N_("a file or an address can't be used"), 503, EXIT_ENVIRONMENT),
        "access.no_capacity_option": _USAGE,
        "access.not_above_zero": _USAGE,
        "demand.too_many_points": _USAGE,
        "nearest.unknown_travel": _USAGE,
        "rules": FaultClass(
            N_("the rules were not loaded; findings: {count}; the rules in force are untouched"),
            422,
            EXIT_FINDINGS,
        ),
        "mapping": FaultClass(N_("the mapping can't be used; findings: {count}"), 422, EXIT_FINDINGS),
        "ogc": FaultClass(N_("the request was not accepted; faults: {count}"), 400, EXIT_FINDINGS),
        "ogc.no_extra": FaultClass(N_("there is no OGC API here"), 404, EXIT_ENVIRONMENT),
        "ogc.unknown_collection": FaultClass(N_("there is no such collection"), 404, EXIT_FINDINGS),
        "ogc.unknown_feature": FaultClass(N_("there is no such feature"), 404, EXIT_FINDINGS),
        "stations_api.unknown_station": FaultClass(N_("not found"), 404, EXIT_FINDINGS),
        "stations_api.unknown_version": FaultClass(
            N_("what changed since can't be told"), 410, EXIT_FINDINGS
        ),
        "store": FaultClass(N_("the database can't be used"), 503, EXIT_ENVIRONMENT),
        "backup": _NO_BACKUP,
        "age": _NO_BACKUP,
        "key_archive": _NO_BACKUP,
        "following": FaultClass(N_("nothing was started"), 503, EXIT_ENVIRONMENT),
        "stream": FaultClass(N_("the stream can't be used"), 503, EXIT_ENVIRONMENT),
        "routing": FaultClass(N_("real ways can't be had"), 503, EXIT_ENVIRONMENT),
        "street_map_build.no_tilemaker": FaultClass(N_("the map can't be built"), 503, EXIT_ENVIRONMENT),
        "report_tools": FaultClass(N_("the report can't be made"), 503, EXIT_ENVIRONMENT),
        "move": _REFUSED,
        "move.foreign": replace(_REFUSED, status=403),
        "move.unknown": replace(_REFUSED, status=404),
        "move.request_reused": replace(_REFUSED, status=409),
        "move.used_up": replace(_REFUSED, status=409),
        "move.over_amount": replace(_REFUSED, status=409),
        "move.void": replace(_REFUSED, status=410),
        "move.expired": replace(_REFUSED, status=410),
        "move.lapsed": replace(_REFUSED, status=410),
        "points": _REFUSED,
        "points.short": replace(_REFUSED, status=409),
        "membership.own": replace(_NOT_ACCEPTED, status=409),
        "membership.is_member": replace(_NOT_ACCEPTED, status=409),
        "membership.left": replace(_NOT_ACCEPTED, status=409),
        "membership.died": replace(_NOT_ACCEPTED, status=409),
        "membership.retired": replace(_NOT_ACCEPTED, status=409),
        "membership.suspended": replace(_NOT_ACCEPTED, status=409),
        "membership.not_suspended": replace(_NOT_ACCEPTED, status=409),
        "membership.unknown_organisation": _NOT_FOUND,
        "membership.ended": replace(_NOT_ACCEPTED, status=410),
        "membership.ended_for_good": replace(_NOT_ACCEPTED, status=410),
        "poll.unknown": _NOT_FOUND,
        "take_part.unknown": _NOT_FOUND,
        "poll.unknown_member": _NOT_FOUND,
        "poll.not_a_member": replace(_NOT_ACCEPTED, status=403),
        "poll.outside_scope": replace(_NOT_ACCEPTED, status=403),
        "poll.not_open_yet": replace(_NOT_ACCEPTED, status=409),
        "poll.answered": replace(_NOT_ACCEPTED, status=409),
        "poll.sealed": replace(_NOT_ACCEPTED, status=409),
        "poll.closed": replace(_NOT_ACCEPTED, status=410),
        "poll.other_key": replace(_NOT_ACCEPTED, status=503),
        "voucher": _REFUSED,
        "voucher.merchant": replace(_REFUSED, status=401),
        "voucher.not_your_rule": replace(_REFUSED, status=403),
        "voucher.station_missing": replace(_REFUSED, status=403),
        "voucher.not_your_station": replace(_REFUSED, status=403),
        "voucher.unknown_code": replace(_REFUSED, status=404),
        "voucher.no_redemption": replace(_REFUSED, status=404),
        "voucher.batch_reused": replace(_REFUSED, status=409),
        "voucher.uses_up": replace(_REFUSED, status=409),
        "voucher.over_redeemed": replace(_REFUSED, status=409),
        "voucher.token_used": replace(_REFUSED, status=409),
        "voucher.withdrawn": replace(_REFUSED, status=410),
        "member_card.no_card": _NOT_FOUND,
        "member_card.unknown_card": replace(_NOT_ACCEPTED, status=410),
        "member_card.card_blocked": replace(_NOT_ACCEPTED, status=410),
        "member_card.card_replaced": replace(_NOT_ACCEPTED, status=410),
        "member_card.member_left": replace(_NOT_ACCEPTED, status=410),
        "member_card.member_died": replace(_NOT_ACCEPTED, status=410),
        "member_card.member_suspended": replace(_NOT_ACCEPTED, status=403),
        "member_card.not_a_member": replace(_NOT_ACCEPTED, status=403),
        "signing_key.other_key": FaultClass(N_("the database can't be used"), 503, EXIT_ENVIRONMENT),
        "signing_key.retired_key": FaultClass(N_("the database can't be used"), 503, EXIT_ENVIRONMENT),
        # Over HTTP:
        "event.not_json": replace(_NOT_ACCEPTED, status=400),
        "event.not_utf8": replace(_NOT_ACCEPTED, status=400),
        "webhook_handshake": replace(_NOT_ACCEPTED, status=400),
        "appeal.unknown_decision": _NOT_FOUND,
        "body": replace(_NOT_ACCEPTED, status=415),
        "body.too_large": replace(_NOT_ACCEPTED, status=413),
        "body.too_slow": replace(_NOT_ACCEPTED, status=408),
        "body.broken": replace(_NOT_ACCEPTED, status=400),
        "body.repeated_key": replace(_NOT_ACCEPTED, status=400),
        "body.repeated_parameter": replace(_NOT_ACCEPTED, status=400),
        "body.nul": replace(_NOT_ACCEPTED, status=400),
        "body.long_address": replace(_NOT_ACCEPTED, status=414),
        "body.long_headers": replace(_NOT_ACCEPTED, status=431),
        "representation": replace(_NOT_ACCEPTED, status=406),
        "reporter_key": replace(_NOT_ACCEPTED, status=503),
        "ingress": FaultClass(N_("too much waits"), 429, EXIT_FINDINGS),
        "rate": FaultClass(N_("too much is asked from here"), 429, EXIT_FINDINGS),
        "submission.unknown_station": _NOT_FOUND,
        "submission.too_often": FaultClass(N_("too many reports"), 429, EXIT_FINDINGS),
        "submission.unavailable": FaultClass(
            N_("the site can't answer at the moment"), 503, EXIT_ENVIRONMENT
        ),
        "report_number": _NOT_FOUND,
        "feed_address": _NOT_FOUND,
        "voucher_view": _NOT_FOUND,
        "voucher_codes": FaultClass(N_("too many wrong codes"), 429, EXIT_FINDINGS),
        "sender.unknown": _NOT_FOUND,
        "sender.unknown_key": _NOT_FOUND,
        "sender_key": FaultClass(N_("a valid key is needed"), 401, EXIT_FINDINGS),
        "sender_key.in_address": FaultClass(N_("a valid key is needed"), 400, EXIT_FINDINGS),
        "sender_key.several": FaultClass(N_("a valid key is needed"), 400, EXIT_FINDINGS),
        "sender_key.too_many": FaultClass(N_("too many wrong keys"), 429, EXIT_FINDINGS),
        "sender_key.use": FaultClass(N_("the key does not allow this"), 403, EXIT_FINDINGS),
        "withheld_key": FaultClass(N_("this site doesn't do this"), 403, EXIT_FINDINGS),
        "sender_bound": FaultClass(N_("the key does not allow this"), 403, EXIT_FINDINGS),
        "authorisation": FaultClass(N_("you may not do this"), 403, EXIT_FINDINGS),
        "form_key": FaultClass(N_("the form was not accepted"), 403, EXIT_FINDINGS),
        "officer_form.foreign": FaultClass(N_("the form was not accepted"), 403, EXIT_FINDINGS),
        "application_file.unknown": _NOT_FOUND,
        "application_file.unknown_own": _NOT_FOUND,
        "own_application.unknown": _NOT_FOUND,
        "own_application.unknown_form": _NOT_FOUND,
        "own_application.moved_on": replace(_NOT_ACCEPTED, status=409),
        "resumed_upload.unknown": _NOT_FOUND,
        "resumed_upload.offset": replace(_NOT_ACCEPTED, status=409),
        "attachment.too_big": replace(_NOT_ACCEPTED, status=413),
        "attachment_store.gone": _NOT_FOUND,
        "disk.scarce": FaultClass(N_("the file was not taken"), 507, EXIT_ENVIRONMENT),
        "application.unknown": _NOT_FOUND,
        "notice_list.unknown": _NOT_FOUND,
        "application.moved_on": replace(_NOT_ACCEPTED, status=409),
        "once.other_content": replace(_NOT_ACCEPTED, status=409),
        "thing.changed": replace(_NOT_ACCEPTED, status=409),
        "thing.unknown": _NOT_FOUND,
        "officer_form.unfinished": FaultClass(N_("the form was sent before"), 409, EXIT_FINDINGS),
        "draw_page.unknown": _NOT_FOUND,
        "officer_form.partly_done": FaultClass(N_("the act was not finished"), 409, EXIT_FINDINGS),
        "upload": FaultClass(N_("not found"), 404, EXIT_FINDINGS),
        "job.unknown": _NOT_FOUND,
        "job_file.unknown": _NOT_FOUND,
        "job.too_many": replace(_NOT_ACCEPTED, status=429),
        "demand_upload.unknown": _NOT_FOUND,
        "inspection.unknown_photo": _NOT_FOUND,
        "demand_upload.not_owner": replace(_NOT_ACCEPTED, status=403),
        "demand_upload.same_name": replace(_NOT_ACCEPTED, status=409),
        "authorisation.not_logged_in": FaultClass(N_("log in first"), 401, EXIT_FINDINGS),
        "login": _NO_LOGIN,
        "login.wrong": replace(_NO_LOGIN, status=401),
        "login.wrong_code": replace(_NO_LOGIN, status=401),
        "login.too_many": replace(_NO_LOGIN, status=429),
        "login.step_over": replace(_NO_LOGIN, status=410),
        "login.form": replace(_NO_LOGIN, status=403),
        "login.not_encrypted": replace(_NO_LOGIN, status=403),
        "login.secret_unreadable": replace(_NO_LOGIN, status=503, exit_code=EXIT_ENVIRONMENT),
        "member_login": replace(_NO_LOGIN, status=422),
        "member_login.wrong_code": replace(_NO_LOGIN, status=401),
        "member_login.choice_locked": replace(_NO_LOGIN, status=429),
        "member_login.too_many": replace(_NO_LOGIN, status=429),
        "member_login.too_many_codes": replace(_NO_LOGIN, status=429),
        "member_login.wait": replace(_NO_LOGIN, status=429),
        "member_login.code_over": replace(_NO_LOGIN, status=410),
        "member_login.session_over": _NOT_FOUND,
        "member_login.unknown_app": replace(_NO_LOGIN, status=401),
        "member_login.long_life": replace(_NO_LOGIN, status=401),
        "member_login.replayed": replace(_NO_LOGIN, status=409),
        "member_login.app_away": replace(_NO_LOGIN, status=503, exit_code=EXIT_ENVIRONMENT),
        "member_login.handover_over": replace(_NO_LOGIN, status=410),
        "member_apps": _USAGE,
        "member_login.no_sender": replace(_NO_LOGIN, status=503, exit_code=EXIT_ENVIRONMENT),
        "login.officer_unknown": _NOT_FOUND,
        "login.session_over": _NOT_FOUND,
        "login.console_name": _USAGE,
        "reach.member": _NOT_FOUND,
        "oidc_setting": _SETTINGS,
        "oidc": _NO_OIDC,
        "oidc.not_set_up": replace(_NO_OIDC, status=404),
        "oidc.too_many": replace(_NO_OIDC, status=429),
        "oidc_provider": FaultClass(N_("the identity provider can't be asked"), 503, EXIT_ENVIRONMENT),
        "keeper_access": FaultClass(N_("only a keeper of this station may do this"), 403, EXIT_FINDINGS),
        "keeper_access.no_key": FaultClass(
            N_("only a keeper of this station may do this"), 401, EXIT_FINDINGS
        ),
        "keeper_access.too_many": FaultClass(
            N_("only a keeper of this station may do this"), 429, EXIT_FINDINGS
        ),
        "device_access": FaultClass(N_("only a device of this station may do this"), 403, EXIT_FINDINGS),
        "device_access.no_key": FaultClass(
            N_("only a device of this station may do this"), 401, EXIT_FINDINGS
        ),
        "device_access.too_many": FaultClass(
            N_("only a device of this station may do this"), 429, EXIT_FINDINGS
        ),
        **dict.fromkeys(
            (f"statistics.outside_{code}" for code in ("list", "small", "traits", "year")),
            replace(_NOT_ACCEPTED, status=403),
        ),
        "session.unknown": _NOT_FOUND,
        "own": _NOT_FOUND,
        "organisation_lookup": _NOT_FOUND,
        "founding_proposal.unknown": _NOT_FOUND,
        **dict.fromkeys(
            (f"organisation_page.{code}" for code in ("no_page", "no_version", "no_picture")), _NOT_FOUND
        ),
        **dict.fromkeys(
            (f"session.{code}" for code in ("closed", "not_in_force", "not_enrolled", "nothing_to_cancel")),
            replace(_NOT_ACCEPTED, status=409),
        ),
        "joining.unknown": _NOT_FOUND,
        "joining.own_unknown": _NOT_FOUND,
        "joining.not_reviewed": _NOT_FOUND,
        "joining.no_setting": _NOT_FOUND,
        "joining.organisation": _NOT_FOUND,
        **dict.fromkeys(
            (
                f"joining.{code}"
                for code in (
                    "over",
                    "waiting",
                    "no_identity",
                    "not_proven",
                    "elsewhere",
                    "no_transfer",
                    "own_organisation",
                    "key_reused",
                    "not_waiting",
                    "early",
                )
            ),
            replace(_NOT_ACCEPTED, status=409),
        ),
        **dict.fromkeys(
            (
                f"joining.{code}"
                for code in (
                    "expired",
                    "locked",
                    "refused",
                    "withdrawn",
                    "old_code",
                    "link",
                    "organisation_ended",
                )
            ),
            replace(_NOT_ACCEPTED, status=410),
        ),
        "joining.not_active": replace(_NOT_ACCEPTED, status=403),
        **dict.fromkeys(
            ("joining.too_soon", "joining.too_many_codes"),
            FaultClass(N_("too many codes"), 429, EXIT_FINDINGS),
        ),
        "joining.full": replace(_NOT_ACCEPTED, status=429),
        **dict.fromkeys(
            ("joining.no_sender", "joining.no_vault", "joining.not_sent"),
            FaultClass(N_("joining is not possible at the moment"), 503, EXIT_ENVIRONMENT),
        ),
        **dict.fromkeys(
            (
                f"hotline.{code}"
                for code in (
                    "unknown_case",
                    "unknown_article",
                    "unknown_decision",
                    "no_caller",
                    "own_unknown",
                    "unknown_topic",
                )
            ),
            _NOT_FOUND,
        ),
        **dict.fromkeys(
            (
                f"hotline.{code}"
                for code in (
                    "changed",
                    "not_now",
                    "accepted",
                    "not_accepted",
                    "done",
                    "own_over",
                    "article_changed",
                )
            ),
            replace(_NOT_ACCEPTED, status=409),
        ),
        "hotline.no_vault": replace(_NOT_ACCEPTED, status=503),
        "hardship.unknown_case": _NOT_FOUND,
        "hardship.unknown_line": _NOT_FOUND,
        "hardship.unknown_visit": _NOT_FOUND,
        **dict.fromkeys(
            (
                f"hardship.{code}"
                for code in ("changed", "not_now", "visit_not_now", "under_way", "has_case", "receipt_used")
            ),
            replace(_NOT_ACCEPTED, status=409),
        ),
        "hardship.no_vault": replace(_NOT_ACCEPTED, status=503),
        "mutual_aid.unknown_policy": _NOT_FOUND,
        "mutual_aid.unknown_claim": _NOT_FOUND,
        "mutual_aid.unknown_cover": _NOT_FOUND,
        **dict.fromkeys(
            (
                f"mutual_aid.{code}"
                for code in ("changed", "not_now", "same_policy", "receipt_used", "paid", "capped")
            ),
            replace(_NOT_ACCEPTED, status=409),
        ),
        **dict.fromkeys(("inspection.unknown", "inspection.station"), _NOT_FOUND),
        **dict.fromkeys(("inspection.over", "inspection.planned"), replace(_NOT_ACCEPTED, status=409)),
        "drawing": FaultClass(N_("too many files"), 503, EXIT_ENVIRONMENT),
        "listeners": FaultClass(N_("too many listeners"), 503, EXIT_ENVIRONMENT),
        "host": FaultClass(N_("foreign host or origin"), 403, EXIT_FINDINGS),
        "host.several_names": replace(_NOT_ACCEPTED, status=400),
    }
)


def classify_fault(code: str) -> FaultClass:
    """Return the class of a fault's code."""
    return FAULT_CLASSES.get(code) or FAULT_CLASSES.get(code.partition(".")[0], _NOT_ACCEPTED)


def problem_of_faults(faults: Sequence[Fault], language: Language) -> Problem:
    """Return the problem of faults; the first one's code decides about title, status and exit code."""
    found = classify_fault(faults[0].code if faults else "")
    title = language.render(
        found.title,
        count=len(faults),
        what=language.format_list(fault.field or "" for fault in faults),
    )
    lines = tuple(fault_line(fault, language) for fault in faults)
    return Problem(title, found.status, found.exit_code, lines)


def _fault_error(error: BaseException, language: Language) -> Problem:
    assert isinstance(error, FaultError)
    return problem_of_faults(error.faults, language)


def _os_error(error: BaseException, language: Language) -> Problem:
    assert isinstance(error, OSError)
    name = str(error.filename or "")
    template, remedy = _OS_ERRORS.get(error.errno or 0, (N_("{name}: {detail}"), _CHECK))
    if isinstance(error, StatusAddressError) and error.errno == errno.EADDRINUSE:
        remedy = N_("stop the other program, or choose another port with --probes or YIHUI_PROBES")
    detail = error.strerror or str(error)
    line = ErrorLine(
        language.render(template, name=name, detail=detail), language.render(remedy), file=name or None
    )
    return Problem(language.render(N_("a file or an address can't be used")), 503, EXIT_ENVIRONMENT, (line,))


def _missing_package(error: BaseException, language: Language) -> Problem | None:
    """Name the extra that brings a package; None for a module that no extra brings, which is a defect."""
    assert isinstance(error, ModuleNotFoundError)
    if (found := find_missing_extra(error)) is None:
        return None
    package, extra = found
    line = ErrorLine(
        language.render(N_("this needs the package {package}, which is not installed"), package=package),
        language.render(N_("install it: pip install 'yihui[{extra}]'"), extra=extra),
    )
    return Problem(language.render(N_("a part of Yihui is not installed")), 501, EXIT_ENVIRONMENT, (line,))


def _too_deep(_error: BaseException, language: Language) -> Problem:
    line = ErrorLine(
        language.render(N_("the input is nested too deeply")),
        language.render(N_("flatten it; a few levels are enough")),
    )
    return Problem(language.render(N_("the input can't be read")), 422, EXIT_FINDINGS, (line,))


def _no_text(_error: BaseException, language: Language) -> Problem:
    line = ErrorLine(
        language.render(N_("a name or a text is not UTF-8")),
        language.render(N_("rename the file, or save it as UTF-8")),
    )
    return Problem(language.render(N_("the input can't be read")), 422, EXIT_FINDINGS, (line,))


def _interrupted(_error: BaseException, language: Language) -> Problem:
    title = language.render(N_("stopped; what was committed stays, run the command again to go on"))
    return Problem(title, 503, EXIT_INTERRUPTED)


ProblemBuilder = Callable[[BaseException, Language], Problem | None]
_PROBLEM_BUILDERS: Mapping[type[BaseException], ProblemBuilder] = MappingProxyType(
    {
        FaultError: _fault_error,
        OSError: _os_error,
        ModuleNotFoundError: _missing_package,
        KeyboardInterrupt: _interrupted,
        RecursionError: _too_deep,
        UnicodeError: _no_text,
    }
)
