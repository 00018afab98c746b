"""The files of deploy/: valid by their schemas, with settings and commands that the program has."""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import typer
import yaml
from jsonschema.validators import validator_for

from tests.front import ROOT
from tools.compose_file import COMPOSE_FILE, read_compose_file, read_compose_services
from yihui.cli import build_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import ALL_AUDIENCES, SECRET_KEYS
from yihui.runtime.setting import FILE_SUFFIX
from yihui.runtime.settings import SETTINGS
from yihui.runtime.stream_settings import read_stream_access

DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "operate.md").read_text("utf-8")
MANIFESTS = sorted((DEPLOY / "kubernetes").rglob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@cache
def objects() -> Sequence[tuple[Path, Any]]:
    """The objects of the cluster, each with its file."""
    return [
        (path, one)
        for path in MANIFESTS
        if path.name != "kustomization.yaml"
        for one in yaml.safe_load_all(path.read_text("utf-8"))
    ]


def named(*kinds: str) -> dict[str, Any]:
    """The objects of some kinds by name."""
    return {one["metadata"]["name"]: one for _, one in objects() if one["kind"] in kinds}


def pods() -> dict[str, Any]:
    specs = {name: one["spec"] for name, one in named("Deployment", "CronJob", "Job").items()}
    return {
        name: spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]
        for name, spec in specs.items()
    }


def maps() -> dict[str, dict[str, str]]:
    return {name: one["data"] for name, one in named("ConfigMap").items()}


def environment(pod: Any) -> dict[str, str]:
    [container] = pod["containers"]
    given: dict[str, str] = {}
    for source in container["envFrom"]:
        given |= maps()[source["configMapRef"]["name"]]
    return given | {one["name"]: one.get("value", "") for one in container.get("env", ())}


def jobs_of_the_compose_file() -> dict[str, Any]:
    """The services that start only when they are called."""
    services = read_compose_file()["services"]
    return {name: service for name, service in services.items() if "profiles" in service}


@cache
def whole_command() -> Any:
    return typer.main.get_command(build_app())


def check_command(arguments: list[str]) -> None:
    """Parse the arguments as the command line does, and run nothing."""
    command = whole_command()
    waiting, context = list(arguments), None
    while hasattr(command, "commands"):
        name = waiting.pop(0)
        command = command.commands[name]
    context = command.make_context(" ".join(arguments), waiting, resilient_parsing=False)
    assert context.params is not None


# --- schemas


def test_manifests_are_valid_by_the_schema_of_kubernetes() -> None:
    import kubernetes_validate

    for path in MANIFESTS:
        if path.name == "kustomization.yaml":
            listed = set(yaml.safe_load(path.read_text("utf-8"))["resources"])
            assert listed == {one.name for one in MANIFESTS if one.parent == path.parent} - {path.name}
    faults = []
    for path, one in objects():
        try:
            kubernetes_validate.validate(one, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            faults.append(f"{path.name}: {error}")
    assert faults == []


def test_the_compose_file_is_valid_by_the_specification() -> None:
    place = distribution("check-jsonschema").locate_file(
        "check_jsonschema/builtin_schemas/vendor/compose-spec.json"
    )
    schema = json.loads(Path(str(place)).read_text("utf-8"))
    assert list(validator_for(schema)(schema).iter_errors(read_compose_file())) == []


# --- settings and commands


def test_every_setting_that_is_named_is_one() -> None:
    unknown = set()
    for path in DEPLOY.rglob("*"):
        if path.is_file() and not {"secrets", "__pycache__"} & {*path.parts}:
            for name in re.findall(r"\bYIHUI_[A-Z_]*[A-Z]\b", path.read_text("utf-8")):
                base = name.removesuffix(FILE_SUFFIX)
                if base not in SETTINGS or not (base == name or SETTINGS[base].takes_file):
                    unknown.add((path.name, name))
    assert {name for _, name in unknown} == {"YIHUI_IMAGE", "YIHUI_RIDERS_NAME"}, (
        unknown
    )  # the compose file's own


def test_every_service_starts_a_command_that_is_there() -> None:
    services = read_compose_services()
    assert {
        "migrate",
        "topics",
        "riders",
        "site",
        "relay",
        "worker-1",
        "schedule",
        "backup",
    } <= services.keys()
    for service in services.values():
        check_command(list(service.arguments))
    for pod in pods().values():
        check_command(pod["containers"][0]["args"])
    for path in UNITS:
        [command] = re.findall(r"(?m)^ExecStart=/opt/yihui/bin/yihui (.*)$", path.read_text("utf-8"))
        check_command(command.split())


def test_the_faces_of_the_manifests_are_all_faces_and_each_has_its_keys() -> None:
    faces = set()
    for name, config in maps().items():
        if "YIHUI_FACES" not in config:
            continue
        options = ServingOptions.parse("", config["YIHUI_BEHIND_PROXY"], "", "0.0.0.0", config["YIHUI_FACES"])
        faces |= options.audiences
        needed = {key.variable for key in SECRET_KEYS if not key.needed_for.isdisjoint(options.audiences)}
        given = {one.removesuffix(FILE_SUFFIX) for one in config if one.endswith("_KEY_FILE")}
        # Heads are signed by the relay's key in the data folder; the site that members see tells reporters nothing.
        assert given == needed - {"YIHUI_HEADS_KEY"}, name
    assert faces == ALL_AUDIENCES
    settings = maps()
    [members] = re.findall(r"members=([^,]+)", settings["yihui-site"]["YIHUI_FACES"])
    assert settings["yihui-riders"]["YIHUI_MEMBERS_NAME"] == members


def test_brokers_of_the_manifests_are_reached_encrypted() -> None:
    access = read_stream_access(maps()["yihui-settings"])
    assert access is not None and access.protocol == "SASL_SSL"


# --- what an operator relies on


def test_pods_can_write_nowhere_else_and_see_no_service_links() -> None:
    for name, pod in pods().items():
        [container] = pod["containers"]
        assert pod["enableServiceLinks"] is False and pod["automountServiceAccountToken"] is False, name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert container["securityContext"]["capabilities"]["drop"] == ["ALL"], name
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        [secrets] = [one["secret"] for one in pod["volumes"] if one["name"] == "secrets"]
        assert secrets["defaultMode"] & 0o007 == 0, name
        assert environment(pod)["YIHUI_PROBES"] == "0.0.0.0:9100", name


def _job_of(arguments: list[str]) -> tuple[str, ...]:
    """What a job does, wherever it writes to: a folder of the machine or a volume."""
    return tuple(word for word in arguments if "/" not in word)


def test_each_way_has_the_same_jobs_at_the_same_times() -> None:
    by_systemd = set()
    for path in UNITS:
        if path.with_suffix(".timer").is_file():
            [command] = re.findall(r"(?m)^ExecStart=/opt/yihui/bin/yihui (.*)$", path.read_text("utf-8"))
            by_systemd.add(_job_of(command.split()))
    by_compose = {name: _job_of(service["command"]) for name, service in jobs_of_the_compose_file().items()}
    jobs = {name.removeprefix("yihui-"): one for name, one in named("CronJob").items()}
    by_cluster = {_job_of(pods()[f"yihui-{name}"]["containers"][0]["args"]) for name in jobs}
    assert by_systemd == set(by_compose.values())
    assert by_cluster == by_systemd | {("schedule", "run"), ("ledger", "seal")}
    cron = re.findall(r"(?m)^    (\S+ \S+ \S+ \S+ \S+) root .* compose .* -T ([\w-]+)$", PAGE)
    assert {name for _, name in cron} == set(by_compose)
    assert all(jobs[name]["spec"]["schedule"] == when for when, name in cron)


def test_backups_of_the_compose_file_are_written_where_the_user_may() -> None:
    """A volume of its own would belong to root; and a folder that the engine makes, too."""
    user = read_compose_file()["services"]["backup"]["user"].partition(":")[0]
    service = jobs_of_the_compose_file()["backup"]
    [folder] = [volume for volume in service["volumes"] if isinstance(volume, dict)]
    assert folder["type"] == "bind" and folder["bind"]["create_host_path"] is False
    assert folder["target"] in service["command"]
    assert f"install -d -o {user} -g {user} -m 700 {folder['source']}" in PAGE


def test_what_comes_before_the_first_pod_is_a_job_that_can_be_applied_again() -> None:
    """A job is unchangeable, so it stands apart from what is applied with each change of the settings."""
    jobs = {one["metadata"]["name"]: (path, one) for path, one in objects() if one["kind"] == "Job"}
    commands = [pods()[name]["containers"][0]["args"] for name in sorted(jobs)]
    assert commands == [["migrate"], ["topics", "apply"]]
    for name, (path, job) in jobs.items():
        assert path.parent.name == "prepare" and job["spec"]["ttlSecondsAfterFinished"] > 0
        assert f"job/{name}" in PAGE
        assert not {key.variable for key in SECRET_KEYS} & set(environment(pods()[name]))
    install, upgrade = PAGE.partition("## 4. Upgrade")[::2]
    assert install.index("apply -k deploy/kubernetes/prepare") < install.index(
        "`kubectl apply -k deploy/kubernetes`"
    )
    assert "kubectl delete --ignore-not-found -k deploy/kubernetes/prepare" in upgrade


def test_the_pods_of_riders_hold_no_key_that_names_a_person() -> None:
    given = environment(pods()["yihui-riders"])
    held = {name.removesuffix(FILE_SUFFIX) for name in given}
    assert not {key.variable for key in SECRET_KEYS if key.names_persons} & held


def test_the_page_creates_each_file_that_the_settings_of_a_pod_name() -> None:
    """A setting whose file is missing stops every command."""
    created = {
        name: set(re.findall(r"--from-file=(\w+)", files))
        for name, files in re.findall(r"create secret generic ([\w-]+) (.*)", PAGE.replace("\\\n", ""))
    }
    for name, pod in pods().items():
        [secret] = [one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one]
        paths = {Path(value) for value in environment(pod).values() if value.startswith("/run/secrets/")}
        assert {path.name for path in paths} <= created[secret], name


def test_the_compose_file_publishes_ports_on_this_machine_alone() -> None:
    for name, service in read_compose_file(COMPOSE_FILE)["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name


def test_each_secret_of_the_compose_file_belongs_to_the_user_who_reads_it() -> None:
    """Grafana starts with the password admin where its user can't read the file; PostgreSQL reads its own as root."""
    described = read_compose_file()
    owner = dict.fromkeys(described["secrets"], "")
    for name, service in described["services"].items():
        user = "472" if name == "grafana" else service.get("user", "").partition(":")[0]
        owner |= dict.fromkeys(service.get("secrets", ()), user)
    changed = {name: user for user, name in re.findall(r"chown (\d+) deploy/secrets/(\w+)", PAGE)}
    assert changed == {name: user for name, user in owner.items() if user}
    assert set(changed) == {"database_url", "grafana_password"}


def test_the_compose_files_kafka_stores_what_waits_in_its_volume() -> None:
    """The image's own default is a folder in /tmp."""
    kafka = read_compose_file()["services"]["kafka"]
    places = [volume.split(":")[1] for volume in kafka["volumes"]]
    assert kafka["environment"]["KAFKA_LOG_DIRS"] in places
