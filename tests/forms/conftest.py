"""The option of the library's tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest tests/forms --regenerate`` writes the goldens anew: look at the forms before they are committed."""
    parser.addoption("--regenerate", action="store_true", help="write tests/forms/golden/*.json anew")


@pytest.fixture(scope="session")
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether the goldens are to be written; pytest reads the option only where this folder is named to it."""
    return bool(request.config.getoption("--regenerate", default=False))
