"""Every setting of a process: its name, what it means, its default, and whether its value is secret.

A setting is a variable of the environment. ``yihui/runtime/settings.py`` and its neighbours read and check the
values; this list is what ``yihui settings`` and ``docs/settings.md`` show, and what an unknown name is compared
with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.text_marks import N_

PREFIX, FILE_SUFFIX = "YIHUI_", "_FILE"


class Secrecy(StrEnum):
    """Whether a value may be shown. Secrets of processes that run for long may also come from a file."""

    OPEN = "open"
    ADDRESS = "address"  # shown without its password; also from a file
    SECRET = "secret"  # never shown; also from a file
    TYPED = "typed"  # never shown; the option of a command, from the environment alone


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``default`` is written as one would set it; empty: nothing, or a value of the process."""

    name: str
    meaning: str
    default: str = ""
    secrecy: Secrecy = Secrecy.OPEN

    @property
    def takes_file(self) -> bool:
        """Return whether ``NAME_FILE`` may name a file with the value."""
        return self.secrecy in (Secrecy.ADDRESS, Secrecy.SECRET)


_SECRET = Secrecy.SECRET
GROUPS: Mapping[str, Sequence[Setting]] = MappingProxyType(
    {
        N_("Data"): (
            Setting(
                "YIHUI_DATABASE_URL",
                N_("the database: a path, or postgresql://…; otherwise yihui.db in the data folder"),
                secrecy=Secrecy.ADDRESS,
            ),
            Setting(
                "YIHUI_DATA_FOLDER", N_("the folder of keys and files; otherwise the user's own data folder")
            ),
            Setting(
                "YIHUI_BUSY_TIMEOUT_S", N_("seconds for which SQLite waits for another writer"), default="30"
            ),
            Setting(
                "YIHUI_VAULT_URL",
                N_("a database of its own for the vault of names and numbers; otherwise the main one"),
                secrecy=Secrecy.ADDRESS,
            ),
            Setting(
                "YIHUI_RULES",
                N_("folders and files of rules in force beside the approved ones, separated by :"),
            ),
            Setting("YIHUI_FEEDS", N_("folders with mappings of other apps' records, separated by :")),
        ),
        N_("Keys"): (
            Setting(
                "YIHUI_IDENTITY_KEY",
                N_("turns ID numbers into pseudonyms; otherwise identity.key in the data folder"),
                secrecy=_SECRET,
            ),
            Setting(
                "YIHUI_VAULT_KEY",
                N_("opens names and numbers; several with commas, the newest first; otherwise vault.key"),
                secrecy=_SECRET,
            ),
            Setting(
                "YIHUI_VOUCHER_KEY", N_("makes codes of vouchers; otherwise voucher.key"), secrecy=_SECRET
            ),
            Setting(
                "YIHUI_CARD_KEY",
                N_("signs cards and links to organisations' pages; otherwise card.key"),
                secrecy=_SECRET,
            ),
            Setting("YIHUI_POLL_KEY", N_("seals anonymous ballots; otherwise poll.key"), secrecy=_SECRET),
            Setting(
                "YIHUI_LOGIN_KEY",
                N_("encrypts officers' second factors and signs forms; otherwise login.key"),
                secrecy=_SECRET,
            ),
            Setting(
                "YIHUI_REPORTER_KEY",
                N_("tells who sends reports apart for a day; otherwise reporter.key"),
                secrecy=_SECRET,
            ),
            Setting("YIHUI_WEBHOOK_KEY", N_("signs webhooks; otherwise webhook.key"), secrecy=_SECRET),
        ),
        N_("Site"): (
            Setting(
                "YIHUI_FACES",
                N_(
                    "for whom the site is: riders, members, merchants, senders, desk, gis; with =HOST, under which name"
                ),
            ),
            Setting(
                "YIHUI_PUBLIC",
                N_(
                    "names under which the public reaches the riders' face, or those of YIHUI_FACES without names"
                ),
            ),
            Setting(
                "YIHUI_MEMBERS_NAME",
                N_(
                    "host name of the members' page where another process serves it: riders' pages link to it"
                ),
            ),
            Setting("YIHUI_BEHIND_PROXY", N_("addresses of the proxies whose word about the client counts")),
            Setting(
                "YIHUI_PER_CLIENT", N_("answers a second for one network; otherwise 50 under a public name")
            ),
            Setting("YIHUI_ROUTING", N_("folder of street tiles, for times by real streets")),
            Setting(
                "YIHUI_STREETS", N_("folder of built streets: names that are found, ways for times, a map")
            ),
            Setting("YIHUI_BASE_MAP", N_("MBTiles file with pictures under the riders' map")),
            Setting(
                "YIHUI_FRAME_ANCESTORS",
                N_("origins of the apps that may show organisations' pages in a frame, separated by blanks"),
            ),
            Setting("YIHUI_MEMBER_APPS", N_("file of the apps that may log their members in")),
            Setting(
                "YIHUI_INGRESS_LIMIT",
                N_("events that may wait before senders are asked to come back later"),
                default="100000",
            ),
        ),
        N_("Processes"): (
            Setting(
                "YIHUI_SCHEDULE",
                N_("whether site, relay and workers also publish what the calendar brings: true or false"),
                default="false",
            ),
            Setting(
                "YIHUI_WORKER_INSTANCE",
                N_("a name for a worker, which keeps its partitions while it restarts"),
            ),
            Setting(
                "YIHUI_WORKER_PATIENCE_S", N_("seconds without progress after which a worker exits"), "120"
            ),
            Setting(
                "YIHUI_PROBES",
                N_("where this process answers probes and scrapers: a port of this machine, or ADDRESS:PORT"),
            ),
        ),
        N_("Brokers"): (
            Setting(
                "YIHUI_KAFKA",
                N_("the brokers, host:port with commas; without them the site processes events itself"),
            ),
            Setting(
                "YIHUI_KAFKA_PREFIX", N_("the beginning of the names of topics and groups"), default="yihui"
            ),
            Setting(
                "YIHUI_KAFKA_PROTOCOL",
                N_("PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL; needed for brokers on another machine"),
                default="PLAINTEXT",
            ),
            Setting(
                "YIHUI_KAFKA_MECHANISM",
                N_("SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN"),
                default="SCRAM-SHA-512",
            ),
            Setting("YIHUI_KAFKA_USER", N_("the user at the brokers")),
            Setting("YIHUI_KAFKA_PASSWORD", N_("the user's password at the brokers"), secrecy=_SECRET),
            Setting(
                "YIHUI_KAFKA_CA",
                N_("PEM file of who signs the brokers' certificates; otherwise the machine's authorities"),
            ),
            Setting(
                "YIHUI_KAFKA_PARTITIONS",
                N_("partitions of the topics of incoming events, chosen when they are created"),
                default="8",
            ),
        ),
        N_("Log-in of officers by an identity provider"): (
            Setting("YIHUI_OIDC_ISSUER", N_("the provider's address as it writes it itself")),
            Setting("YIHUI_OIDC_CLIENT_ID", N_("this installation's name at the provider")),
            Setting(
                "YIHUI_OIDC_CLIENT_SECRET",
                N_("the client's secret; a client without one is a public one"),
                secrecy=_SECRET,
            ),
            Setting(
                "YIHUI_OIDC_ACR", N_("values of acr that mean two factors; any takes each of its log-ins")
            ),
            Setting("YIHUI_OIDC_AMR", N_("values of amr that mean two factors")),
            Setting(
                "YIHUI_SECOND_PERSON_HOURS",
                N_("hours after which a new log-in or a new role counts for a second person's step"),
                default="24",
            ),
        ),
        N_("Messages"): (
            Setting(
                "YIHUI_CODE_SENDER",
                N_("where one-time codes for phones are sent: a gateway's address, or file:PATH"),
                secrecy=Secrecy.ADDRESS,
            ),
            Setting("YIHUI_CODE_SENDER_SECRET", N_("signs what the gateway of codes gets"), secrecy=_SECRET),
            Setting(
                "YIHUI_REMINDER_SENDER",
                N_("where reminders are sent: sms:https://…, webhook:https://… or file:PATH"),
                secrecy=Secrecy.ADDRESS,
            ),
            Setting(
                "YIHUI_REMINDER_SENDER_SECRET",
                N_("signs what the gateway of reminders gets"),
                secrecy=_SECRET,
            ),
            Setting("YIHUI_QUIET_HOURS", N_("hours in which no reminder is sent"), default="21:00-08:00"),
        ),
        N_("Terms"): (
            Setting("YIHUI_JOIN_REVIEW_DAYS", N_("days an organisation has to review who joins"), "15"),
            Setting(
                "YIHUI_CODES_PER_DAY",
                N_(
                    "one-time codes to a phone in a day: for joining, for log-ins of unknown and of known browsers"
                ),
                default="5",
            ),
            Setting("YIHUI_JOINS_PER_HOUR", N_("requests to join from one network in an hour"), default="20"),
            Setting("YIHUI_JOINS_PER_DAY", N_("requests to join one organisation in a day"), default="200"),
            Setting(
                "YIHUI_FOUNDING_MEMBERS",
                N_("members of an employer for which founding a union is proposed"),
                default="25",
            ),
            Setting(
                "YIHUI_HARDSHIP_REVIEW_MONTHS",
                N_("months from one review of a hardship case to the next"),
                default="12",
            ),
            Setting(
                "YIHUI_HARDSHIP_LINE_YUAN", N_("monthly income per head that case files are held against")
            ),
            Setting(
                "YIHUI_HOTLINE_RETENTION_DAYS",
                N_("days for which callers' data are kept after a case was closed"),
                default="730",
            ),
            Setting("YIHUI_COUNT_DAYS", N_("days after a year for its count of members"), default="31"),
        ),
        N_("Heads of the ledger"): (
            Setting(
                "YIHUI_HEADS_KEY",
                N_("the file of the key that signs heads; otherwise heads.key in the data folder"),
            ),
            Setting(
                "YIHUI_HEADS_TO",
                N_("where heads are sent: folders, files .jsonl, addresses"),
                secrecy=Secrecy.ADDRESS,
            ),
        ),
        N_("Backups"): (
            Setting(
                "YIHUI_BACKUP_RECIPIENTS",
                N_("public keys of age, with blanks between them, to which backups are encrypted"),
            ),
        ),
        N_("Language, logs and trials"): (
            Setting("YIHUI_LANG", N_("zh or en; otherwise the locale's, or else Chinese")),
            Setting("YIHUI_LOG", N_("json: one object a line; otherwise text")),
            Setting("YIHUI_DEBUG", N_("log what went wrong with its text, which may name persons")),
            Setting("YIHUI_NOW", N_("stops the clock at an instant; for demos and questions only")),
            Setting("YIHUI_VALHALLA", N_("folder with the programs that build street tiles")),
            Setting("YIHUI_TIANDITU_KEY", N_("the key of the 天地图 base map"), secrecy=Secrecy.TYPED),
        ),
    }
)
SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {setting.name: setting for settings in GROUPS.values() for setting in settings}
)
# How the process that starts a site tells its worker process where it listens; nobody sets them by hand.
HANDED_OVER = frozenset({"YIHUI_OPENING_ADDRESS", "YIHUI_OPENING_TOLD"})
