"""Run the published verifier of lotteries, the same program that everybody can download and read."""

import importlib.util
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import cast

from yihui.runtime.assets import STATIC_FOLDER

VERIFIER = "verify_lottery.py"
MOST_ENTRIES = 2_000  # it draws all entries again, one after another: in a fraction of a second up to here


def find_verifier() -> Path:
    """Return where the verifier lies: in an installed package, or in the sources' docs."""
    installed = STATIC_FOLDER / VERIFIER
    return installed if installed.exists() else STATIC_FOLDER.parents[1] / "docs" / VERIFIER


@lru_cache(maxsize=64)
def list_failed_checks(text: str) -> tuple[str, ...] | None:
    """Return the names of the checks that a published file fails; None if it has too many entries to wait for."""
    content = json.loads(text)
    if len(content["terms"]["entries"]) > MOST_ENTRIES:
        return None
    checks = _load_checks()(**content)
    return tuple(sorted({name for name, holds in checks if not holds}))


@lru_cache(maxsize=1)
def _load_checks() -> Callable[..., list[tuple[str, object]]]:
    spec = importlib.util.spec_from_file_location("verify_lottery", find_verifier())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast(Callable[..., list[tuple[str, object]]], module.list_checks)
