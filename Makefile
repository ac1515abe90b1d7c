# Everything runs from a fresh clone with Python 3.11+ and make. `make help` lists the commands.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := $(CURDIR)
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# Where it is set, every process would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.installed ## install what the other commands need into .venv (they do it by themselves)

$(VENV)/.installed: requirements-dev.lock local/bootstrap.py
	@$(PYTHON) local/bootstrap.py $(VENV)

.PHONY: run
run: $(VENV)/.installed ## the whole platform on this machine, with a demo business; Ctrl-C stops it
	@exec $(BIN)/python -m local.run

.PHONY: call
call: $(VENV)/.installed ## phones the demo business: prints the transcript and the waits, leaves call.wav
	@$(BIN)/python -m local.call

# Processes that share the tests, file by file, each with servers of its own; 0 runs them one by one, in this process.
WORKERS ?= auto
# The functions-framework reads a variable of this name: how many processes it is to be.
unexport WORKERS

.PHONY: test
test: $(VENV)/.installed ## every test, on real servers that it starts itself
	@$(BIN)/python -m local.browser --quiet || true
	@$(BIN)/python -m local.speech fetch --quiet || true
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

.PHONY: lint
lint: $(VENV)/.installed ## ruff, formatting, types, terraform fmt where it is installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy shared voice_service local tests
	@$(BIN)/mypy deploy/*.py
	@$(BIN)/mypy deploy/pipeline/*.py
	@! command -v terraform >/dev/null || terraform fmt -check -recursive terraform
	@for function in functions/*/; do $(BIN)/mypy $$function || exit 1; done

.PHONY: format
format: $(VENV)/.installed ## write the code as `make lint` wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: migrate
migrate: $(VENV)/.installed ## bring the database of DATABASE_URL (its owner's) to the newest schema
	@$(BIN)/python -m shared.jobs.migrate

.PHONY: bench
bench: $(VENV)/.installed ## the benchmarks, each against its peer in the same run
	@$(BIN)/python -m local.bench

.PHONY: eval
eval: $(VENV)/.installed ## how well answers come out: intents on a public set, rules under random load
	@$(BIN)/python -m local.evals

.PHONY: lock
lock: $(VENV)/.installed ## pin the whole tree of requirements*.txt again, with hashes
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		requirements.txt -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		requirements-dev.txt --override requirements-overrides.txt -o requirements-dev.lock

.PHONY: clean
clean: ## forget local data and logs (not .venv)
	@rm -rf .local
