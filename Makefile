# What can be done here. `make` alone lists it; nothing but Python 3.11 or newer and git has to be there before.

VENV := .venv
BIN := $(VENV)/bin
# Newer than all that it was made from: then the environment is up to date, and nothing is done.
INSTALLED := $(VENV)/.installed
ROOMS := config ledger producer worker console
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
# The checks run in the order written, the quick ones first, under `make -j` too.
.NOTPARALLEL:

.PHONY: help
help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: env
env: $(INSTALLED) ## Make the environment in .venv, with the locked versions

$(INSTALLED): pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" .ci/make-venv $(VENV)
	@echo "Installing into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt hatchling
	@$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@

.PHONY: demo
demo: $(INSTALLED) ## Watch the whole story: deliveries, an outage, the pause, the recovery
	@$(BIN)/lessonhook demo

.PHONY: run
run: $(INSTALLED) ## Run it here: a server with its data in var/, a worker, Flower at 127.0.0.1:5555
	@$(BIN)/lessonhook run

.PHONY: test
test: lint types rooms unit integration ## Run every check and every test

.PHONY: lint
lint: $(INSTALLED) ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(INSTALLED) ## Check types, strictly
	$(BIN)/mypy $(ROOMS) tests examples

.PHONY: rooms
rooms: $(INSTALLED) ## Check that the arrows between rooms run one way
	$(BIN)/lint-imports

.PHONY: unit
unit: $(INSTALLED) ## Run the tests that need no server
	$(BIN)/python -m pytest tests/unit tests/typing tests/docs

.PHONY: integration
integration: $(INSTALLED) ## Run the tests and the examples against real servers and real workers
	$(BIN)/python -m pytest tests/integration tests/examples --durations=10

.PHONY: docs
docs: $(INSTALLED) ## Build the documentation into site/, and check its links; no network is needed
	$(BIN)/python -m pip show --quiet zensical || $(PIP) install --constraint constraints.txt --editable '.[docs]'
	$(BIN)/zensical build --strict
	$(BIN)/python -m pytest tests/docs

.PHONY: bench
bench: $(INSTALLED) ## Measure it beside what else would do the job, for some 15 minutes; writes docs/benchmark.md
	@$(BIN)/python -m pip show --quiet matplotlib dramatiq django-webhook || \
		$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[bench]'
	@$(BIN)/python -m bench $(BENCH)

.PHONY: wheel
wheel: $(INSTALLED) ## Build the wheel into dist/, and check what it installs
	@rm -rf dist
	$(BIN)/hatchling build --target wheel
	.ci/check-wheel dist/*.whl

.PHONY: lock
lock: $(INSTALLED) ## Renew the locked versions in constraints.txt
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
