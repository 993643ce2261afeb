# `make demo` and `make test` are the two commands; both work on a bare machine with Python 3.11 to 3.13.
PYTHON ?= python3
BIN := .venv/bin
# constraints.txt holds the one version of each package that development and CI run on.
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test slow wheel docs lint types contracts lock lock-image clean

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

# A thread for each of the two that run at once: more would wait for one another.
test: .venv/.dev lint types contracts
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

slow: .venv/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m slow -n 2 --dist worksteal

wheel: .venv/.dev
	$(BIN)/python .ci/wheel.py

# Into site/, which is not kept. With `--quiet` nothing would be strict: what is not logged is not counted. The variable silences
# what the theme says of MkDocs 2, which pyproject.toml rules out.
docs: .venv/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --config-file docs/mkdocs/mkdocs.yml
	@echo "the site:     site/index.html; with its search: $(BIN)/python -m http.server --directory site"

lint: .venv/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

contracts: .venv/.lint
	$(BIN)/lint-imports

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and f"Python 3.11 to 3.13 is needed; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/.lint: .venv/bin/python constraints.txt
	$(PIP) install -q -c constraints.txt ruff import-linter
	touch $@

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e .
	touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	touch $@ .venv/.installed .venv/.lint

# The newest versions that pyproject.toml allows, resolved in an environment of its own. Local parts of a version (+cpu) are left
# out: which build of torch comes is the installer's business. To be made on Linux (x86-64), before a `make test slow`.
lock:
	rm -rf .venv/lock && $(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip --disable-pip-version-check install -q '.[dev]'
	echo '# What development and CI install: pip install -c constraints.txt. Made by `make lock`.' > .venv/lock/constraints.txt
	.venv/lock/bin/python -m pip --disable-pip-version-check list --format=freeze --exclude ganstudio --exclude pip \
	  | awk -F '==|[+]' '{ print $$1 "==" $$2 } $$1 == "onnxruntime-gpu" { print "onnxruntime==" $$2 }' >> .venv/lock/constraints.txt
	mv .venv/lock/constraints.txt constraints.txt
	rm -rf .venv/lock

# After a `lock`, and before a `make slow`, which installs it where there is a package index.
lock-image:
	$(PYTHON) .ci/image_lock.py

clean:
	rm -rf .venv site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
