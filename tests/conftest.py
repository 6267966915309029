"""What all tests share: the shipped ruleset, and golden files that `pytest --regenerate` writes anew."""

from collections.abc import Callable

import pytest
from running import GOLDEN, shipped

from omi_rules.ruleset import Ruleset


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew; then read the difference")


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    return shipped()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the golden file of a name, or write that file."""
    regenerate = bool(request.config.getoption("--regenerate"))

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if regenerate:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert path.read_bytes().decode() == text, f"{name} differs: if it should, run `pytest --regenerate`"

    return compare
