"""Cells that a spreadsheet would reckon (OWASP, CSV injection), made harmless and read back."""

from __future__ import annotations

#: What a spreadsheet takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(cell: str) -> str:
    """``cell`` with a ' before it where a spreadsheet would reckon it."""
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def restored(cell: str) -> str:
    """The cell that ``defused`` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell
