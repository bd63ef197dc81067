"""``python -m formfill`` is the command ``formfill``."""

from __future__ import annotations

import sys

from formfill.cli import main

sys.exit(main())
