"""What every function asks of AWS, held against what its policy allows; and what it writes down of what it handles."""
