"""The report of an inspection, as people read it: gathered once, laid out once, written in five formats."""
