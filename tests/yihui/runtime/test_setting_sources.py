"""Settings: one list that is whole, secrets from files, no name that is silently ignored; those of brokers and log-ins."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from events.stream.topics import DEFAULT_PARTITIONS
from tests.front import ROOT
from tests.yihui.refusals import faults_of
from yihui.bootstrap import Settings, Wiring, build_wiring, load_settings
from yihui.runtime.audiences import SECRET_KEYS
from yihui.runtime.oidc_settings import read_oidc_access
from yihui.runtime.setting import Secrecy
from yihui.runtime.setting_sources import Origin, mask_value, read_given_settings
from yihui.runtime.settings import HANDED_OVER, SETTINGS, OidcAccess
from yihui.runtime.stream_settings import read_stream_access
from yihui.services.members.vault_upkeep import rotate_vault

FOLDER = {"YIHUI_DATA_FOLDER": "/nowhere"}
RAW = bytes(range(200, 232))


def sources() -> dict[Path, str]:
    rooms = ("yihui", "events", "benefits", "members", "geo", "maps", "rules", "store", "core")
    return {path: path.read_text("utf-8") for room in rooms for path in (ROOT / room).rglob("*.py")}


def faults(environ: dict[str, str]) -> list[tuple[str, str | None]]:
    return sorted((fault.code, fault.field) for fault in faults_of(load_settings, {**FOLDER, **environ}))


@pytest.fixture
def secret(tmp_path: Path) -> Callable[..., str]:
    def write(content: bytes = b"s3cret\n", mode: int = 0o440, name: str = "secret") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(mode)
        return str(path)

    return write


# --- the list


def test_the_list_holds_every_name_that_the_program_reads_and_no_other() -> None:
    named = {key.variable for key in SECRET_KEYS}
    for path, text in sources().items():
        if path.name != "settings.py" or path.parent.name != "runtime":
            named |= set(re.findall(r"\"(YIHUI_[A-Z_]*[A-Z])\"", text))
    assert named - SETTINGS.keys() - HANDED_OVER == set()
    assert {name for name, setting in SETTINGS.items() if setting.read is None} <= named


def test_every_key_is_listed_as_a_secret() -> None:
    keys = {key.variable for key in SECRET_KEYS} - {"YIHUI_HEADS_KEY"}  # that one names a place
    assert all(SETTINGS[name].secrecy is Secrecy.SECRET for name in keys)


def test_a_default_is_what_holds_where_nothing_is_set() -> None:
    for name, setting in SETTINGS.items():
        if setting.read is None:  # an option of a command reads it
            assert setting.default == (str(DEFAULT_PARTITIONS) if name == "YIHUI_KAFKA_PARTITIONS" else "")
        elif setting.default:
            kafka = {"YIHUI_KAFKA": "127.0.0.1:9092"} if name.startswith("YIHUI_KAFKA") else {}
            chosen = load_settings({**FOLDER, **kafka, name: setting.default})
            assert chosen == load_settings({**FOLDER, **kafka}), name


# --- unknown names


@pytest.mark.parametrize(
    ("name", "value", "code", "known"),
    [
        ("YIHUI_DATABSE_URL", "x", "misspelt", "YIHUI_DATABASE_URL"),
        ("YIHUI_OIDC_ISUER", "x", "misspelt", "YIHUI_OIDC_ISSUER"),
        ("YIHUI_KAFKA_PASWORD_FILE", "x", "misspelt", "YIHUI_KAFKA_PASSWORD"),
        ("YIHUI_FROBNICATE", "", "unknown", ""),
        ("YIHUI_PORT", "tcp://10.0.0.1:80", "service_link", ""),
        ("YIHUI_PORT_80_TCP_ADDR", "10.0.0.1", "unknown", ""),
        ("YIHUI_QUIET_HOURS_FILE", "/x", "no_file", "YIHUI_QUIET_HOURS"),
        ("YIHUI_TIANDITU_KEY_FILE", "/x", "no_file", "YIHUI_TIANDITU_KEY"),
    ],
)
def test_an_unknown_name_is_refused_with_the_one_that_is_meant(
    name: str, value: str, code: str, known: str
) -> None:
    fault = faults_of(load_settings, {**FOLDER, name: value})[0]
    assert (fault.code, fault.field) == (f"setting_source.{code}", name)
    assert fault.params["known"] == known if known else True


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load_settings({**FOLDER, "PATH": "/bin", "YIHUIX": "1", "yihui_x": "1", "_YIHUI_COMPLETE": "x"})


def test_all_faults_are_told_at_once(secret: Callable[..., str]) -> None:
    given = {
        "YIHUI_KAFKA": "kafka.example:9092",
        "YIHUI_KAFKA_PASSWORD_FILE": secret(mode=0o444),
        "YIHUI_SHEDULE": "true",
        "YIHUI_OIDC_CLIENT_ID": "desk",
        "YIHUI_COUNT_DAYS": "0",
    }
    assert [code.rpartition(".")[2] for code, _ in faults(given)] == [
        "not_encrypted",
        "no_factors",
        "unset",
        "YIHUI_COUNT_DAYS",
        "misspelt",
        "open_to_all",
    ]


def test_every_value_that_can_not_be_is_named() -> None:
    wrong = {
        "YIHUI_HARDSHIP_LINE_YUAN": "０",
        "YIHUI_SCHEDULE": "soon",
        "YIHUI_HEADS_TO": "/heads receipts",
        "YIHUI_FRAME_ANCESTORS": "https://*.example",
        "YIHUI_ICP_NUMBER": "ICP备12345678号",
        "YIHUI_POLICE_NUMBER": "鲁公网安备3701号",
        "YIHUI_INGRESS_LIMIT": "0",
        "YIHUI_AREA": "379999",
        "YIHUI_KAFKA_PREFIX": "a b",
        "YIHUI_KAFKA_PROTOCOL": "http",
        "YIHUI_KAFKA_MECHANISM": "trust",
        "YIHUI_CODE_SENDER": "ftp://x/y",
        "YIHUI_CODE_SENDER_SECRET": "short",
        "YIHUI_JOIN_REVIEW_DAYS": "91",
        "YIHUI_SECOND_PERSON_HOURS": "721",
        "YIHUI_QUIET_HOURS": "25:00-08:00",
        "YIHUI_REMINDER_SENDER": "sms:ftp://x/y",
        "YIHUI_REMINDER_SENDER_SECRET": "short",
    }
    found = faults_of(load_settings, {**FOLDER, "YIHUI_KAFKA": "localhost:1", **wrong})
    assert {fault.field for fault in found} == set(wrong) and all(fault.remedy for fault in found)
    assert {fault.value for fault in found if str(fault.field).endswith("SECRET")} == {"***"}
    for name in ("YIHUI_JOIN_REVIEW_DAYS", "YIHUI_SECOND_PERSON_HOURS"):
        assert [field for _, field in faults({name: "0"})] == [name]


# --- secrets in files


def test_a_secret_in_a_file_is_read_and_shown_nowhere(secret: Callable[..., str]) -> None:
    given = {
        "YIHUI_KAFKA": "127.0.0.1:9092",
        "YIHUI_KAFKA_PASSWORD_FILE": secret(),
        "YIHUI_DATABASE_URL_FILE": secret(b" postgresql://u:hidden@db/yihui \n", name="url"),
    }
    settings = load_settings({**FOLDER, **given})
    assert settings.kafka is not None and settings.kafka.password == "s3cret"
    assert settings.database == "postgresql://u:hidden@db/yihui"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (b"k" * 32, b"k" * 32),
        (b"k" * 32 + b"\r\n", b"k" * 32),
        (RAW, RAW),  # a copy of the file that Yihui makes
        (RAW[:-1] + b"\n", RAW[:-1] + b"\n"),  # whose last byte happens to be the end of a line
    ],
)
def test_a_key_is_text_or_the_bytes_of_a_keys_file(
    content: bytes, held: bytes, secret: Callable[..., str]
) -> None:
    given = read_given_settings({"YIHUI_VOUCHER_KEY_FILE": secret(content)})
    assert not given.faults and given.keys == {"YIHUI_VOUCHER_KEY": held}


def test_a_key_of_other_bytes_is_taken_as_it_is_but_the_vaults_is_text(secret: Callable[..., str]) -> None:
    assert read_given_settings({"YIHUI_IDENTITY_KEY": "k" * 32 + "\udcff"}).keys == {
        "YIHUI_IDENTITY_KEY": b"k" * 32 + b"\xff"
    }
    assert faults({"YIHUI_VAULT_KEY_FILE": secret(RAW)}) == [
        ("setting_source.binary", "YIHUI_VAULT_KEY_FILE")
    ]


def test_the_group_may_read_a_vaults_file_that_a_setting_names(
    tmp_path: Path, secret: Callable[..., str]
) -> None:
    path = secret(b"v" * 64, mode=0o440)
    given = {"YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_VAULT_KEY_FILE": path}
    assert not build_wiring(load_settings(given)).vault_key_store.is_readable_by_others
    own = tmp_path / "vault.key"
    own.write_bytes(b"v" * 64)
    own.chmod(0o440)
    del given["YIHUI_VAULT_KEY_FILE"]
    assert build_wiring(load_settings(given)).vault_key_store.is_readable_by_others


def test_a_blank_key_is_no_key_of_our_own() -> None:
    """A template that filled in nothing must not make a process create another key."""
    given = {**FOLDER, "YIHUI_IDENTITY_KEY": ""}
    assert load_settings(given).keys == {"YIHUI_IDENTITY_KEY": b""}
    assert read_given_settings(given).origin_of("YIHUI_IDENTITY_KEY") is Origin.ENVIRONMENT


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (b"x", 0o644, "open_to_all"),
        (b"x", 0o404, "open_to_all"),
        (b"", 0o400, "empty"),
        (b" \n", 0o400, "empty"),
        (b"\xff\xfe\x00", 0o400, "binary"),
        (b"a\x00b", 0o400, "binary"),
        (b"x" * 20_000, 0o400, "too_long"),
    ],
)
def test_a_file_that_can_not_hold_a_secret_is_refused(
    content: bytes, mode: int, code: str, secret: Callable[..., str]
) -> None:
    path = secret(content, mode)
    [fault] = faults_of(load_settings, {**FOLDER, "YIHUI_KAFKA_PASSWORD_FILE": path})
    assert (fault.code, fault.field, fault.value) == (
        f"setting_source.{code}",
        "YIHUI_KAFKA_PASSWORD_FILE",
        path,
    )


def test_a_file_that_is_not_there_and_a_value_given_twice(tmp_path: Path, secret: Callable[..., str]) -> None:
    name = "YIHUI_KAFKA_PASSWORD"
    for path in (tmp_path, tmp_path / "nothing"):
        assert faults({f"{name}_FILE": str(path)}) == [("setting_source.unreadable", f"{name}_FILE")]
    assert faults({f"{name}_FILE": secret(), name: "x"}) == [("setting_source.two_values", f"{name}_FILE")]
    assert load_settings({**FOLDER, f"{name}_FILE": " ", name: "x"})  # a blank counts as unset


def test_the_vaults_keys_are_rotated_in_the_file_that_the_setting_names(
    tmp_path: Path, secret: Callable[..., str]
) -> None:
    path = secret(b"v" * 64, mode=0o600)
    settings = load_settings({"YIHUI_DATA_FOLDER": str(tmp_path), "YIHUI_VAULT_KEY_FILE": path})
    wiring: Wiring = build_wiring(settings)
    assert wiring.vault_key_store.place == path
    rotate_vault(wiring)
    assert len(Path(path).read_text().split()) == 2
    assert not (tmp_path / "vault.key").exists()
    wiring.close()


# --- what may be shown


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("YIHUI_DATABASE_URL", "postgresql://u:p@h/db", "postgresql://***@h/db"),
        ("YIHUI_DATABASE_URL", "postgresql://u:p@q@h/db?password=x", "postgresql://***@h/db?***"),
        ("YIHUI_DATABASE_URL", "/var/lib/yihui.db", "/var/lib/yihui.db"),
        ("YIHUI_CODE_SENDER", "https://sms.example/send?appkey=x", "https://sms.example/***"),
        ("YIHUI_REMINDER_SENDER", "sms:https://a:b@sms.example/", "sms:https://***@sms.example/"),
        ("YIHUI_KAFKA_PASSWORD", "x", "***"),
        ("YIHUI_TIANDITU_KEY", "x", "***"),
        ("YIHUI_QUIET_HOURS", "21:00-08:00", "21:00-08:00"),
        ("YIHUI_KAFKA_PASSWORD", "", ""),
        ("YIHUI_CODE_SENDER", "https://token@sms.example", "https://***@sms.example"),
        ("YIHUI_HEADS_TO", "/a https://u:p@h/x", "/a https://***@h/***"),
        ("YIHUI_BACKUP_RECIPIENTS", "age1x AGE-SECRET-KEY-1X", "age1x AGE-SECRET-KEY-***"),
        ("YIHUI_OIDC_ISSUER", "https://u:p@sso.example", "https://***@sso.example"),
    ],
)
def test_a_value_is_shown_without_its_secret(name: str, text: str, shown: str) -> None:
    assert mask_value(name, text) == shown


def test_settings_do_not_show_their_keys() -> None:
    settings = load_settings({**FOLDER, "YIHUI_VAULT_KEY": "hidden" * 8})
    assert "hidden" not in repr(settings)
    assert isinstance(settings, Settings) and hash(settings)


@pytest.mark.parametrize(
    "servers", ["kafka:9092", "10.0.0.7:9092", "127.0.0.1:9092, kafka.example:9092", "kafka"]
)
def test_a_broker_elsewhere_is_refused_without_a_protocol(servers: str) -> None:
    for said in ({}, {"YIHUI_KAFKA_PROTOCOL": ""}):
        assert (
            faults_of(read_stream_access, {"YIHUI_KAFKA": servers, **said})[0].code == "broker.not_encrypted"
        )


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_protocol_that_somebody_said_holds(protocol: str) -> None:
    access = read_stream_access({"YIHUI_KAFKA": "kafka:9092", "YIHUI_KAFKA_PROTOCOL": protocol})
    assert access is not None
    assert access.protocol == protocol


@pytest.mark.parametrize(
    "servers", ["127.0.0.1:9092", "localhost:9092", "[::1]:9092", "127.0.0.1:1,localhost:2"]
)
def test_a_broker_of_this_machine_needs_no_protocol(servers: str) -> None:
    access = read_stream_access({"YIHUI_KAFKA": servers})
    assert access is not None
    assert access.protocol == "PLAINTEXT"
    assert read_stream_access({}) is None


ISSUER = "https://sso.example/realms/union"
RIGHT = {"YIHUI_OIDC_ISSUER": ISSUER, "YIHUI_OIDC_CLIENT_ID": "desk", "YIHUI_OIDC_ACR": "mfa"}


def oidc_faults(environ: dict[str, str]) -> list[tuple[str, str | None]]:
    return sorted((fault.code, fault.field) for fault in faults_of(read_oidc_access, environ))


def test_nothing_set_is_no_provider_and_blanks_are_nothing() -> None:
    assert read_oidc_access({}) is None
    assert read_oidc_access({"YIHUI_OIDC_ISSUER": "", "YIHUI_OIDC_ACR": "  "}) is None
    assert load_settings({"YIHUI_DATA_FOLDER": "/nowhere"}).oidc is None


def test_a_whole_set_of_the_provider_is_read() -> None:
    given = {
        **RIGHT,
        "YIHUI_OIDC_ACR": "mfa， gold　mfa",
        "YIHUI_OIDC_AMR": "otp,hwk",
        "YIHUI_OIDC_CLIENT_SECRET": " s ",
    }
    assert read_oidc_access(given) == OidcAccess(ISSUER, "desk", "s", ("mfa", "gold"), ("otp", "hwk"))
    assert load_settings({**given, "YIHUI_DATA_FOLDER": "/nowhere"}).oidc == read_oidc_access(given)
    assert read_oidc_access({**RIGHT, "YIHUI_OIDC_ACR": "any"}) == OidcAccess(ISSUER, "desk")
    assert "'s'" not in repr(read_oidc_access(given))


def test_a_part_of_the_providers_set_names_all_that_is_missing() -> None:
    assert oidc_faults({"YIHUI_OIDC_CLIENT_SECRET": "s"}) == [
        ("oidc_setting.no_factors", "YIHUI_OIDC_ACR"),
        ("oidc_setting.unset", "YIHUI_OIDC_CLIENT_ID"),
        ("oidc_setting.unset", "YIHUI_OIDC_ISSUER"),
    ]


@pytest.mark.parametrize(
    "issuer",
    [
        "http://sso.example/realms/union",
        "sso.example",
        "https://",
        "https://user:secret@sso.example",
        "https://sso.example/?a=b",
        "https://sso.example/#a",
        "https://sso.example:port",
        "ｈttps://sso.example",
        "https://sso.example/realms/ union",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_not_encrypted_or_none_is_refused(issuer: str) -> None:
    assert oidc_faults({**RIGHT, "YIHUI_OIDC_ISSUER": issuer}) == [
        ("oidc_setting.bad_issuer", "YIHUI_OIDC_ISSUER")
    ]


def test_a_provider_of_this_machine_needs_no_encryption() -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert read_oidc_access({**RIGHT, "YIHUI_OIDC_ISSUER": f"http://{host}:8080/realms/union"})


def test_no_word_but_any_takes_less_than_two_factors() -> None:
    for word in ("ANY", "none", "off", "false", "0", "无", "任意"):
        access = read_oidc_access({**RIGHT, "YIHUI_OIDC_ACR": word})
        assert access is not None and access.acr == (word,)
    assert oidc_faults({**RIGHT, "YIHUI_OIDC_ACR": "any mfa"}) == [
        ("oidc_setting.any_and_others", "YIHUI_OIDC_ACR")
    ]
    assert oidc_faults({**RIGHT, "YIHUI_OIDC_ACR": "any", "YIHUI_OIDC_AMR": "otp"}) == [
        ("oidc_setting.any_and_others", "YIHUI_OIDC_ACR")
    ]


def test_a_long_value_of_the_provider_is_refused_and_a_secret_never_shown() -> None:
    faults = faults_of(
        read_oidc_access, {**RIGHT, "YIHUI_OIDC_CLIENT_SECRET": "s" * 5000, "YIHUI_OIDC_CLIENT_ID": "x" * 300}
    )
    assert {fault.field for fault in faults} == {
        "YIHUI_OIDC_CLIENT_SECRET",
        "YIHUI_OIDC_CLIENT_ID",
    }
    assert "ssss" not in repr(faults)
