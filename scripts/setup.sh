#!/bin/sh
# Makes the virtual environment .venv (or $FORMFILL_VENV) with formfill in it, editable.
#   sh scripts/setup.sh            to use formfill
#   sh scripts/setup.sh test       to test it too
# Needs Python 3.11 or newer; on Debian as root it installs python3-venv where that is missing.
set -eu
cd "$(dirname "$0")/.."
venv=${FORMFILL_VENV:-.venv}
extras=${1:+[$1]}

python=
for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "setup: Python 3.11 or newer is needed (Debian: apt-get install python3 python3-venv; macOS: brew install python)" >&2
    exit 1
fi

# what is installed already stays, as long as the project asks for the same; an environment for tests serves use too
wanted=$(cksum < pyproject.toml)
for stamp in "$venv/.formfill$extras" "$venv/.formfill[test]"; do
    if [ -x "$venv/bin/formfill" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        exit 0
    fi
done
if [ ! -x "$venv/bin/pip" ]; then
    if ! "$python" -c 'import ensurepip' 2>/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends python3-venv >/dev/null
    fi
    "$python" -m venv "$venv" || {
        echo "setup: no virtual environment could be made (Debian: apt-get install python3-venv)" >&2
        exit 1
    }
fi
echo "setup: installing formfill into $venv" >&2
"$venv/bin/python" -m pip install -qq --disable-pip-version-check --editable ".$extras"
echo "$wanted" > "$venv/.formfill$extras"
