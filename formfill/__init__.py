"""formfill: fills providers' official release-of-information forms from one saved profile per patient.

``formfill.fill_out`` is imported when used, so that the package itself costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from formfill.api import fill_out

__version__ = "0.1.0"
__all__ = ["__version__", "fill_out"]


def __getattr__(name: str) -> object:
    if name == "fill_out":
        from formfill.api import fill_out

        return fill_out
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
