# Every target makes .venv ready by itself; nothing else has to be installed but Python >= 3.11 and make.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin

# Where this is set every process parses every module again: `import dagster` takes 2.8 s instead of 1.2 s.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv demo up test coverage lint format bench chaos lock browser

help: ## What can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

venv: ## Make .venv match requirements.lock (done by every other target too)
	@$(PYTHON) scripts/bootstrap.py

demo: venv ## Load demo data, run the main job, show the UI (everything outside is a sandbox)
	$(BIN)/ops demo

up: venv ## Start the platform with your settings: database, UI, schedules, sensors
	$(BIN)/ops up

# Three at a time on two cores: many tests wait for a process, a page or a deadline. A file's tests stay together, because
# what they share (a demo, a platform that is up) takes longer to make than they take; the slow files come first.
test: venv browser ## All tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q

coverage: venv browser ## All tests, and which lines none of them reaches (a third slower)
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered -q

lint: venv ## ruff, mypy, the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config setup.cfg

format: venv ## Let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: venv ## Measure the figures of docs/benchmarks.md (ratios in one run)
	$(BIN)/python -m ops_platform_tests.bench

chaos: venv ## The full fault campaigns (kill -9, disk full); tens of minutes
	OPS_CHAOS=full $(BIN)/python -m pytest -q -m chaos -n 0

browser:
	@$(BIN)/python scripts/install_browser.py

lock: venv ## Compile requirements.lock anew from the ranges in pyproject.toml
	$(BIN)/python -m uv pip compile pyproject.toml --all-extras --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-annotate --upgrade -o requirements.lock
	@if grep -n '://' requirements.lock; then echo "requirements.lock names a host"; exit 1; fi
