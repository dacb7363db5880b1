# `make demo` and `make test` are the whole set-up: they make .venv when it is missing or older than the lock.
# Another Python than the first suitable one found: make test PYTHON=/path/to/python3.12

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
# One more than there are cores: kernels, servers and browsers are waited for.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test check style types suite format docs bench campaign lock clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

demo: $(READY) ## a made-up company, all its reports, an index to open
	$(BIN)/salesgoals demo

test: $(READY) ## every check and test; the types are looked at meanwhile, as that takes one core alone
	@$(MAKE) --no-print-directory style
	@$(MAKE) --no-print-directory -j2 types suite

check: $(READY) style types ## style and types

style: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)
	$(BIN)/mypy

suite: $(READY) # the code is compiled once, not in each of the processes that it starts
	$(BIN)/python -m compileall -q salesgoals_kit
	$(BIN)/pytest -q -n $(WORKERS) --dist loadgroup

format: $(READY) ## mend the style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## definitions of the KPIs, from the catalogue
	$(BIN)/salesgoals metrics --markdown > docs/definitions.md

bench: $(READY) ## the forecast against the field: half an hour
	$(BIN)/python tests/benchmarks/forecast.py --data m3 --json bench-m3.json
	$(BIN)/python tests/benchmarks/forecast.py --data lumpy --json bench-lumpy.json
	$(BIN)/python tests/benchmarks/season.py
	$(BIN)/python tests/benchmarks/ramp.py --json bench-ramp.json
	$(BIN)/python tests/benchmarks/ceilings.py --json bench-ceilings.json

campaign: $(READY) ## runs killed at 100 random moments and mails at 50, and begun again; a year played forward; the demo searched and looked at
	$(BIN)/python -m tests.campaign --kills 100
	$(BIN)/python -m tests.campaign.mails --kills 50
	$(BIN)/python -m tests.campaign.year
	$(BIN)/python -m tests.campaign.isolation
	$(BIN)/python -m tests.campaign.pages

lock: ## renew requirements.lock: names, versions and hashes, no addresses
	uv pip compile --universal --generate-hashes --python-version 3.11 --extra dev --extra postgres --extra cluster \
		--no-header --no-emit-index-url --upgrade pyproject.toml -o requirements.lock

clean: ## forget the environment and the demo
	rm -rf .venv demo

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found."; exit 2; }
	$(PYTHON) -m venv --clear .venv || { echo "Python's venv module is missing (Debian: apt install python3-venv)."; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)
