# Each target makes the environment first where it is missing. The pipeline itself is in dvc.yaml.
VENV := .venv
PYTHON ?= python3
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# With it set, no script would find the modules beside it.
unexport PYTHONSAFEPATH

# uv where there is one: it installs in seconds what takes pip a minute. Both compile what they install,
# or every script would, where the environment forbids Python to keep what it compiled.
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),uv pip install --quiet --compile-bytecode --python $(VENV)/bin/python,$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check)
STAMP := $(VENV)/.installed
# An interrupted first run leaves a Python without pip: then the environment is made anew.
READY = $(VENV)/bin/python $(if $(UV),-c '',-m pip --version) >/dev/null 2>&1

.PHONY: help setup reproduce test proof prove fuzz walk verify audit readme compare ask experiments plots site bench lint lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## the environment in .venv, every package locked by its hash

$(STAMP): requirements.txt requirements-build.txt
	@$(READY) || $(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"setup: this is Python {v[0]}.{v[1]}; allowed: 3.11 and newer (make setup PYTHON=...)")'
	@$(READY) || $(PYTHON) -m venv --clear $(VENV)
	@# The one package without a wheel is built with the locked build tools, not with fetched ones.
	$(INSTALL) --require-hashes -r requirements-build.txt
	$(INSTALL) --require-hashes --no-build-isolation -r requirements.txt
	@touch $@

reproduce: setup  ## everything from the download on, then verify
	@mkdir -p build && echo '{}' > build/reproduction.json # the stages count runs in it
	dvc repro --force
	@rm build/reproduction.json
	@$(MAKE) --no-print-directory verify

# A file's tests stay together, as they share what is slow to make; long files come early.
SHARED := -n auto --dist loadfile --no-loadscope-reorder

test: setup  ## the tests, under five minutes
	python -m pytest $(SHARED)

$(VENV)/.proof-installed: $(STAMP) requirements-proof.txt
	$(INSTALL) --require-hashes -r requirements-proof.txt
	@touch $@

proof: prove fuzz walk  ## longer proofs: emulated processors, kills, fuzzing, browser, cluster

prove: $(VENV)/.proof-installed
	python -m pytest $(SHARED) -m proof $(OPTIONS)

fuzz: $(VENV)/.proof-installed
	python -m pytest -n auto -m fuzz --hypothesis-profile=proof

walk: setup  ## a random walk over what users type (STEPS=..., SEED=...)
	python -m pytest -m walk -s

verify: setup  ## are the results in this folder the published bits?
	python src/verify.py

audit: setup  ## a random sample of the published runs, trained again (RUNS=..., DRAW=...)
	python src/audit.py $(if $(RUNS),--runs $(RUNS)) $(if $(DRAW),--draw $(DRAW))

readme: setup  ## put the report's summary into README.md
	python src/report.py --readme

compare: setup  ## the table of all variants
	python src/compare.py

ask: setup  ## is your network better than the published one? (AGAINST= a variant, an experiment, ...)
	@python src/ask.py $(AGAINST)

experiments: setup  ## your experiments: what was changed, and what came out
	@python src/experiments.py

plots: setup  ## plots.html: every plot in one page that needs no internet (REV= one or two to compare)
	python src/plots_page.py $(REV)

site: setup  ## site/: the results as pages to touch, without internet (REV= an experiment too)
	@test -d data/normalized || dvc repro normalize
	python src/living_page.py $(REV)

bench: setup  ## this trainer beside its peers, in an environment of its own
	$(MAKE) -C benchmarks

lint: setup  ## ruff and mypy
	ruff check
	ruff format --check
	mypy src/mlp

lock: setup  ## compile the locks anew from requirements*.in (needs uv)
	for name in requirements-build requirements requirements-dask requirements-proof benchmarks/requirements; do \
	  uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --python-version 3.11 $$name.in -o $$name.txt || exit 1; \
	done

clean:  ## remove the environment and all that is not in Git but the raw data
	rm -rf $(VENV) build models data/normalized dvc_plots plots.html site .dvc/cache .dvc/tmp
	find . -name __pycache__ -prune -exec rm -rf {} +
