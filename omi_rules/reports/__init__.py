"""Formats: each a function from what was found to text."""
