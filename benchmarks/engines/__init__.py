"""Other ways to judge the same questions, one file each."""
