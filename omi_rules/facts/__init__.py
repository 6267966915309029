"""From a batch of cases to columns: one row a case, one column a fact.

Clocks become small statuses here, and all arithmetic with dates is done here and nowhere else.
"""
