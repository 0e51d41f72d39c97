"""An invented server to try the program on: a month of its history, an incident that goes on, everything in one folder.

It stands above all features and uses them as everybody does: their services where something is done, their stores where
a month of it would take too long. Nothing of this host is looked at, and nothing is asked or told over a network.
"""
