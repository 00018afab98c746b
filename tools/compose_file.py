"""Read our own services from deploy/compose.yaml: what each is started with, and with which settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMPOSE_FILE = Path(__file__).parents[1] / "deploy" / "compose.yaml"


@dataclass(frozen=True, slots=True)
class ComposeService:
    """One service of our image: the arguments of ``yihui``, and its variables."""

    arguments: Sequence[str]
    environment: Mapping[str, str]


def read_compose_services(path: Path = COMPOSE_FILE) -> dict[str, ComposeService]:
    """Return the services of our image, by name."""
    described = read_compose_file(path)
    ours = described["x-yihui"]["image"]
    return {
        name: ComposeService(
            [str(part) for part in service["command"]],
            {variable: str(value) for variable, value in service["environment"].items()},
        )
        for name, service in described["services"].items()
        if service["image"] == ours
    }


def read_compose_file(path: Path = COMPOSE_FILE) -> Any:
    """Return the whole file as dictionaries and lists, with its merges done."""
    import yaml

    return yaml.safe_load(path.read_text("utf-8"))
