# `make demo` and `make test` are the two commands; both work on a bare machine with Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test slow lint types contracts clean

demo: .venv/.installed
	$(BIN)/ganstudio train dcgan --data mnist --minutes 3
	$(BIN)/ganstudio export onnx
	@mkdir -p demo
	$(BIN)/ganstudio sample --seed 0-63 --out demo/digits.png
	@echo
	@echo "the run:      $$(ls -td runs/*/ | head -n 1)"
	@echo "the export:   $$(ls -t exports/*.onnx | head -n 1)"
	@echo "the digits:   demo/digits.png"
	@echo "go on with:   . .venv/bin/activate && ganstudio --help"

test: .venv/.dev lint types contracts
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

slow: .venv/.dev
	$(BIN)/python -m pytest -m slow

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

contracts: .venv/.dev
	$(BIN)/lint-imports

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or later is needed; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check -q -e .
	touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[dev]'
	touch $@ .venv/.installed

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
