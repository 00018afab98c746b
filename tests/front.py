"""Calls what a TypeScript module of ours exports, in Node, bundled as for the browser."""

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.test_hatch_build import load

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"

_CALLER = """
import { build } from "esbuild";
const [module, name] = process.argv.slice(1);
const made = await build({ entryPoints: [module], bundle: true, format: "esm", platform: "neutral", mainFields: ["module", "main"], write: false, logLevel: "error" });
const loaded = await import("data:text/javascript;base64," + Buffer.from(made.outputFiles[0].contents).toString("base64"));
let text = "";
for await (const part of process.stdin) text += part;
process.stdout.write(JSON.stringify(JSON.parse(text).map((call) => loaded[name](...call))));
"""


def call_each(module: Path, function: str, calls: Sequence[Sequence[object]]) -> list[object]:
    """What a function of a TypeScript module returns for each list of arguments. Whatever goes through is JSON."""
    command = [_node(), "--input-type=module", "-e", _CALLER, str(module), function]
    done = subprocess.run(
        command,
        cwd=WEB,
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert isinstance(answers, list)
    return answers


@cache
def _node() -> str:
    """Node beside the npm that builds our front end."""
    (npm, *_) = load(ROOT / "hatch_build.py")._npm_command()
    node = Path(npm).with_name("node")
    return str(node) if node.exists() else "node"
