"""The log outside of the program: exports of a period, and the bundle that proves itself."""
