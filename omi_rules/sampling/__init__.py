"""Samples: whether one is as a ruleset asks, how one is drawn, and what a drawn one stands for."""
