"""Tests of `seasoned.evaluate.backtest`."""
