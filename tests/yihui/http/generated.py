"""The Python client that openapi-python-client makes of /openapi.json, and calls of its functions."""

import importlib
import json
import os
import subprocess
import sys
from enum import Enum
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from fastapi.testclient import TestClient

ROOT = Path(__file__).parents[3]
GENERATOR = Path(sys.prefix) / "client_generator"  # beside the environment: it needs another typer
CONFIGURATION = ROOT / "docs" / "openapi_client.yaml"


def generate(document: dict[str, Any], folder: Path, name: str) -> str:
    """Write the client into a folder; return what the generator says."""
    assert GENERATOR.is_dir(), "`make setup` installs it (requirements/client_generator.lock)"
    described, settings = folder / "openapi.json", folder / "settings.yaml"
    described.write_text(json.dumps(document), "utf-8")
    settings.write_text(CONFIGURATION.read_text("utf-8") + "post_hooks: []\n", "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    files = ["--path", str(described), "--config", str(settings), "--output-path", str(folder / name)]
    done = subprocess.run(
        [*command, *files], env={**os.environ, "PYTHONPATH": str(GENERATOR)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


class GeneratedClient:
    """Calls the generated functions on a site in this process."""

    def __init__(self, package: str, document: dict[str, Any], site: TestClient) -> None:
        self._package, self._site = package, site
        self._operations = {
            operation["operationId"]: operation
            for methods in document["paths"].values()
            for operation in methods.values()
        }
        self.called: set[str] = set()

    def __call__(
        self, operation: str, *path: str, key: str = "", refused: int | None = None, **given: object
    ) -> Any:
        """Call an operation; return the parsed answer, which must be one that the description names.

        The answer is a success unless ``refused`` names the status of a problem.
        """
        function = self.module(operation).sync_detailed
        hints = get_type_hints(function)
        values = {name: built(hints[name], value) for name, value in given.items()}
        self._site.headers.pop("Authorization", None)
        if key:
            self._site.headers["Authorization"] = f"Bearer {key}"
        answer = function(*path, client=self._client(key), **values)
        self.called.add(operation)
        assert str(answer.status_code.value) in self._operations[operation]["responses"], answer
        assert answer.status_code == refused if refused else answer.status_code < 300, (operation, answer)
        return answer.parsed if answer.parsed is not None else json.loads(answer.content or b"null")

    def module(self, operation: str) -> ModuleType:
        [tag] = self._operations[operation]["tags"]
        return importlib.import_module(f"{self._package}.api.{tag}.{operation}")

    def _client(self, key: str) -> Any:
        made = importlib.import_module(f"{self._package}.client")
        of = {"base_url": "http://127.0.0.1", "raise_on_unexpected_status": True}
        client = made.AuthenticatedClient(token=key, **of) if key else made.Client(**of)
        return client.set_httpx_client(self._site)


def built(hint: Any, value: object) -> object:
    """The value as the generated function takes it: a model, a member of an enumeration, or as it is."""
    if get_origin(hint) in (Union, UnionType):
        options = get_args(hint)
        wanted = list if isinstance(value, list) else None
        return built(next((one for one in options if get_origin(one) is wanted), options[0]), value)
    if get_origin(hint) is list:
        assert isinstance(value, list)
        return [built(get_args(hint)[0], one) for one in value]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    return hint.from_dict(value) if isinstance(value, dict) else value
