# What can be done here. `make` alone lists it; nothing but Python 3.11 or newer and git has to be there before.

VENV := .venv
BIN := $(VENV)/bin
# Newer than what they were made from: then the environment is up to date, and nothing is done.
# To run it takes little; to check it takes a browser's driver, type checkers and other people's frameworks besides.
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
ROOMS := config ledger producer worker console
# Tests wait more than they work: some more than there are cores.
TEST_PROCESSES ?= 4
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
# The checks run in the order written, the quick ones first, under `make -j` too.
.NOTPARALLEL:

.PHONY: help
help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: env
env: $(DEVELOPED) ## Make the whole environment in .venv, with the locked versions

$(INSTALLED): pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" .ci/make-venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt hatchling
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[console,embedded,encryption]'
	@touch $@

$(DEVELOPED): $(INSTALLED)
	@echo "Installing what the checks need into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

.PHONY: demo
demo: $(INSTALLED) ## Watch the whole story: deliveries, an outage, the pause, the recovery
	@$(BIN)/lessonhook demo

.PHONY: run
run: $(INSTALLED) ## Run it here: a server with its data in var/, a worker, Flower at 127.0.0.1:5555
	@$(BIN)/lessonhook run $(RUN)

.PHONY: test
test: lint types rooms tests ## Run every check and every test

.PHONY: lint
lint: $(DEVELOPED) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(DEVELOPED) ## Check types, strictly
	$(BIN)/mypy $(ROOMS) tests examples bench

.PHONY: rooms
rooms: $(DEVELOPED) ## Check that the arrows between rooms run one way
	$(BIN)/lint-imports

.PHONY: tests
tests: $(DEVELOPED) ## Run every test, some at a time, each with servers and workers of its own
	$(BIN)/python -m pytest tests --numprocesses $(TEST_PROCESSES) --dist loadscope --durations=10

.PHONY: unit
unit: $(DEVELOPED) ## Run the tests that need no server
	$(BIN)/python -m pytest tests/unit

.PHONY: fuzz
fuzz: $(DEVELOPED) ## Search for a step in which the ledger and its model disagree, at random and for long
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/integration/ledger/test_lane_state_machine.py

.PHONY: chaos
chaos: $(DEVELOPED) ## Run every fault, the long ones too, then kill workers 50 times and count; some five minutes
	$(BIN)/python -m pytest tests/chaos --long
	@$(BIN)/python -m tests.chaos.kill_nine

.PHONY: bench
bench: $(DEVELOPED) ## Measure it beside what else would do the job, for some 20 minutes; writes docs/benchmark.md
	@$(BIN)/python -m bench $(BENCH)

.PHONY: docs
docs: $(DEVELOPED) ## Build the documentation into site/, and check its links; no network is needed
	$(BIN)/zensical build --strict
	$(BIN)/python -m pytest tests/docs

.PHONY: screenshots
screenshots: $(DEVELOPED) ## Take the pictures of Flower's pages for the documentation anew; needs Chromium
	@$(BIN)/python -m tests.docs.screenshots

.PHONY: wheel
wheel: $(DEVELOPED) ## Build the wheel into dist/, and check what it installs
	@rm -rf dist
	$(BIN)/hatchling build --target wheel
	.ci/check-wheel dist/*.whl

.PHONY: lock
lock: $(DEVELOPED) ## Renew the locked versions in constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --quiet \
		--no-header --no-emit-index-url --no-emit-find-links --output-file constraints.txt

.PHONY: up
up: ## Start it in containers; needs LESSONHOOK_FLOWER_BASIC_AUTH=name:password
	docker compose up --build --detach --wait

.PHONY: down
down: ## Stop the containers; the data stays in its volume
	docker compose down

.PHONY: clean
clean: ## Remove the environment, caches and builds; not var/, which holds data
	rm -rf $(VENV) .cache .hypothesis .pytest_cache .import_linter_cache build dist
