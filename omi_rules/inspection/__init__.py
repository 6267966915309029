"""An inspection as a whole: the area's record, and what is judged from it beside the case sample."""
