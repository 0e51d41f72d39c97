"""Tests of the screens of tickets."""
