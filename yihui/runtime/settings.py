"""Every setting of a process, declared once: its group, its variable, what it means, its default and how it is read.

``yihui settings``, ``docs/settings.md``, `load_settings` and the faults of wrong values follow from these
declarations. A name that is not here is an error.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.quiet_hours import QuietHours, parse_quiet_hours
from core.status_address import StatusAddress, parse_status_address
from core.text_marks import N_
from yihui.runtime.arguments import PROBES_REMEDY, parse_instant
from yihui.runtime.audiences import ALL_AUDIENCES, Audience
from yihui.runtime.language import DEFAULT_LANGUAGE, find_language
from yihui.runtime.setting import (
    Secrecy,
    Setting,
    SettingGroup,
    list_fields,
    read_list,
    read_matching,
    read_paths,
    read_yes_or_no,
)

if TYPE_CHECKING:
    from events.stream.access import StreamAccess

_DATA, _KEYS = SettingGroup(N_("Data")), SettingGroup(N_("Keys"))
_SITE, _PROCESSES = SettingGroup(N_("Site")), SettingGroup(N_("Processes"))
_BROKERS = SettingGroup(N_("Brokers"))
_PROVIDER = SettingGroup(N_("Log-in of officers by an identity provider"))
_MESSAGES, _TERMS = SettingGroup(N_("Messages")), SettingGroup(N_("Terms"))
_HEADS, _BACKUPS = SettingGroup(N_("Heads of the ledger")), SettingGroup(N_("Backups"))
_LOGS = SettingGroup(N_("Language, logs and trials"))

DEMO_AREA = "370000"  # Shandong
_TRUE_OR_FALSE = N_("write true or false")
_OF_GATEWAY: Mapping[str, Any] = {
    "read": read_matching(r"whsec_([A-Za-z0-9+/]{4}){6,}([A-Za-z0-9+/]{2,3}=*)?"),
    "message": N_("{field} is no secret"),
    "remedy": N_("write whsec_ and 24 to 64 bytes in Base64, as the gateway's operator gave it to you"),
    "secrecy": Secrecy.SECRET,
}
_read_receivers = read_list(r"/(?!.*://).*|https?://[^\s/@]+(/\S*)?", r"\s+")
_read_factors = read_list(r".{1,60}")
_read_origins = read_list(
    r"https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?",
    clean=lambda part: part.lower().rstrip("/"),
)


def _read_area(text: str) -> str | None:
    from geo.formats.outlines import load_area_names

    return text if text in load_area_names() else None


@dataclass(frozen=True, slots=True)
class OidcAccess:
    """The union's identity provider, and this installation as its client.

    ``acr`` and ``amr`` are the provider's values for a log-in with two factors; both are empty where each of
    its log-ins counts (``YIHUI_OIDC_ACR=any``). A client without a secret is a public one.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one process. ``database`` is a path or a URL."""

    # --- data
    database: str = _DATA.field(
        "YIHUI_DATABASE_URL",
        N_("the database: a path, or postgresql://…; otherwise yihui.db in the data folder"),
        MISSING,
        secrecy=Secrecy.ADDRESS,
    )
    data_folder: Path = _DATA.field(
        "YIHUI_DATA_FOLDER",
        N_("the folder of keys and files; otherwise the user's own data folder"),
        MISSING,
        read=Path,
    )
    rules: tuple[Path, ...] = _DATA.field(
        "YIHUI_RULES",
        N_("folders and files of rules in force beside the approved ones, separated by :"),
        (),
        read=read_paths,
    )
    vault: str | None = _DATA.field(
        "YIHUI_VAULT_URL",
        N_("a database of its own for the vault of names and numbers; otherwise the main one"),
        secrecy=Secrecy.ADDRESS,
    )
    feeds: tuple[Path, ...] = _DATA.field(
        "YIHUI_FEEDS", N_("folders with mappings of other apps' records, separated by :"), (), read=read_paths
    )

    # --- site
    routing: Path | None = _SITE.field(
        "YIHUI_ROUTING", N_("folder of street tiles, for times by real streets"), read=Path
    )
    streets: Path | None = _SITE.field(
        "YIHUI_STREETS", N_("folder of built streets: names that are found, ways for times, a map"), read=Path
    )
    area: str | None = _SITE.field(
        "YIHUI_AREA",
        N_("the code of the province, city or county whose stations the site shows; otherwise all"),
        read=_read_area,
        remedy=N_("give the six-digit code of a province, a city or a county, such as 370000 or 370100"),
    )
    base_map: Path | None = _SITE.field(
        "YIHUI_BASE_MAP", N_("MBTiles file with pictures under the riders' map"), read=Path
    )
    frame_ancestors: tuple[str, ...] = _SITE.field(
        "YIHUI_FRAME_ANCESTORS",
        N_("origins of the apps that may show organisations' pages in a frame, separated by blanks"),
        (),
        read=_read_origins,
        remedy=N_("write the origins of the apps, such as https://app.example, with blanks between them"),
    )
    icp_number: str = _SITE.field(
        "YIHUI_ICP_NUMBER",
        N_("the site's ICP number, in the footer of its public pages"),
        "",
        read=read_matching(r"[\u4e00-\u9fff]ICP备\d{8,12}号(-\d{1,4})?"),
        remedy=N_("write the number as it was given, such as {example}"),
        params={"example": "鲁ICP备12345678号-1"},
    )
    police_number: str = _SITE.field(
        "YIHUI_POLICE_NUMBER",
        N_("the site's number at the public security authority, in the footer of its public pages"),
        "",
        read=read_matching(r"[\u4e00-\u9fff]公网安备 ?\d{11,14}号"),
        remedy=N_("write the number as it was given, such as {example}"),
        params={"example": "鲁公网安备37010202000001号"},
    )
    member_apps: Path | None = _SITE.field(
        "YIHUI_MEMBER_APPS", N_("file of the apps that may log their members in"), read=Path
    )
    ingress_limit: int = _SITE.number(
        "YIHUI_INGRESS_LIMIT",
        N_("events that may wait before senders are asked to come back later"),
        100_000,
        1,
        2**31 - 1,
    )

    # --- processes
    schedule: bool = _PROCESSES.field(
        "YIHUI_SCHEDULE",
        N_("whether site, relay and workers also publish what the calendar brings: true or false"),
        False,
        read=read_yes_or_no,
        remedy=_TRUE_OR_FALSE,
    )
    probes: StatusAddress | None = _PROCESSES.field(
        "YIHUI_PROBES",
        N_("where this process answers probes and scrapers: a port of this machine, or ADDRESS:PORT"),
        read=parse_status_address,
        remedy=PROBES_REMEDY,
    )

    # --- messages
    code_sender: str | None = _MESSAGES.field(
        "YIHUI_CODE_SENDER",
        N_("where one-time codes for phones are sent: a gateway's address, or file:PATH"),
        read=read_matching(r"(https?://[^\s/]|file:.).*"),
        remedy=N_("write an address, https://…, or file:PATH"),
        secrecy=Secrecy.ADDRESS,
    )
    code_sender_secret: str | None = _MESSAGES.field(
        "YIHUI_CODE_SENDER_SECRET", N_("signs what the gateway of codes gets"), **_OF_GATEWAY
    )
    reminder_sender: str | None = _MESSAGES.field(
        "YIHUI_REMINDER_SENDER",
        N_("where reminders are sent: sms:https://…, webhook:https://… or file:PATH"),
        read=read_matching(r"((sms|webhook):https?://[^\s/]|file:.).*"),
        remedy=N_("write sms:https://… of an SMS gateway, webhook:https://… of an app, or file:PATH"),
        secrecy=Secrecy.ADDRESS,
    )
    reminder_sender_secret: str | None = _MESSAGES.field(
        "YIHUI_REMINDER_SENDER_SECRET", N_("signs what the gateway of reminders gets"), **_OF_GATEWAY
    )
    quiet_hours: QuietHours = _MESSAGES.field(
        "YIHUI_QUIET_HOURS",
        N_("hours in which no reminder is sent"),
        QuietHours(),
        read=parse_quiet_hours,
        remedy=N_("write two times of day, such as 21:00-08:00"),
    )

    # --- terms
    second_person_hours: int = _PROVIDER.number(
        "YIHUI_SECOND_PERSON_HOURS",
        N_("hours after which a new log-in or a new role counts for a second person's step"),
        24,
        1,
        720,
    )
    join_review_days: int = _TERMS.number(
        "YIHUI_JOIN_REVIEW_DAYS", N_("days an organisation has to review who joins"), 15, 1, 90
    )
    codes_per_day: int = _TERMS.number(
        "YIHUI_CODES_PER_DAY",
        N_(
            "one-time codes to a phone in a day, each for joining, for log-ins of unknown and of known browsers"
        ),
        5,
        1,
        100,
    )
    founding_members: int = _TERMS.number(
        "YIHUI_FOUNDING_MEMBERS",
        N_("members of an employer for which founding a union is proposed"),
        25,  # 工会法 (2021), 第十一条
        2,
        10_000,
    )
    hardship_review_months: int = _TERMS.number(
        "YIHUI_HARDSHIP_REVIEW_MONTHS", N_("months from one review of a hardship case to the next"), 12, 1, 60
    )
    hardship_line_fen: int | None = _TERMS.number(
        "YIHUI_HARDSHIP_LINE_YUAN",
        N_("monthly income per head, in yuan, that case files are held against"),
        None,
        1,
        100_000,
        times=100,
    )
    hotline_retention_days: int = _TERMS.number(
        "YIHUI_HOTLINE_RETENTION_DAYS",
        N_("days for which callers' data are kept after a case was closed"),
        730,
        1,
        36_500,
    )
    count_days: int = _TERMS.number(
        "YIHUI_COUNT_DAYS", N_("days after a year for its count of members"), 31, 1, 365
    )

    # --- heads of the ledger
    heads_key: Path | None = _HEADS.field(
        "YIHUI_HEADS_KEY",
        N_("the file of the key that signs heads; otherwise heads.key in the data folder"),
        read=Path,
    )
    heads_to: tuple[str, ...] = _HEADS.field(
        "YIHUI_HEADS_TO",
        N_("where heads are sent: folders, files .jsonl, addresses"),
        (),
        read=_read_receivers,
        remedy=N_("write whole paths or addresses, https://…, with blanks between them"),
        secrecy=Secrecy.ADDRESS,
    )

    # --- what no variable of its own gives
    language: str = DEFAULT_LANGUAGE
    read_only: bool = False
    busy_timeout_s: float | None = None  # wait for another writer; None: the store's default
    joins_per_day: int = 200  # requests to join one organisation in a day
    kafka: "StreamAccess | None" = None  # None: events are handled in this process
    oidc: OidcAccess | None = None  # the identity provider that logs officers in; None: local accounts only
    audiences: frozenset[Audience] = ALL_AUDIENCES  # for whom this process is: others' keys are withheld
    # The keys that are given, by variable, and the files of those that come from one; others are in the data folder.
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False, hash=False)
    key_files: Mapping[str, Path] = field(default_factory=dict, hash=False)
    file_database: str | None = field(default=None, repr=False)  # what YIHUI_DATABASE_URL_FILE holds

    @property
    def is_demo(self) -> bool:
        """Whether the data folder is that of a demo."""
        from yihui.runtime.demo_marker import DEMO_MARKER_FILE

        return (self.data_folder / DEMO_MARKER_FILE).exists()

    @property
    def site_area(self) -> str | None:
        """The code of the area whose stations the site shows: the one that is set, and in a demo Shandong; None for all."""
        return self.area or (DEMO_AREA if self.is_demo else None)

    @property
    def rules_in_force(self) -> tuple[Path, ...]:
        """The folders and files whose rules are in force: the named ones, and in a demo the shipped examples."""
        if not self.is_demo:
            return self.rules
        from yihui.services.rules.rules import SHIPPED_RULES

        return (SHIPPED_RULES, *self.rules)

    @property
    def places(self) -> Mapping[str, str]:
        """The database and the data folder, by the names of their settings."""
        return {"YIHUI_DATABASE_URL": self.database, "YIHUI_DATA_FOLDER": str(self.data_folder)}


# The access to the brokers, by the field of `StreamAccess`.
BROKER_SETTINGS: Mapping[str, Setting] = {
    "servers": _BROKERS.setting(
        "YIHUI_KAFKA",
        N_("the brokers, host:port with commas; without them the site processes events itself"),
        read=str.strip,
    ),
    "prefix": _BROKERS.setting(
        "YIHUI_KAFKA_PREFIX",
        N_("the beginning of the names of topics and groups"),
        "yihui",
        read=read_matching(r"[A-Za-z0-9._-]{1,200}"),  # a topic's name has at most 249 characters
        remedy=N_("write at most 200 letters a to z, digits, dots, hyphens and underscores"),
    ),
    "protocol": _BROKERS.choice(
        "YIHUI_KAFKA_PROTOCOL",
        N_("PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; needed for brokers on another machine"),
        "PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL",
        default="PLAINTEXT",
    ),
    "mechanism": _BROKERS.choice(
        "YIHUI_KAFKA_MECHANISM",
        N_("SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"),
        "SCRAM-SHA-256, SCRAM-SHA-512, PLAIN",
        default="SCRAM-SHA-512",
    ),
    "user": _BROKERS.setting("YIHUI_KAFKA_USER", N_("the user at the brokers"), read=str),
    "password": _BROKERS.setting(
        "YIHUI_KAFKA_PASSWORD", N_("the user's password at the brokers"), secrecy=Secrecy.SECRET, read=str
    ),
    "ca_file": _BROKERS.setting(
        "YIHUI_KAFKA_CA",
        N_("PEM file of who signs the brokers' certificates; otherwise the machine's authorities"),
        read=Path,
    ),
}


def _of_provider(name: str, meaning: str, read: Callable[[str], object], **told: Secrecy) -> Setting:
    message = N_("{field} is too long, or is no text")
    remedy = N_("write it as the identity provider gave it; see docs/officers.md")
    return _PROVIDER.setting(name, meaning, read=read, message=message, remedy=remedy, **told)


# The identity provider, by the field of `OidcAccess`.
PROVIDER_SETTINGS: Mapping[str, Setting] = {
    "issuer": _of_provider(
        "YIHUI_OIDC_ISSUER", N_("the provider's address as it writes it itself"), read_matching(".*", 255)
    ),
    "client_id": _of_provider(
        "YIHUI_OIDC_CLIENT_ID", N_("this installation's name at the provider"), read_matching(".*", 255)
    ),
    "client_secret": _of_provider(
        "YIHUI_OIDC_CLIENT_SECRET",
        N_("the client's secret; a client without one is a public one"),
        read_matching(".*", 4096),
        secrecy=Secrecy.SECRET,
    ),
    "acr": _of_provider(
        "YIHUI_OIDC_ACR",
        N_("values of acr that mean two factors; any takes each of its log-ins"),
        _read_factors,
    ),
    "amr": _of_provider("YIHUI_OIDC_AMR", N_("values of amr that mean two factors"), _read_factors),
}


def _key(name: str, meaning: str) -> Setting:
    return _KEYS.setting(name, meaning, secrecy=Secrecy.SECRET)


_KEY_SETTINGS = (
    _key(
        "YIHUI_IDENTITY_KEY",
        N_("turns ID numbers into pseudonyms; otherwise identity.key in the data folder"),
    ),
    _key(
        "YIHUI_VAULT_KEY",
        N_("opens names and numbers; several with commas, the newest first; otherwise vault.key"),
    ),
    _key("YIHUI_VOUCHER_KEY", N_("makes codes of vouchers; otherwise voucher.key")),
    _key("YIHUI_ACCOUNT_KEY", N_("tells a changed bank account; otherwise account.key")),
    _key("YIHUI_CARD_KEY", N_("signs cards and links to organisations' pages; otherwise card.key")),
    _key("YIHUI_POLL_KEY", N_("seals anonymous ballots; otherwise poll.key")),
    _key("YIHUI_LOGIN_KEY", N_("encrypts officers' second factors and signs forms; otherwise login.key")),
    _key("YIHUI_REPORTER_KEY", N_("tells who sends reports apart for a day; otherwise reporter.key")),
    _key("YIHUI_WEBHOOK_KEY", N_("signs webhooks; otherwise webhook.key")),
)
# Functions that must not fail read these four before all others; here their faults are found.
EARLY_SETTINGS = (
    _LOGS.setting(
        "YIHUI_LANG",
        N_("zh or en; otherwise the locale's, or else Chinese"),
        read=find_language,
        remedy=N_("write zh or en"),
    ),
    _LOGS.choice("YIHUI_LOG", N_("json: one object a line; otherwise text"), "json, text"),
    _LOGS.setting(
        "YIHUI_DEBUG",
        N_("log what went wrong with its text, which may name persons"),
        read=read_yes_or_no,
        remedy=_TRUE_OR_FALSE,
    ),
    _LOGS.setting(
        "YIHUI_NOW",
        N_("stops the clock at an instant; for demos and questions only"),
        read=parse_instant,
        remedy=N_("write it as 2026-10-03T23:10+08:00"),
    ),
)
# Options of `yihui serve`, which hands them to its worker process.
_SERVING_SETTINGS = (
    _SITE.setting(
        "YIHUI_FACES",
        N_(
            "for whom the site is: riders, members, merchants, senders, desk, gis; with =HOST, under which name"
        ),
    ),
    _SITE.setting(
        "YIHUI_PUBLIC",
        N_("names under which the public reaches the riders' face, or those of YIHUI_FACES without names"),
    ),
    _SITE.setting(
        "YIHUI_MEMBERS_NAME",
        N_("host name of the members' page where another process serves it: riders' pages link to it"),
    ),
    _SITE.setting("YIHUI_BEHIND_PROXY", N_("addresses of the proxies whose word about the client counts")),
    _SITE.setting(
        "YIHUI_PER_CLIENT", N_("answers a second for one network; otherwise 50 under a public name")
    ),
)
# Options of other commands.
_OPTION_SETTINGS = (
    _PROCESSES.setting(
        "YIHUI_WORKER_INSTANCE", N_("a name for a worker, which keeps its partitions while it restarts")
    ),
    _BROKERS.setting(
        "YIHUI_KAFKA_PARTITIONS",
        N_("partitions of the topics of incoming events, chosen when they are created"),
        default="8",
    ),
    _BACKUPS.setting(
        "YIHUI_BACKUP_RECIPIENTS",
        N_("public keys of age, with blanks between them, to which backups are encrypted"),
    ),
    _LOGS.setting("YIHUI_VALHALLA", N_("folder with the programs that build street tiles")),
    _LOGS.setting("YIHUI_TIANDITU_KEY", N_("the key of the 天地图 base map"), secrecy=Secrecy.TYPED),
)

SETTINGS: Mapping[str, Setting] = {
    each.name: each
    for each in (
        *_KEY_SETTINGS,
        *_SERVING_SETTINGS,
        *PROVIDER_SETTINGS.values(),
        *list_fields(Settings).values(),
        *BROKER_SETTINGS.values(),
        *EARLY_SETTINGS,
        *_OPTION_SETTINGS,
    )
}
GROUPS: Mapping[str, Sequence[Setting]] = {
    group.title: tuple(each for each in SETTINGS.values() if each.group == group.title)
    for group in (
        *(_DATA, _KEYS, _SITE, _PROCESSES, _BROKERS, _PROVIDER),
        *(_MESSAGES, _TERMS, _HEADS, _BACKUPS, _LOGS),
    )
}
# How the process that starts a site tells its worker process where it listens; nobody sets them by hand.
HANDED_OVER = frozenset({"YIHUI_OPENING_ADDRESS", "YIHUI_OPENING_TOLD"})
