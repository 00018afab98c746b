"""Convert every error to one shape, for the command line and for HTTP (RFC 9457 problem details).

The shape is ``errors: [{file, row, column, field, value, message, why, remedy, severity}]``,
translated. One table maps each exception of the product to an exit code and an HTTP status.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from types import MappingProxyType

from core.faults import Fault, FaultError, Term
from core.status_address import StatusAddressError
from core.text_marks import N_
from yihui.runtime.installation import find_missing_extra
from yihui.runtime.language import Language
from yihui.runtime.setting import mask_age_keys

_COMMAND = re.compile(r"yihui [a-z]")
_COMMANDS = re.compile(r" ?[(（][^()（）]*(?:yihui [a-z]|--[a-z])[^()（）]*[)）]|[:：] ?`?yihui [a-z][^;；]*")
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
_OS_ERRORS: Mapping[int, tuple[str, str]] = {
    errno.ENOENT: (N_("there is no file {name}"), _CHECK),
    errno.EISDIR: (N_("{name} is a folder, not a file"), N_("name a file")),
    errno.ENOTDIR: (N_("there is no folder for {name}"), N_("make the folder first, or name another file")),
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
        clauses = re.split("([;；] ?)", without_commands(self.remedy))
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


def without_commands(text: str) -> str:
    """Return a text without the commands and options of the console, as a page states it."""
    return _COMMANDS.sub("", text)


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
        return language.title(term)
    return language.format_list(" ".join(map(language.title, phrase)) for phrase in term)


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
    code: int = EXIT_FINDINGS

    @property
    def exit_code(self) -> int:
        """The exit code; a status that blames the server is the environment's."""
        return EXIT_ENVIRONMENT if self.status >= 500 else self.code


_NOT_ACCEPTED = FaultClass(N_("the input was not accepted; faults: {count}"), 422)
_NOT_FOUND = FaultClass(N_("not found"), 404)
_USAGE = FaultClass(N_("wrong usage: {what}"), 400, EXIT_USAGE)
_SETTINGS = FaultClass(N_("the settings can't be used; nothing was touched"), 503)
_REFUSED = FaultClass(N_("the ledger refused this"), 422)
_DATABASE = FaultClass(N_("the database can't be used"), 503)
_NO_BACKUP = FaultClass(N_("nothing was backed up or restored"), 422, EXIT_ENVIRONMENT)
_NO_LOGIN = FaultClass(N_("nobody was logged in, and nothing was changed"), 422)
_NO_FORM = FaultClass(N_("the form was not accepted"), 403)
_KEY_REFUSED = FaultClass(N_("the key does not allow this"), 403)
_NO_JOINING = FaultClass(N_("joining is not possible at the moment"), 503)
_TOO_MANY_CODES = FaultClass(N_("too many codes"), 429)
# The class of whole areas; what has none is input that was not accepted.
_AREAS: Mapping[str, FaultClass] = {
    "usage": _USAGE,
    "setting": _SETTINGS,
    "setting_source": _SETTINGS,
    "oidc_setting": _SETTINGS,
    "serving": _USAGE,
    "broker": _SETTINGS,
    "member_apps": _USAGE,
    "rules": FaultClass(
        N_("the rules were not loaded; findings: {count}; the rules in force are untouched"), 422
    ),
    "mapping": FaultClass(N_("the mapping can't be used; findings: {count}"), 422),
    "ogc": FaultClass(N_("the request was not accepted; faults: {count}"), 400),
    "store": _DATABASE,
    "backup": _NO_BACKUP,
    "age": _NO_BACKUP,
    "key_archive": _NO_BACKUP,
    "following": FaultClass(N_("nothing was started"), 503),
    "stream": FaultClass(N_("the stream can't be used"), 503),
    "routing": FaultClass(N_("real ways can't be had"), 503),
    "report_tools": FaultClass(N_("the report can't be made"), 503),
    "move": _REFUSED,
    "points": _REFUSED,
    "voucher": _REFUSED,
    "organisation_lookup": _NOT_FOUND,
    "own": _NOT_FOUND,
    "upload": _NOT_FOUND,
    "drawing": FaultClass(N_("too many files"), 503),
    "webhook_handshake": replace(_NOT_ACCEPTED, status=400),
    "body": replace(_NOT_ACCEPTED, status=415),
    "representation": replace(_NOT_ACCEPTED, status=406),
    "host": FaultClass(N_("foreign host or origin"), 403),
    "ingress": FaultClass(N_("too much waits"), 429),
    "rate": FaultClass(N_("too much is asked from here"), 429),
    "listeners": FaultClass(N_("too many listeners"), 503),
    "report_number": _NOT_FOUND,
    "feed_address": _NOT_FOUND,
    "voucher_codes": FaultClass(N_("too many wrong codes"), 429),
    "form_key": _NO_FORM,
    "sender_key": FaultClass(N_("a valid key is needed"), 401),
    "sender_bound": _KEY_REFUSED,
    "withheld_key": FaultClass(N_("this site doesn't do this"), 403),
    "reporter_key": replace(_NOT_ACCEPTED, status=503),
    "keeper_access": FaultClass(N_("only a keeper of this station may do this"), 403),
    "device_access": FaultClass(N_("only a device of this station may do this"), 403),
    "authorisation": FaultClass(N_("you may not do this"), 403),
    "login": _NO_LOGIN,
    "member_login": _NO_LOGIN,
    "oidc": FaultClass(N_("the log-in did not work, and nothing was changed"), 403),
    "oidc_provider": FaultClass(N_("the identity provider can't be asked"), 503),
}
# Statuses of single codes, where they are not those of their area.
_STATUSES: Mapping[str, Mapping[int, str]] = {
    "move": {
        403: "foreign",
        404: "unknown",
        409: "request_reused used_up over_amount",
        410: "void expired lapsed",
    },
    "points": {409: "short"},
    "voucher": {
        401: "merchant",
        403: "not_your_rule station_missing not_your_station",
        404: "unknown_code no_redemption",
        409: "batch_reused uses_up over_redeemed token_used",
        410: "withdrawn",
    },
    "membership": {
        404: "unknown_organisation",
        409: "own is_member left died retired suspended not_suspended",
        410: "ended ended_for_good",
    },
    "poll": {
        403: "not_a_member outside_scope",
        404: "unknown unknown_member",
        409: "not_open_yet answered sealed",
        410: "closed",
        503: "other_key",
    },
    "member_card": {
        403: "member_suspended not_a_member",
        404: "no_card",
        410: "unknown_card card_blocked card_replaced member_left member_died",
    },
    "session": {404: "unknown", 409: "closed not_in_force not_enrolled nothing_to_cancel"},
    "joining": {
        403: "not_active",
        404: "unknown own_unknown not_reviewed no_setting organisation",
        409: "over waiting no_identity not_proven elsewhere no_transfer own_organisation key_reused not_waiting on_paper no_own_consent",
        410: "expired locked refused withdrawn old_code link organisation_ended",
        429: "full",
    },
    "hotline": {
        404: "unknown_case unknown_article unknown_decision no_caller unknown_topic",
        409: "changed not_now accepted not_accepted done own_over article_changed",
        503: "no_vault",
    },
    "hardship": {
        404: "unknown_case unknown_line unknown_visit",
        409: "changed not_now visit_not_now under_way has_case receipt_used",
        503: "no_vault",
    },
    "mutual_aid": {
        404: "unknown_policy unknown_claim unknown_cover",
        409: "changed not_now same_policy receipt_used paid capped",
    },
    "station": {404: "unknown"},
    "revocation": {404: "no_change", 409: "over"},
    "inspection": {404: "unknown station", 409: "over planned"},
    "own_application": {404: "unknown unknown_form", 409: "moved_on"},
    "application": {404: "unknown", 409: "moved_on"},
    "appeal": {404: "unknown_decision"},
    "statistics": {403: "outside_list outside_small outside_traits outside_year"},
    "notice_list": {404: "unknown"},
    "draw_page": {404: "unknown"},
    "founding_proposal": {404: "unknown"},
    "organisation_page": {404: "no_page no_version no_picture"},
    "reach": {404: "member"},
    "application_file": {404: "unknown unknown_own"},
    "resumed_upload": {404: "unknown", 409: "offset"},
    "attachment": {413: "too_big"},
    "attachment_store": {404: "gone"},
    "job": {404: "unknown", 429: "too_many"},
    "job_file": {404: "unknown"},
    "demand_upload": {403: "not_owner", 404: "unknown", 409: "same_name"},
    "event": {400: "not_json not_utf8"},
    "body": {
        400: "broken repeated_key repeated_parameter repeated_on_page nul",
        408: "too_slow",
        413: "too_large",
        414: "long_address",
        431: "long_headers",
    },
    "once": {409: "other_content"},
    "thing": {404: "unknown unknown_own", 409: "changed"},
    "sender": {404: "unknown unknown_key"},
    "sender_key": {400: "in_address several"},
    "keeper_access": {401: "no_key", 429: "too_many"},
    "device_access": {401: "no_key", 429: "too_many"},
    "login": {
        401: "wrong wrong_code",
        403: "form not_encrypted",
        410: "step_over",
        429: "too_many",
        503: "secret_unreadable",
    },
    "member_login": {
        401: "wrong_code unknown_app long_life",
        409: "replayed",
        410: "code_over handover_over",
        429: "choice_locked too_many too_many_codes wait",
        503: "app_away no_sender",
    },
    "oidc": {404: "not_set_up", 429: "too_many"},
}
# Codes whose title is not that of their area.
_CODES: Mapping[str, FaultClass] = {
    "output.folder": FaultClass(N_("a file or an address can't be used"), 503),
    "access.no_capacity_option": _USAGE,
    "access.not_above_zero": _USAGE,
    "demand.too_many_points": _USAGE,
    "nearest.unknown_travel": _USAGE,
    "ogc.no_extra": FaultClass(N_("there is no OGC API here"), 404, EXIT_ENVIRONMENT),
    "ogc.unknown_collection": FaultClass(N_("there is no such collection"), 404),
    "ogc.unknown_feature": FaultClass(N_("there is no such feature"), 404),
    "stations_api.unknown_station": _NOT_FOUND,
    "stations_api.unknown_version": FaultClass(N_("what changed since can't be told"), 410),
    "street_map_build.no_tilemaker": FaultClass(N_("the map can't be built"), 503),
    "signing_key.other_key": _DATABASE,
    "signing_key.retired_key": _DATABASE,
    "host.several_names": replace(_NOT_ACCEPTED, status=400),
    "submission.unknown_station": _NOT_FOUND,
    "submission.unknown_report": _NOT_FOUND,
    "submission.too_late": replace(_NOT_ACCEPTED, status=410),
    "submission.too_often": FaultClass(N_("too many reports"), 429),
    "submission.unavailable": FaultClass(N_("the site can't answer at the moment"), 503),
    "sender_key.too_many": FaultClass(N_("too many wrong keys"), 429),
    "sender_key.use": _KEY_REFUSED,
    "officer_form.foreign": _NO_FORM,
    "officer_form.unfinished": FaultClass(N_("the form was sent before"), 409),
    "officer_form.partly_done": FaultClass(N_("the act was not finished"), 409),
    "disk.scarce": FaultClass(N_("the file was not taken"), 507),
    "authorisation.not_logged_in": FaultClass(N_("log in first"), 401),
    "login.officer_unknown": _NOT_FOUND,
    "login.session_over": _NOT_FOUND,
    "login.console_name": _USAGE,
    "joining.too_soon": _TOO_MANY_CODES,
    "joining.too_many_codes": _TOO_MANY_CODES,
    "joining.no_sender": _NO_JOINING,
    "joining.no_vault": _NO_JOINING,
    "joining.not_sent": _NO_JOINING,
}


def _classify_all() -> Iterator[tuple[str, FaultClass]]:
    yield from _AREAS.items()
    for area, statuses in _STATUSES.items():
        for status, codes in statuses.items():
            other = replace(_AREAS.get(area, _NOT_ACCEPTED), status=status)
            is_missing = status == 404 and area not in _AREAS  # then the title says so
            yield from ((f"{area}.{code}", _NOT_FOUND if is_missing else other) for code in codes.split())
    yield from _CODES.items()


# By area or by whole code; the whole code counts first.
FAULT_CLASSES: Mapping[str, FaultClass] = MappingProxyType(dict(_classify_all()))


def classify_fault(code: str) -> FaultClass:
    """Return the class of a fault's code."""
    return FAULT_CLASSES.get(code) or FAULT_CLASSES.get(code.partition(".")[0], _NOT_ACCEPTED)


def problem_of_faults(faults: Sequence[Fault], language: Language) -> Problem:
    """Return the problem of faults; the first one's code decides about title, status and exit code."""
    found = classify_fault(faults[0].code if faults else "")
    title = language.render(
        found.title, count=len(faults), what=language.format_list(fault.field or "" for fault in faults)
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


def _unreadable(message: str, remedy: str, _error: BaseException, language: Language) -> Problem:
    line = ErrorLine(language.render(message), language.render(remedy))
    return Problem(language.render(N_("the input can't be read")), 422, EXIT_FINDINGS, (line,))


def _interruption_problem(_error: BaseException, language: Language) -> Problem:
    title = language.render(N_("stopped; what was committed stays, run the command again to go on"))
    return Problem(title, 503, EXIT_INTERRUPTED)


ProblemBuilder = Callable[[BaseException, Language], Problem | None]
_PROBLEM_BUILDERS: Mapping[type[BaseException], ProblemBuilder] = {
    FaultError: _fault_error,
    OSError: _os_error,
    ModuleNotFoundError: _missing_package,
    KeyboardInterrupt: _interruption_problem,
    RecursionError: partial(
        _unreadable, N_("the input is nested too deeply"), N_("flatten it; a few levels are enough")
    ),
    UnicodeError: partial(
        _unreadable, N_("a name or a text is not UTF-8"), N_("rename the file, or save it as UTF-8")
    ),
}
