# make env   builds .venv from requirements.lock
# make run   opens the dashboard on the data and runs that come with xpz
# make test  format, lint, types and tests, in three processes (WORKERS=4: in four)
# make soak  all of what `make test` samples or skips (an hour)
# make bench measures speed and memory on this machine (long)
# make bench-accuracy compares networks and other methods on one simulated set (hours)
# make audit licences, list of parts (SBOM) and known holes of all that is installed
# make docs  the documentation as one site, in build/site; a warning is an error
# make dist  wheel and source distribution, in dist/
# make lint-delivery  checks the Dockerfiles and the files of GitHub
# make lock  renews requirements.lock and the other locks from pyproject.toml

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# For the tools of `make audit` alone.
AUDIT  := .venv-audit
# For `make docs`, `make dist` and `make lint-delivery`.
PUBLISH := .venv-publish
# Processes that share the tests: on two cores a third works while others wait.
WORKERS ?= 3

.PHONY: env run test lint soak bench bench-accuracy audit sbom docs dist lint-delivery \
  lock clean

env: $(READY)

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else \
	  "xpz needs Python 3.11, 3.12 or 3.13, not %d.%d; name one: make PYTHON=python3.12 env" % v[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

run: env
	$(BIN)/streamlit run dashboard/server.py

test: lint
	$(BIN)/python -m pytest -n $(WORKERS) --no-loadscope-reorder

soak: env
	XPZ_EVERY_DAMAGE=1 XPZ_SOAK=1 $(BIN)/python -m pytest --timeout 3600 \
	  tests/core/test_damage.py tests/dashboard/test_damage.py tests/core/scale \
	  tests/core/training/test_full_disk.py tests/core/training/test_regressor.py \
	  tests/core/first_light tests/core/data/archive \
	  tests/e2e/test_accessibility.py tests/faults tests/test_docs.py tests/test_notebooks.py \
	  tests/test_package.py

lint: env
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: env
	$(BIN)/python -m benchmarks

bench-accuracy: env
	$(BIN)/python -m benchmarks.accuracy

# Fails as well when the list of holes cannot be asked: then nothing is known of any.
audit: env $(AUDIT)/.ready sbom
	$(AUDIT)/bin/pip-licenses --summary --python $(BIN)/python
	@$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock \
	  --progress-spinner off || { echo "make audit: a part has a known hole, or PyPI's list of holes \
	could not be asked (no network, a mirror without it); the lines above say which."; exit 1; }

sbom: env $(AUDIT)/.ready
	@mkdir -p build
	$(AUDIT)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  -o build/xpz.cdx.json $(BIN)/python

$(AUDIT)/.ready: requirements-audit.lock
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# What is written of the library is read from its source; nothing of xpz is imported. With --quiet,
# MkDocs would not count its warnings.
docs: $(PUBLISH)/.ready
	NO_MKDOCS_2_WARNING=1 $(PUBLISH)/bin/mkdocs build -f .packaging/mkdocs.yml
	@echo "Open build/site/index.html; its search takes a server: python3 -m http.server -d build/site"

dist: $(PUBLISH)/.ready
	rm -rf dist
	$(PUBLISH)/bin/python -m build --no-isolation
	$(PUBLISH)/bin/twine check --strict dist/*

lint-delivery: $(PUBLISH)/.ready
	$(PUBLISH)/bin/hadolint .packaging/Dockerfile docs/cluster/Dockerfile
	$(PUBLISH)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(PUBLISH)/bin/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*-*.yml
	$(PUBLISH)/bin/check-jsonschema --builtin-schema vendor.github-issue-config \
	  .github/ISSUE_TEMPLATE/config.yml

$(PUBLISH)/.ready: requirements-publish.lock
	$(PYTHON) -m venv $(PUBLISH)
	$(PUBLISH)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

lock: env
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	$(BIN)/uv pip compile --group audit --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements-audit.lock
	$(BIN)/uv pip compile --group publish --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -o requirements-publish.lock

clean:
	rm -rf $(VENV) $(AUDIT) $(PUBLISH)
