"""Flat tables (PostgreSQL, CSV, Excel) as case records, by a mapping file."""
