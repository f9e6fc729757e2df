# `make` lists what can be done. Only Python 3.11 or newer and git have to be installed.

VENV := .venv
BIN := $(VENV)/bin
# Two stamps. Each is newer than the files that it was made from, or its environment is installed again.
# The first is enough to run the service. The second adds what the checks and tests need.
INSTALLED := $(VENV)/.installed
DEVELOPED := $(VENV)/.developed
# Evaluated only where it is used. The list is in pyproject.toml.
ROOMS = $(shell .ci/rooms)
# More processes than cores, because tests wait more than they compute.
TEST_PROCESSES ?= 4
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Every test; servers and workers are shared by the tests of one module at most.
PYTEST := pytest --numprocesses $(TEST_PROCESSES) --dist loadscope --durations=10
# They kill workers and cut connections.
FAULTS := tests/chaos tests/anomaly

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
	@echo "Installing the tools for checks and tests into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

.PHONY: demo
demo: $(INSTALLED) ## Watch the whole story: deliveries, an outage, the pause, the recovery
	@$(BIN)/lessonhook demo

.PHONY: run
run: $(INSTALLED) ## Run the service here: Redis with its data in var/, a worker, Flower at 127.0.0.1:5555
	@$(BIN)/lessonhook run $(RUN)

.PHONY: test
test: lint types rooms tests ## Run every check and every test

.PHONY: fix
fix: $(DEVELOPED) ## Correct style and formatting, as far as a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lint
lint: $(DEVELOPED) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(DEVELOPED) ## Check types, strictly
	$(BIN)/mypy $(ROOMS) tests examples bench

.PHONY: rooms
rooms: $(DEVELOPED) ## Check that imports between rooms go one way, and none in a circle
	$(BIN)/lint-imports

.PHONY: tests
tests: $(DEVELOPED) ## Run every test, in several processes, each with its own servers and workers
	$(BIN)/python -m $(PYTEST) tests

.PHONY: unit
unit: $(DEVELOPED) ## Run the tests that need no server
	$(BIN)/python -m pytest tests/unit

.PHONY: faults
faults: $(DEVELOPED) ## Run the tests that inject faults, the short ones
	$(BIN)/python -m $(PYTEST) $(FAULTS)

# Without the tests of faults, because a killed process writes nothing of what it ran.
.PHONY: coverage
coverage: $(DEVELOPED) ## Measure what the tests cover in all processes but killed ones, and hold the floor
	@mkdir -p .cache/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m $(PYTEST) tests $(addprefix --ignore ,$(FAULTS))
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage html --quiet
	$(BIN)/coverage report

.PHONY: pythons
pythons: $(DEVELOPED) ## Run the unit tests with each supported Python that this machine has
	.ci/pythons --numprocesses $(TEST_PROCESSES)

.PHONY: lowest
lowest: $(DEVELOPED) ## Run some of the tests with the lowest versions that pyproject.toml allows
	.ci/lowest --numprocesses $(TEST_PROCESSES) --dist loadscope

.PHONY: fuzz
fuzz: $(DEVELOPED) ## Search at random, for long, for a step in which the ledger and its model disagree
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/integration/ledger/test_lane_state_machine.py

.PHONY: chaos
chaos: $(DEVELOPED) ## Run every fault, the long ones too, then kill workers 50 times and count; about five minutes
	$(BIN)/python -m pytest tests/chaos --long
	@$(BIN)/python -m tests.chaos.kill_nine

.PHONY: anomaly
anomaly: $(DEVELOPED) ## Inject every fault at every command of every scenario, 5,000 at least; about an hour
	@$(BIN)/python -m tests.anomaly $(ANOMALY)

.PHONY: soak
soak: $(DEVELOPED) ## Let faults of all kinds befall one system together, for 20 minutes, and count
	@$(BIN)/python -m tests.anomaly.soak $(SOAK)

.PHONY: bench
bench: $(DEVELOPED) ## Measure lessonhook beside the alternatives for about 20 minutes; writes docs/benchmark.md
	@$(BIN)/python -m bench $(BENCH)

.PHONY: readme
readme: $(DEVELOPED) ## Write the tables of settings into the README and its page, from the code
	@$(BIN)/python .ci/settings_tables.py

.PHONY: docs
docs: $(DEVELOPED) ## Build the documentation into site/ and check its links; needs no network
	$(BIN)/zensical build --strict
	$(BIN)/python -m pytest tests/docs

.PHONY: screenshots
screenshots: $(DEVELOPED) ## Take the documentation's pictures of Flower and of the customer's page; needs Chromium
	@$(BIN)/python -m tests.docs.flower_screenshots
	@$(BIN)/python -m tests.docs.page_screenshots

.PHONY: wheel
wheel: $(DEVELOPED) ## Build the wheel into dist/ and check what it installs
	@rm -rf dist
	$(BIN)/hatchling build --target wheel
	.ci/check-wheel dist/*.whl

.PHONY: lock
lock: $(DEVELOPED) ## Renew the locked versions in constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --quiet \
		--no-header --output-file constraints.txt

.PHONY: up
up: ## Start it in containers; needs LESSONHOOK_FLOWER_BASIC_AUTH=name:password
	docker compose up --build --detach --wait

.PHONY: down
down: ## Stop the containers; the data stays in its volume
	docker compose down

.PHONY: clean
clean: ## Remove the environment, caches and builds; not var/, which holds data
	rm -rf $(VENV) .cache .hypothesis .pytest_cache .import_linter_cache build dist site
