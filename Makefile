# Shortcuts for a checkout. Each target is one or two commands; all are optional.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help setup check types test hostile fuzz train wheel clean

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

setup: $(BIN)/pytest  ## Create .venv with everything for training, tests and checks
$(BIN)/pytest: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -r requirements-dev.txt
	touch $@

check: setup types  ## Run the linter, and check the format and the types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Type checkers ignore the path that malgil/__init__.py changes, so they check the built tree.
types: wheel
	$(BIN)/python -m zipfile -e build/wheel/malgil-*.whl build/wheel
	cd build/wheel && $(abspath $(BIN))/mypy --config-file $(CURDIR)/pyproject.toml -p malgil
	MYPYPATH=build/wheel $(BIN)/mypy app.py tools

wheel: setup  ## Build the wheel into build/wheel/
	rm -rf build/wheel
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheel .

test: setup  ## Run the tests, in two processes
	$(BIN)/python -m pytest -n 2

hostile: setup  ## Give hostile files to everything that reads files
	$(BIN)/python -m pytest -n 2 -m hostile tests/hostile

fuzz: setup  ## Give random inputs to each parser for ten minutes
	$(BIN)/python -m tests.fuzz --minutes 10

train: setup  ## Train on the included corpus, and translate a sentence
	$(BIN)/python app.py --mode train
	$(BIN)/python app.py --mode predict "저는 학생이에요."

clean:  ## Remove build files; trained translators and downloads are kept
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
