# mq-emulator: `make demo` shows it, `make test` checks it, `make serve` runs it. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
JAVASCRIPT := tests/conformance/javascript

.PHONY: demo serve test check lint types architecture unit crash coverage fuzz audit docs screenshots lock clean

demo: $(DEMO) ## create a private RabbitMQ broker and print what Amazon MQ did
	@$(BIN)/mq-emulator demo

serve: $(DEMO) ## run the emulator on 127.0.0.1:4566
	@$(BIN)/mq-emulator serve

test: check ## everything: lint, types, architecture, tests with coverage

check: lint types architecture unit

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

architecture: $(DEV)
	$(BIN)/lint-imports

unit: $(DEV)
	$(BIN)/coverage erase
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-report= $(PYTEST)
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='emulator/policy/*,emulator/engine/*' --fail-under=100

crash: $(DEV) ## kill a process that keeps its state 200 times under load, and look each time what is there
	$(BIN)/python -m tests.crash --kills 200 --served 5

fuzz: $(DEV) ## send 200,000 spoilt requests, in some minutes
	$(BIN)/python -m tools.fuzz

audit: $(DEV) ## hold the pinned dependencies against the advisories on PyPI
	$(BIN)/python -m tools.audit

docs: $(DEV) ## write the generated pages of docs/ anew
	$(BIN)/python docs/generate.py

screenshots: $(DEV) ## write a picture of each page, light and dark, wide and narrow, into docs/screenshots/
	$(BIN)/python -m tests.page.screenshots

lock: ## resolve the dependencies anew
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --group dev --editable .
	$(BIN)/python -m pip freeze --exclude-editable | grep -v '^mq-emulator' > constraints.txt

clean:
	rm -rf $(VENV) .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mq-emulator needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(DEMO): pyproject.toml constraints.txt $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt $(JAVASCRIPT)/package-lock.json $(DEMO)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	@if command -v npm >/dev/null; then cd $(JAVASCRIPT) && npm ci --no-audit --no-fund --loglevel=error; fi
	@touch $@
