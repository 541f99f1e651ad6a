"""The benchmark suite: what tools/bench runs. cli has the command, items what is measured, results
what becomes of the figures."""
