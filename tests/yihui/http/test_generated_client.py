"""openapi-python-client makes a client of /openapi.json without a warning, with a function for every operation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

ROOT = Path(__file__).parents[3]
GENERATOR = Path(sys.prefix) / "client_generator"  # beside the environment: it needs another typer
CONFIGURATION = ROOT / "docs" / "openapi_client.yaml"


@pytest.mark.endure
def test_a_client_is_generated_without_a_warning_and_has_every_operation(tmp_path: Path) -> None:
    assert GENERATOR.is_dir(), "`make setup` installs it (requirements/client_generator.lock)"
    document = create_app(build_wiring(Settings(str(tmp_path / "none.db"), tmp_path))).openapi()
    described, settings = tmp_path / "openapi.json", tmp_path / "settings.yaml"
    described.write_text(json.dumps(document), "utf-8")
    settings.write_text(CONFIGURATION.read_text("utf-8") + "post_hooks: []\n", "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    files = ["--path", described, "--config", settings, "--output-path", tmp_path / "client"]
    environment = {**os.environ, "PYTHONPATH": str(GENERATOR)}
    done = subprocess.run([*command, *files], env=environment, capture_output=True, text=True, check=True)
    assert len((done.stdout + done.stderr).strip().splitlines()) == 1, f"a warning: {done.stdout}"
    operations = {each["operationId"] for methods in document["paths"].values() for each in methods.values()}
    made = {path.stem for path in (tmp_path / "client" / "api").rglob("*.py")} - {"__init__"}
    assert made == operations
