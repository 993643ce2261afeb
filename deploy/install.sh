#!/bin/sh
# Installs ganstudio into a new virtual environment for serving: without torch, with the locked list beside it.
#
#     deploy/install.sh FOLDER        # PYTHON=python3.12 chooses another interpreter
#
# It is what the Dockerfile runs, and what tests/test_image.py runs where there is a package index.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
"${PYTHON:-python3}" -m venv "$1"
pip() { "$1/bin/python" -m pip --disable-pip-version-check "$2" -q --no-cache-dir --no-deps "$3" "$4"; }
pip "$1" install -r "$source/deploy/requirements.txt"
pip "$1" wheel --wheel-dir="$1/wheel" "$source"
pip "$1" install --no-index "$(echo "$1"/wheel/*.whl)"
rm -r "$1/wheel"
# nothing is installed into it later
"$1/bin/python" -m pip uninstall -q -y setuptools pip
