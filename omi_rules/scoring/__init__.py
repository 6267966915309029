"""From findings to scores. Everything here sees tallies only: how a verdict was reached does not matter any more."""
