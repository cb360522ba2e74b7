"""A jump of the clock does what the minutes that it skips would have done."""
