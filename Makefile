# Each target makes the environment first where it is missing. The pipeline itself is in dvc.yaml.
VENV := .venv
PYTHON ?= python3
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# With it set, no script would find the modules beside it.
unexport PYTHONSAFEPATH

# uv where there is one: it installs in seconds what takes pip a minute. Both compile what they install,
# or every script would, where the environment forbids Python to keep what it compiled.
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),uv pip install --quiet --compile-bytecode --python $(VENV)/bin/python,$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check) --require-hashes
# An interrupted first run leaves a Python without pip: then the environment is made anew.
READY = $(VENV)/bin/python $(if $(UV),-c '',-m pip --version) >/dev/null 2>&1

.PHONY: help setup reproduce verify audit test proof bench ask experiments site lint clean \
  git-state environment extras prove fuzz readme lock

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What stops DVC is said before it does: no repository; and what a killed experiment leaves.
git-state:
	@git rev-parse --git-dir >/dev/null 2>&1 || \
	  echo "no Git repository, which DVC needs: clone the project instead of unpacking an archive" >&2
	@! git show-ref --quiet refs/exps/exec/EXEC_BASELINE || git symbolic-ref --quiet HEAD >/dev/null || \
	  echo "Git is on no branch, as an experiment runs; if it was killed, the way out is" \
	    "\`rm -f .git/index.lock; git switch main; git reset\`" >&2

# What is installed is known by its content: a lock with a new date installs nothing.
setup: git-state  ## the environment in .venv, every package locked by its hash
	@cmp -s requirements.txt $(VENV)/requirements.txt || $(MAKE) --no-print-directory environment

environment:
	@$(READY) || $(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"setup: this is Python {v[0]}.{v[1]}; allowed: 3.11 and newer (make setup PYTHON=...)")'
	@$(READY) || $(PYTHON) -m venv --clear $(VENV)
	@# One package has no wheel. The locked setuptools builds it, and so comes first.
	sed -n '/^setuptools==/,/[^\\]$$/p' requirements.txt | $(INSTALL) -r /dev/stdin
	$(INSTALL) --no-build-isolation -r requirements.txt
	@cp requirements.txt $(VENV)/requirements.txt

reproduce: setup  ## everything from the download on, then verify
	@mkdir -p build && echo '{}' > build/reproduction.json # in it the stages count what they have trained
	dvc repro --force
	@rm build/reproduction.json
	@$(MAKE) --no-print-directory verify

verify: setup  ## are the results in this folder the published bits?
	python src/verify.py

audit: setup  ## a random sample of the published runs, trained again (RUNS=..., DRAW=...)
	@test -d data/normalized || dvc repro normalize
	python src/verify.py --runs $(or $(RUNS),24) $(if $(DRAW),--draw $(DRAW))

# A file's tests stay together, as they share what is slow to make; long files come early.
SHARED := -n auto --dist loadfile --no-loadscope-reorder

test: setup  ## the tests, under five minutes
	python -m pytest $(SHARED)

proof: prove fuzz  ## longer proofs: other processors, kills, a cluster, a browser, fuzzing

prove: extras
	python -m pytest $(SHARED) -m proof $(OPTIONS)

fuzz: extras
	python -m pytest -n auto -m fuzz --hypothesis-profile=proof

extras: setup
	@cmp -s requirements-proof.txt $(VENV)/requirements-proof.txt || { \
	  $(INSTALL) -r requirements-proof.txt && cp requirements-proof.txt $(VENV)/requirements-proof.txt; }

bench: extras  ## this trainer beside JAX, PyTorch and scikit-learn: docs/speed.md
	@test -d data/normalized || dvc repro normalize
	python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r benchmarks/torch.txt
	python benchmarks/bench.py $(OPTIONS)
	python benchmarks/report.py

ask: setup  ## is your network better? (AGAINST= a variant or one of your experiments)
	@python src/ask.py $(AGAINST)

# Experiments belong to the commit that they began from: every one that has some is shown. One that failed
# or still runs has that commit's numbers: it is listed without any, below.
experiments: setup  ## your experiments: what was changed, and what came out
	@commits=$$(git for-each-ref --format='%(refname)' refs/exps \
	  | sed -nE 's|^refs/exps/(..)/(.{38})/.*|--rev=\1\2|p' | sort -u); \
	[ "$$commits" ] || echo 'no experiments yet; `dvc exp run -S hidden=32` makes one'; \
	dvc exp show --md --only-changed --hide-workspace --hide-failed --hide-queued --precision 4 \
	  --sort-by validation_accuracy --sort-order desc $(OPTIONS) $$commits \
	  --drop 'Created|Executor|best_|train_|metrics|steps|parameters|.*_std|claims|.*/|.*\.yaml$$' \
	  | sed -E '/^\|--|Running/d; s/\| (State|Success|-) +\|/|/; s/^\| | +\|$$//g; s/ (validation_|params.yaml:)/ /g' \
	  | tabulate -1 -s ' *[|] *' -f simple
	@dvc queue status | grep -E ' (Queued|Running|Failed)' || true

site: setup  ## site/: the results as pages to touch, without internet
	@test -d data/normalized || dvc repro normalize
	python src/build_site.py

lint: setup  ## ruff and mypy
	ruff check
	ruff format --check
	mypy src/mlp

readme: setup
	python src/report.py --readme

lock:
	for name in requirements requirements-proof; do \
	  uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links --python-version 3.11 $$name.in -o $$name.txt || exit 1; \
	done

clean:  ## remove the environment and all that is not in Git but the raw data
	rm -rf $(VENV) build models data/normalized dvc_plots site .dvc/cache .dvc/tmp
	find . -name __pycache__ -prune -exec rm -rf {} +
