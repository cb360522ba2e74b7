"""The counts of the benchmarks, and the rules that they are counted by."""
