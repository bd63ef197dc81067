#!/bin/sh
# Sets everything up that the tests need, and runs them; arguments go to pytest.
# What cannot be installed here (see debian-packages.sh) is skipped by its tests, which say so.
set -eu
cd "$(dirname "$0")/.."
sh scripts/debian-packages.sh
sh scripts/setup.sh test
"${FORMFILL_VENV:-.venv}/bin/python" -m pytest -n auto -rs "$@"
