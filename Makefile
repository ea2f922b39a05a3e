PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Files that have such tests at all; to import all others takes half a minute.
marked = $$(grep -rl --include='test_*.py' 'mark\.$(1)' tests)

.PHONY: quickstart test test-slow test-long lint install dev clean

quickstart: install  ## venv, install, then the real pipeline on the bundled sample clip
	$(BIN)/ivg build experiment=quickstart

test: dev  ## the default suite
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: dev  ## fault, browser and long tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=20 -m 'slow and not alone and not gpu and not network' $(call marked,slow)
	$(BIN)/python -m pytest -m 'slow and alone and not gpu and not network' $(call marked,alone)

test-long: dev  ## every fault in every stage, fuzzing at full size, Slurm, S3: an hour and more
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations=20 -m 'long and not gpu and not network' $(call marked,long)

lint: dev  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

install: $(VENV)/.installed
dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[small]'
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/pip install --quiet -c constraints.txt -e '.[small,openai,smolvlm,ray,optuna,joblib,submitit,s3,transnetv2,formats,dev]'
	touch $@

clean:  ## the virtual environment and build leftovers; never the store or the runs
	rm -rf $(VENV) build dist *.egg-info
