"""Thinks about what was measured: readings, rules with hysteresis, history, forecasts, advice."""
