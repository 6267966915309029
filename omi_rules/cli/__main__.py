"""``python -m omi_rules.cli``."""

from omi_rules.cli import run

if __name__ == "__main__":
    run()
