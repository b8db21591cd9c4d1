# The only commands a contributor needs; CI calls the same ones.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

AESM2 := .build/release/aesm2
export AESM2_COMMIT ?= $(shell git rev-parse HEAD 2> /dev/null)
# Tests are compiled with different options than the tool, so in their own folder; without information for debuggers,
# which takes an eighth of the time.
SWIFT_TEST := env AESM2_PACKAGE=tests swift test -c release --scratch-path .build-tests -debug-info-format none
# Only the models and their suite, optimized but compiled file by file: rebuilding takes seconds.
MODEL_TEST := env AESM2_PACKAGE=ModelConformanceTests swift test --scratch-path .build-model \
  --disable-automatic-resolution -Xswiftc -O -Xcc -O2
FORMATTED := Package.swift Sources baselines Tests
PACKAGES := libopenblas-dev liblapacke-dev zlib1g-dev libsqlite3-dev pkg-config
SECONDS ?= 3600
SEED ?= 1
JOBS ?= 2
TARGETS ?=
FILTER ?=
FUZZ_FLAGS := $(if $(SANITIZE),--sanitize=$(SANITIZE) --scratch-path .build/$(SANITIZE))
PEERS ?=
NAME ?=
# The tables of which results/habits asks whether habits of reporting change the order of models.
HABITS := kuairand-pure us-flights aliexpress-twin all-models-kuairand-pure
PEERS_HOME := benchmarks/.venv
INTEROP_HOME := Tests/Interop/.venv

.PHONY: help setup build test test-long check-model examples docs reproduce smoke lint format bench bench-peers bench-models check-results site check chaos chaos-long test-slurm test-mpi bench-ranks test-interop test-pages fuzz fuzz-one clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## Install the system libraries, if they are missing
	@command -v swift > /dev/null || { \
	  echo "swift is not on PATH: install Swift 6.0 or later (swift.org/install)" >&2; exit 1; }
	@if pkg-config --exists openblas lapacke zlib sqlite3 2> /dev/null; then exit 0; fi; \
	if [ "$$(uname)" = Darwin ]; then \
	  echo "OpenBLAS, LAPACKE or SQLite is missing: brew install openblas lapack sqlite pkg-config, then" >&2; \
	  echo "export PKG_CONFIG_PATH=$$(brew --prefix)/opt/openblas/lib/pkgconfig:$$(brew --prefix)/opt/lapack/lib/pkgconfig" >&2; \
	  exit 1; \
	fi; \
	command -v apt-get > /dev/null || { \
	  echo "install the development files of OpenBLAS, LAPACKE, zlib and SQLite, and pkg-config" >&2; exit 1; }; \
	as_root=; \
	if [ "$$(id -u)" != 0 ]; then \
	  command -v sudo > /dev/null || { \
	    echo "ask an administrator to run: apt-get install $(PACKAGES)" >&2; exit 1; }; \
	  as_root=sudo; \
	fi; \
	$$as_root apt-get update -qq; \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  $(PACKAGES)

build: setup ## Build the tool in release mode
	swift build -c release --product aesm2

test: setup ## Run all tests, or those of a target or suite (FILTER=TrainingTests)
	$(SWIFT_TEST) $(if $(FILTER),--filter '$(FILTER)')

test-long: setup ## Train every model on a twin that meets its assumptions, and check that it learns
	AESM2_LONG=1 $(SWIFT_TEST) --filter LearnabilityTests

examples: setup ## Build and run the packages of Examples/
	@output=$$(mktemp -d); trap 'rm -rf "$$output"' EXIT; \
	mkdir "$$output/files"; \
	{ echo "user,place,price,day,click"; \
	  for row in $$(seq 0 999); do \
	    echo "u$$((row % 17)),p$$((row % 3)),$$((row * 37 % 101)),$$((row / 100)),$$((row * 37 % 101 > 60))"; \
	  done; } > "$$output/files/log.csv"; \
	printf '%s\n' 'name: example' 'sources: [{file: log.csv}]' 'scenarios: [place]' 'tasks: [click]' \
	  'split: {test: {where: {column: day, atLeast: 9}}, validation: {where: {column: day, atLeast: 8}}}' \
	  'features: {categorical: [user], numerical: [price]}' > "$$output/schema.yaml"; \
	for package in TrainAndPredict OwnBaseline; do \
	  swift build -c release --package-path Examples/$$package --scratch-path .build-examples; \
	done; \
	.build-examples/release/TrainAndPredict "$$output/schema.yaml" "$$output/files" "$$output"; \
	.build-examples/release/OwnBaseline train --data "$$output/cache" --model wide-and-deep --set epochs=2 --run-dir "$$output/run"

docs: setup ## Build the API reference in .build-docs/site; fails on warnings and undocumented symbols
	docs/make-reference.sh

check-model: setup ## Compile and check one model in seconds (NAME=mmoe)
	@[ -n "$(NAME)" ] || { echo "which model? make check-model NAME=mmoe" >&2; exit 1; }
	AESM2_MODELS=$(NAME) $(MODEL_TEST) --filter '^ModelConformanceTests\.'

reproduce: build ## Train and compare four models on a synthetic twin
	$(AESM2) sweep experiments/quickstart.yaml --jobs "$$(getconf _NPROCESSORS_ONLN)"

smoke: build ## Run the quick start on tiny data, in seconds
	@folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	mkdir "$$folder/experiments"; cp experiments/smoke.yaml "$$folder/experiments"; \
	$(AESM2) sweep "$$folder/experiments/smoke.yaml" --store "$$folder/runs" --jobs 2; \
	$(AESM2) status "$$folder/experiments/smoke.yaml" --store "$$folder/runs"

lint: ## Check the format of all Swift files
	swift format lint --strict -r -p $(FORMATTED)

format: ## Format all Swift files
	swift format -i -r -p $(FORMATTED)

bench: build ## Measure kernels and training steps
	$(AESM2) bench

bench-peers: build $(PEERS_HOME) ## Compare speed with PyTorch (PEERS="--only mmoe" for less)
	$(PEERS_HOME)/bin/python benchmarks/peers.py $(PEERS)

bench-models: build $(PEERS_HOME) ## Measure training steps of all models, ten of them beside PyTorch (MODELS="--only star" for less)
	$(PEERS_HOME)/bin/python benchmarks/models.py $(MODELS)

$(PEERS_HOME): benchmarks/requirements.txt
	@wanted=$$(cksum < benchmarks/requirements.txt); \
	if [ "$$(cat $(PEERS_HOME)/requirements.cksum 2> /dev/null || true)" != "$$wanted" ]; then \
	  rm -rf $(PEERS_HOME); \
	  python3 -m venv $(PEERS_HOME); \
	  $(PEERS_HOME)/bin/pip install --quiet -r benchmarks/requirements.txt; \
	  echo "$$wanted" > $(PEERS_HOME)/requirements.cksum; \
	fi
	@touch $(PEERS_HOME)

check-results: build ## Rebuild every committed table, compare it byte for byte, and build all pages
	@count=0; \
	for records in results/*/runs.jsonl; do \
	  [ -e "$$records" ] || continue; \
	  name=$$(basename "$$(dirname "$$records")"); \
	  $(AESM2) report "experiments/$$name.yaml" --records "$$records" --check "results/$$name"; \
	  count=$$((count + 1)); \
	done; \
	work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	$(AESM2) habits $(addprefix results/,$(HABITS)) --figure "$$work/habits.svg" > "$$work/habits.txt"; \
	for file in habits.txt habits.svg; do cmp "$$work/$$file" "results/habits/$$file"; done; \
	$(AESM2) site --output "$$work/site"; \
	echo "check-results: $$count results regenerated, byte for byte"

site: build ## Build web pages of all committed results in site/
	$(AESM2) site --output site

check: lint test smoke check-results ## Run lint, test, smoke and check-results

chaos: build ## Disturb a sweep of 30 runs at random moments, and compare its table (SEED)
	swift build -c release --product Chaos
	.build/release/Chaos --seed $(SEED)

chaos-long: build ## The same with 200 runs and a hundred disturbances (SEED)
	swift build -c release --product Chaos
	.build/release/Chaos --seed $(SEED) --runs 204 --disturbances 100 --seconds 3600

# The tests are skipped with the reason where no cluster can be started.
test-slurm: setup ## Test sweeps on a real Slurm cluster of two nodes on this machine; needs root
	@reason=$$(Tests/Slurm/cluster.sh missing); \
	if [ -n "$$reason" ]; then echo "test-slurm: skipped: $$reason"; exit 0; fi; \
	$(SWIFT_TEST) list > /dev/null; \
	Tests/Slurm/cluster.sh run .slurm $(SWIFT_TEST) --skip-build \
	  --filter 'SlurmClusterTests|CommandListTests'

test-interop: build ## Read exported runs with TensorBoard, MLflow, sqlite3 and pandas
	@wanted=$$(cksum < Tests/Interop/requirements.txt); \
	if [ "$$(cat $(INTEROP_HOME)/requirements.cksum 2> /dev/null || true)" != "$$wanted" ]; then \
	  rm -rf $(INTEROP_HOME); \
	  python3 -m venv $(INTEROP_HOME); \
	  $(INTEROP_HOME)/bin/pip install --quiet -r Tests/Interop/requirements.txt; \
	  echo "$$wanted" > $(INTEROP_HOME)/requirements.cksum; \
	fi
	$(INTEROP_HOME)/bin/python Tests/Interop/check.py $(AESM2)

test-pages: site ## Open every page of the site in headless Chromium and check it
	python3 Tests/Pages/check.py site

test-mpi: build ## Check training by several ranks under mpirun (installs Open MPI if it is missing)
	@command -v mpirun > /dev/null || { \
	  command -v apt-get > /dev/null || { \
	    echo "mpirun is missing: install Open MPI 4 or 5" >&2; exit 1; }; \
	  as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	  $$as_root apt-get update -qq; \
	  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    openmpi-bin; }
	Tests/MPI/check.sh $(AESM2)

bench-ranks: build ## Measure two and four ranks, and compare them with the predictions of benchmarks/scaling.py
	python3 benchmarks/scaling.py measure --tool $(AESM2) --json benchmarks/scaling.json

fuzz: setup ## Feed damaged input to every reader (SECONDS=3600 each, SEED, JOBS, TARGETS, SANITIZE)
	swift build -c release --product Fuzz $(FUZZ_FLAGS)
	$(if $(SANITIZE),FUZZ_SANITIZED=1 ASAN_OPTIONS=detect_leaks=0) \
	  "$$(swift build -c release --product Fuzz $(FUZZ_FLAGS) --show-bin-path)/Fuzz" \
	  --seconds $(SECONDS) --seed $(SEED) --jobs $(JOBS) $(TARGETS)

fuzz-one: setup ## Feed one input again (TARGET=csv INPUT=fuzz-failures/csv-1234)
	swift build -c release --product Fuzz $(FUZZ_FLAGS)
	"$$(swift build -c release --product Fuzz $(FUZZ_FLAGS) --show-bin-path)/Fuzz" \
	  $(TARGET) --reproduce $(INPUT)

clean: ## Remove all build folders
	rm -rf .slurm .build .build-tests .build-model .build-examples .build-docs
