# What people do in a checkout. Each target is a command or two; none is needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help setup check types test train wheel clean

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

setup: $(BIN)/pytest  ## Make .venv with all that training, testing and checking need
$(BIN)/pytest: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -r requirements-dev.txt
	touch $@

check: setup types  ## Lint, check the format and the types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Type checkers do not follow the path that malgil/__init__.py changes: they see the built tree.
types: wheel
	$(BIN)/python -m zipfile -e build/wheel/malgil-*.whl build/wheel
	cd build/wheel && $(abspath $(BIN))/mypy --config-file $(CURDIR)/pyproject.toml -p malgil
	MYPYPATH=build/wheel $(BIN)/mypy app.py tools

wheel: setup  ## Build the wheel into build/wheel/
	rm -rf build/wheel
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheel .

test: setup  ## Run the tests, in two processes
	$(BIN)/python -m pytest -n 2

train: setup  ## Train the translator of the corpus that ships, and translate a sentence with it
	$(BIN)/python app.py --mode train
	$(BIN)/python app.py --mode predict "저는 학생이에요."

clean:  ## Remove what was built; trained translators and downloads stay
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
