# make run    the console on this terminal          make test    all that must hold before a change is kept
# make help   every target
#
# Everything is installed into .venv beside this file, pinned by constraints.txt; after that nothing needs a network.

SHELL = /bin/sh
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
ARGS ?=
# More than there are cores: many tests wait for a terminal, a server or a moment.
WORKERS ?= $(shell expr 6 + "$$(getconf _NPROCESSORS_ONLN)")
BIN = .venv/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# What is compiled is kept even where that is forbidden in general: every worker, and every program that tests start,
# would compile the same again.
PYTEST = env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest
COVERAGE = build/coverage
# An editable install leaves that to the first start, and to each one where Python may not write it down.
COMPILE = $(BIN)/python -m compileall -q opsconsole

# A folder that was moved or copied has an environment that points to the old place, so its place is kept in the stamp.
ifneq ($(shell cat .venv/.made 2>/dev/null),$(CURDIR))
.venv/.made: FORCE
endif

.NOTPARALLEL:
.PHONY: help run test environment lint types contracts tests unit e2e bench soak wheel constraints docs clean FORCE
.DEFAULT_GOAL := help

help:  ## say what can be made
	@sed -n 's/^\([a-z0-9]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: .venv/.run  ## start the console on this terminal; ARGS='--ascii' hands it options
	@exec $(BIN)/opsconsole $(ARGS)

test: environment lint types contracts tests  ## everything below up to tests

environment: .venv/.dev  ## install what development needs into .venv

lint: .venv/.dev  ## style and common mistakes
	$(BIN)/python -m ruff check --quiet .

types: .venv/.dev  ## static types, strict
	$(BIN)/python -m mypy

contracts: .venv/.dev  ## who may import whom
	$(BIN)/lint-imports

tests: .venv/.dev  ## every test, with coverage
	@rm -rf $(COVERAGE)
	PYTEST_PLUGINS=tests.covering COVERAGE_FOLDER=$(COVERAGE) $(PYTEST) -n $(WORKERS) --dist worksteal
	$(BIN)/python -m tests.covering $(COVERAGE)

unit: .venv/.dev  ## only the tests that need no terminal
	$(PYTEST) -n $(WORKERS) -m 'not e2e'

e2e: .venv/.dev  ## only the tests in a real terminal
	$(PYTEST) -n $(WORKERS) -m e2e

bench: .venv/.dev  ## measure beside other programs; ARGS='--markdown' for a document
	$(BIN)/python -m tests.benchmarks $(ARGS)

soak: .venv/.dev  ## everything at once with faults, half an hour; ARGS='--seconds 300' for less
	$(BIN)/python -m tests.soak $(ARGS)

wheel: .venv/.dev  ## build dist/*.whl
	$(BIN)/python -m hatchling build --target wheel --directory dist

constraints: .venv/.dev  ## pin what is installed in .venv now
	$(BIN)/python -m pip list --disable-pip-version-check --format freeze --exclude-editable \
	    --exclude pip --exclude setuptools --exclude wheel | LC_ALL=C sort --ignore-case > constraints.txt.new
	mv constraints.txt.new constraints.txt

docs: .venv/.dev  ## write the reference pages and the pictures under docs/ from the program
	$(BIN)/python -m tests.reference
	$(BIN)/python -m tests.demo.pictures

clean:  ## remove what was made here, the environments too
	rm -rf .venv .bench dist build snapshot_report.html
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find opsconsole tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@set -eu; \
	python=; \
	for candidate in $(PYTHON); do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        python=$$candidate; break; \
	    fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "opsconsole needs Python 3.11 or newer, and none of these is: $(PYTHON)." \
	        "Install one, or name it: make PYTHON=/path/to/python3." >&2; \
	    exit 1; \
	fi; \
	if "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    "$$python" -m venv --clear .venv; \
	elif command -v virtualenv >/dev/null; then \
	    virtualenv --quiet --clear --python "$$python" .venv; \
	else \
	    echo "$$python cannot create an environment, its venv module is incomplete." \
	        "On Debian and Ubuntu: apt-get install python3-venv. Or install virtualenv." >&2; \
	    exit 1; \
	fi; \
	pwd -P > $@

# Each package is built in an environment of its own: some come as source only, and want what is not in this one.
.venv/.run: .venv/.made pyproject.toml constraints.txt
	$(PIP) --editable .
	$(COMPILE)
	@touch $@

.venv/.dev: .venv/.made pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	$(COMPILE)
	@touch $@ .venv/.run
