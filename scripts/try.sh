#!/bin/sh
# Sets formfill up and fills a form that ships with it, for the made-up patient that ships with it.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
"${FORMFILL_VENV:-.venv}/bin/formfill" fill amina-rahimi --form model-access-request-en --records lab,immunizations \
    --from 2021-01-15 --to 2025-06-30 --provider valley-oak --delivery cd --recipient caseworker --out out/
