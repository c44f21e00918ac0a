# `make` alone lists what there is. Everything that needs tools runs `make setup` first, which takes a moment
# only when something is missing.

SHELL := /bin/sh
.DEFAULT_GOAL := help
# In the order that is written: what is missing is said before any work begins.
.NOTPARALLEL:
# Compiled modules are kept: each of the many processes that the checks start would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

# The first Python on PATH that is new enough; `make setup PYTHON=...` chooses another one.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; exit; }; \
	done; echo python3)

VENV := .venv/bin
CDKTF := node_modules/.bin/cdktf
# Quiet about the age of Node, about newer releases and about usage reports
# (the same as QUIET_NODE in stacks/synthesis_place.py, which a test compares)
QUIET := JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=$(shell seq -s, 18 39) JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION=1 \
	JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION=1 CHECKPOINT_DISABLE=1 DISABLE_VERSION_CHECK=1

# make demo STACK=aws-lab
STACK ?=
# make test TESTS=tests/unit/hubctl
TESTS ?= tests

# make e2e E2E=tests/e2e/lab
E2E ?= tests/e2e

# Test processes side by side: one more than two cores, since some tests wait in real time. Each reads all tests
# first, and takes up to 1 GB with Node beside it.
WORKERS ?= 3

# Tests run in random order; the head of each run prints its seed, and make test SEED=1234 repeats it
SEED ?=
ORDER := $(if $(SEED),--randomly-seed=$(SEED))

# make bench-hub HUBS=swarm
HUBS ?=

# Number of generated inputs of make fuzz, over all readers
INPUTS ?= 40000

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what the locks name; checks the machine first
	@$(PYTHON) -m tools.setup

SYSTEM_PACKAGES := $(PYTHON) -m tools.setup.system_packages

.PHONY: packages-check packages-test packages-e2e
packages-check packages-test packages-e2e:
	@$(SYSTEM_PACKAGES) $(@:packages-%=%)

.PHONY: system-packages
system-packages: packages-test packages-e2e ## Install the system packages that tests and trials need (make test and make e2e do)

.PHONY: demo
demo: setup ## Deploy the stacks to an AWS on this machine (STACK=aws-lab for one of them)
	@$(VENV)/hubctl demo $(foreach stack,$(STACK),--stack $(stack))

.PHONY: synth
synth: setup ## Write the Terraform JSON of the stacks to cdktf.out
	@$(QUIET) $(CDKTF) synth

.PHONY: check
check: packages-check setup lint ## The quick checks: style, types, and all tests that need neither Terraform nor Node, and start no host
	@$(VENV)/python -m pytest -n $(WORKERS) --dist loadfile $(ORDER) --quick tests/unit tests/cookbooks

.PHONY: test
test: packages-test setup lint checkov ## Run every check and test that needs no root (TESTS=folder for some of them)
	@$(VENV)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ORDER) \
		--ignore=tests/e2e --ignore=tests/bench $(TESTS)

.PHONY: e2e
e2e: packages-e2e setup ## Run the tests on real hosts: the trial cluster and the Lab (needs root and Docker; E2E=folder for some)
	@if [ "$$(id -u)" = 0 ]; then $(VENV)/python -m tests.e2e $(E2E); \
	else sudo env "PATH=$$PATH" $(VENV)/python -m tests.e2e $(E2E); fi

.PHONY: fuzz
fuzz: packages-test setup ## Give every reader of foreign input generated ones for a minute (INPUTS=1000000 for more)
	@$(QUIET) $(VENV)/python -m tests.fuzz --inputs $(INPUTS)

.PHONY: checkov
checkov: setup ## Install checkov, which the tests run over the plans, unless it is there
	@$(VENV)/python -m tools.checkov.install

.PHONY: lint
lint: packages-check setup ## Check style and types of all sources
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@$(VENV)/mypy
	@$(VENV)/python -m tools.script_lint
	@rubocop --format quiet cookbooks tests/cookbooks

.PHONY: format
format: setup ## Format the Python sources
	@$(VENV)/ruff check --fix --quiet . || true
	@$(VENV)/ruff format .

.PHONY: diagram
diagram: setup ## Draw the architecture pictures of docs/pictures anew (needs Graphviz)
	@$(VENV)/hubctl diagram

.PHONY: reference
reference: setup ## Write the generated pages of docs/reference anew
	@$(VENV)/python -m tools.reference

.PHONY: bench
bench: bench-synth bench-arrivals bench-hub ## Measure a synth, a long simulation, both hubs under a rush, and as root warm spawns
	@if [ "$$(id -u)" = 0 ]; then $(MAKE) --no-print-directory bench-spawns; \
	else echo "warm spawns are measured as root only: sudo make bench-spawns" >&2; fi

.PHONY: bench-synth
bench-synth: setup ## Measure a synth against the stock import of the bindings
	@$(QUIET) $(VENV)/python tests/bench/synth.py

.PHONY: bench-hub
bench-hub: setup ## Measure both hubs under a rush, about a quarter of an hour (HUBS=lab for one of them)
	@PYTHONPATH=.:cookbooks/hub_common/files/default:cookbooks/jupyterhub/files/default/hub $(VENV)/python tests/bench/hub_rush.py $(HUBS)

.PHONY: sizes
sizes: setup ## Simulate the rows of the defaults' table anew, and write docs/reference/crowd-sizes.md
	@$(QUIET) $(VENV)/python -m tools.sizes

.PHONY: bench-arrivals
bench-arrivals: setup ## Measure a simulation of a million arrivals
	@$(QUIET) $(VENV)/python tests/bench/arrivals.py

.PHONY: bench-spawns
bench-spawns: setup ## Measure warm spawns on the trial cluster (needs root and Docker)
	@PYTHONPATH=.:cookbooks/hub_common/files/default:cookbooks/jupyterhub/files/default/hub $(VENV)/python tests/bench/warm_spawns.py

.PHONY: lock
lock: setup ## Renew Pipfile.lock and package-lock.json, naming no index or registry in them
	@$(VENV)/python -m tools.lock_files

.PHONY: clean
clean: ## Delete caches and generated files; never a state, never the environment
	@rm -rf .pytest_cache .mypy_cache .ruff_cache build .demo
	@find hubctl stacks constructs tests tools -name .venv -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
	@if [ -n "$$(find cdktf.out -name '*.tfstate*' -print -quit 2>/dev/null)" ]; then \
		echo "kept cdktf.out: there is a Terraform state in it" >&2; \
	else rm -rf cdktf.out; fi
