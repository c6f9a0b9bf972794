.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SYSTEM_CHECK := $(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'

.PHONY: help demo test check benchmarks walk faults corpus setup setup-dev lock sbom audit frontend translations messages pictures format wheel reference clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(BIN)/pip:
	@$(SYSTEM_CHECK) || { echo 'Chancery needs Python 3.11 or newer with venv: apt-get install python3-venv' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.node: requirements-node.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock
	@touch $@

web/static/vendor/.built: web/frontend/package-lock.json web/frontend/build.mjs web/frontend/icons.txt $(VENV)/.node
	cd web/frontend && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --no-audit --no-fund && PATH="$(CURDIR)/$(BIN):$$PATH" node build.mjs
	@touch $@

frontend: web/static/vendor/.built ## build the front-end packages into web/static/vendor

PO := $(wildcard web/translations/*/LC_MESSAGES/messages.po)
$(PO:.po=.mo): %.mo: %.po $(VENV)/.runtime
	@$(BIN)/pybabel compile --statistics -i $< -o $@ 2>&1 | grep -v '^compiling' || true

translations: $(PO:.po=.mo) ## compile the message catalogues

messages: setup-dev ## bring the message catalogues up to date with the sources
	@$(BIN)/python -m tools.messages

setup: $(VENV)/.runtime frontend translations ## install what the program needs
setup-dev: setup $(VENV)/.dev ## install what developers need as well

demo: setup ## set everything up and serve a lively office in the browser
	@$(BIN)/chancery demo

test: setup-dev ## set everything up and run all tests
	$(BIN)/pytest -n 3 --dist worksteal -m "not corpus and not pictures"

check: setup-dev ## lint, type check and hold the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

benchmarks: setup-dev ## measure the figures that the project promises, with modest sizes
	$(BIN)/python -m benchmarks.register_request 100
	$(BIN)/python -m benchmarks.import_documents 200
	$(BIN)/python -m benchmarks.lists --rows 50000
	$(BIN)/python -m benchmarks.search_engine
	$(BIN)/python -m benchmarks.search_page --documents 5000
	$(BIN)/python -m benchmarks.reading_rounds --waiting 500
	$(BIN)/python -m benchmarks.log_proof --entries 100000
	$(BIN)/python -m benchmarks.page_face
	$(BIN)/python -m benchmarks.filing
	$(BIN)/python -m benchmarks.stamping 100
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.verify

walk: setup-dev ## walk 100,000 steps at random through reading rounds
	CHANCERY_TEST_WALK_STEPS=100000 $(BIN)/pytest -q -s tests/records/circulation/test_walks.py

faults: setup-dev ## kill, fail and corrupt the office at every named point
	$(BIN)/python -m tests.killing
	$(BIN)/python -m tests.killing --database postgresql --seeds 2
	$(BIN)/python -m tests.failing
	$(BIN)/python -m tests.flipping

corpus: setup-dev ## run everything against the collection of real documents, where there is one
	$(BIN)/pytest -n 2 -m corpus tests/corpus

format: setup-dev ## format the sources
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup-dev ## renew the lock files
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group node -o requirements-node.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev -c requirements.lock -o requirements-dev.lock

sbom: setup-dev $(VENV)/.node ## list everything that the program is made of, from the locks, in dist/
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --mc-type application --output-reproducible -o dist/sbom.cdx.json
	cd web/frontend && PATH="$(CURDIR)/$(BIN):$$PATH" npm sbom --package-lock-only --sbom-format cyclonedx > "$(CURDIR)/dist/sbom-frontend.cdx.json"

audit: setup-dev ## ask the advisory database about every locked package (AUDIT=--where-reachable)
	@$(BIN)/python -m tools.audit $(AUDIT)

wheel: setup ## build a wheel with the front end and the catalogues
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

pictures: setup-dev ## make the pictures of the documentation anew
	CHANCERY_TEST_PICTURES=1 $(BIN)/pytest -q tests/web/test_pictures.py

reference: setup-dev ## write the reference pages from the code
	$(BIN)/python -m docs.generate

clean: ## remove everything that was built or installed here
	rm -rf $(VENV) web/static/vendor web/frontend/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
