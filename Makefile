# One word per act, the same for people and for CI. Needs Python >= 3.11, git and make; the rest it fetches itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help env assets demo serve migrate revision journey test coverage test-deep test-openedx conformance-xapi lint sure \
  killed lock wheel clean

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
PYTEST_ARGS ?=
SUITE ?=
SUITE_ARGS ?=
KILL ?=

BIN := .venv/bin
ENV := .venv/.ready
OPENEDX := .venv-openedx/bin
OPENEDX_ENV := .venv-openedx/.ready
NODE_MODULES := node_modules/.package-lock.json
KERN := lti_tool/static/vendor/kern.min.css
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard lti_tool/translations/*/LC_MESSAGES/*.po))

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(ENV) ## build the Python environment in .venv from the lock file

# uv does it in seconds; a fresh machine has only pip, which takes a minute.
$(ENV): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "KommunalCampus needs Python 3.11 or newer; \
	'$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@if command -v uv >/dev/null; then set -e; \
	  [ -e $(BIN)/python ] || uv venv -q --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; \
	  uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock; \
	  uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else set -e; \
	  [ -e $(BIN)/pip ] || $(PYTHON) -m venv --clear .venv; \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock; \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

$(NODE_MODULES): package.json package-lock.json .npmrc | $(ENV)
	@$(BIN)/python -m tools.node npm ci --loglevel=error
	@touch $@

$(KERN): $(NODE_MODULES) tools/assets.py
	@$(BIN)/python -m tools.assets
	@touch $@

%.mo: %.po | $(ENV)
	@$(BIN)/pybabel --quiet compile -i $< -o $@

assets: $(ENV) $(KERN) $(CATALOGUES) ## build what the browser loads, and the translations

demo: assets ## serve the demo world and its LMS on this machine (PORT and the two ports after it)
	@$(BIN)/python -m tests.demo --port $(PORT)

serve: assets ## serve the database of DATABASE_URL
	@$(BIN)/kommunalcampus serve --host $(HOST) --port $(PORT) --workers $(WORKERS)

migrate: $(ENV) ## create or upgrade the tables of DATABASE_URL
	@$(BIN)/kommunalcampus migrate

revision: $(ENV) ## write a migration for changed models: make revision MESSAGE="add rooms"
	@$(BIN)/alembic revision --autogenerate -m "$(MESSAGE)"

journey: assets ## one learner's whole way against a real server (KILL=each: killed between all steps)
	@$(BIN)/python -m tests.journey $(if $(KILL),--kill $(KILL))

# Each of two starts at one end and, when done, takes half of what the other has left: neighbours share what they build.
test: assets ## run the tests (PYTEST_ARGS="tests/unit -k name" for some of them)
	@$(BIN)/python -m pytest $(if $(PYTEST_ARGS),$(PYTEST_ARGS),-n 2 --dist worksteal)

# Hypothesis tries forty times as many examples of certificates: 2,000 awards, each asked of the foreign verifiers.
coverage: assets ## run the tests and say which lines they don't reach: a fifth slower
	@$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

test-deep: assets ## try thousands of awards and hostile files (PYTEST_ARGS="tests/oracles" for some of them)
	@TEST_EXAMPLES=40 $(BIN)/python -m pytest -n 2 --dist worksteal \
	  $(if $(PYTEST_ARGS),$(PYTEST_ARGS),tests/oracles tests/unit/certificates tests/http/test_verify_api.py)

# The block is AGPL: in an environment of its own, started as a process, and no dependency of ours.
$(OPENEDX_ENV): tests/openedx/requirements.txt | $(ENV)
	@if command -v uv >/dev/null; then set -e; \
	  [ -e $(OPENEDX)/python ] || uv venv -q --python $(BIN)/python .venv-openedx; \
	  uv pip sync -q --python $(OPENEDX)/python --require-hashes $<; \
	else set -e; \
	  $(BIN)/python -m venv --clear .venv-openedx; \
	  $(OPENEDX)/python -m pip install -q --disable-pip-version-check --require-hashes -r $<; \
	fi
	@touch $@

test-openedx: assets $(OPENEDX_ENV) ## run the tests against Open edX's LTI block (optional)
	@$(BIN)/python -m pytest tests/openedx $(PYTEST_ARGS)

# The suite is a checkout of its own: docs/development.md says how to get it.
conformance-xapi: assets ## run ADL's record store suite on both databases: make conformance-xapi SUITE=path
	@$(if $(SUITE),,echo "Name the suite's checkout: make conformance-xapi SUITE=path (see docs/development.md)" >&2; exit 2;) \
	$(BIN)/python -m tests.conformance_xapi $(SUITE) $(SUITE_ARGS)

lint: $(ENV) ## check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# Here the journey is killed between all steps on PostgreSQL, beside the linters; left alone it is walked on SQLite by
# tests/integration/test_upgrade.py, on a database that was upgraded. `make journey KILL=each` kills it on both.
# The tests come last, so that their result is what one sees at the end.
sure: assets ## all that CI does: lint, the journey with kills, test
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint killed
	@$(MAKE) --no-print-directory test

killed: assets
	@JOURNEY_DATABASES=postgresql $(BIN)/python -m tests.journey --kill each

lock: ## pin the newest versions that pyproject.toml allows (needs uv): make lock UPGRADE=--upgrade
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --no-annotate $(UPGRADE) --extra dev pyproject.toml -o requirements.lock
	npm install --package-lock-only
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate $(UPGRADE) tests/openedx/requirements.in \
	  -o tests/openedx/requirements.txt

wheel: assets ## build an installable package in dist/
	@mkdir -p dist
	@$(BIN)/python -c 'from setuptools.build_meta import build_wheel; print(build_wheel("dist"))'

clean: ## remove everything that was built
	rm -rf .venv .venv-openedx node_modules lti_tool/static/vendor build dist *.egg-info .coverage htmlcov
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} + ; rm -f $(CATALOGUES)
