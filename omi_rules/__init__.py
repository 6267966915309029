"""Rules-based compliance checks of probation case records against declarative rules.

Cases go one way: records, facts, engine, findings, scores, reports. See ``docs/architecture.md``.
"""

__version__ = "0.1.0"
