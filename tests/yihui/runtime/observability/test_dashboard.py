"""What the dashboard and the alerts ask for is what /metrics says, by name and by label."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from benefits import Budget
from events.stream.batching import StreamPartition
from store import Database
from store.table_room import DatabaseRoom, TableRoom
from tools.servers.sending import NOW, Sender, handle_in
from yihui.runtime.backup_time import hold_backup_folder, note_backup
from yihui.runtime.clock_offset import ClockOffset
from yihui.runtime.observability.backlog import Backlog
from yihui.runtime.observability.metrics import Metrics
from yihui.services.rules.rules import SHIPPED_RULES, read_library

GRAFANA = Path(__file__).parents[4] / "docs" / "grafana"
_NAME = re.compile(r"\b(?:yihui|process)_[a-z_]+")
_BY = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
_MATCHED = re.compile(r"([a-z_]+)\{([^}]*)\}")
ADDED_BY_PROMETHEUS = {"job", "instance"}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GRAFANA / "yihui.json").read_text("utf-8"))
    return found


def rules() -> list[dict[str, object]]:
    content = yaml.safe_load((GRAFANA / "alerts.yml").read_text("utf-8"))
    assert list(content) == ["groups"]
    return [rule for group in content["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    asked = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return [*asked, *(str(rule["expr"]) for rule in rules())]


@pytest.fixture
def exported(database: Database, tmp_path: Path) -> dict[str, set[str]]:
    """Every sample's name with its labels, of a process that did and saw everything."""
    budgets = (Budget("birthday-cake", 1, 2),)
    room = DatabaseRoom((TableRoom("events", 1, 1, 1),), 1)
    clock = ClockOffset(NOW, NOW)
    metrics = Metrics(
        lambda: NOW,
        lambda: Backlog(1, NOW, 1, 1, {"not_json": 1}, {("wh-1", "waiting"): 1}, budgets, room, 0.5, clock),
        tmp_path,
    )
    with hold_backup_folder(tmp_path, tmp_path / "backups"):
        note_backup(tmp_path, tmp_path / "backups")
    send = Sender()
    metrics.batch(
        handle_in(
            database,
            read_library([SHIPPED_RULES]),
            [send.imported(), send.birthday(), send.birthday(), "{"],
            4,
        ),
        1,
    )
    metrics.lag({StreamPartition("t", 0): 1})
    metrics.count_published("outbox")
    metrics.count_received("events", 1, 1)
    metrics.count_turned_away()
    metrics.count_refused(403, "login.form")
    names: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(metrics.render_text().decode()):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


def test_every_metric_that_is_asked_for_is_there_with_its_labels(exported: dict[str, set[str]]) -> None:
    asked = {name for query in queries() for name in _NAME.findall(query)}
    assert asked - set(exported) == set()
    wrong = [
        (query, label)
        for query in queries()
        for label in _labels(query)
        if not any(label in exported[name] for name in _NAME.findall(query))
    ]
    assert wrong == []


def _labels(query: str) -> set[str]:
    grouped = {label.strip() for found in _BY.findall(query) for label in found.split(",")}
    matched = {
        part.split("=")[0].strip("!~ ") for _, found in _MATCHED.findall(query) for part in found.split(",")
    }
    return (grouped | matched) - ADDED_BY_PROMETHEUS - {""}
