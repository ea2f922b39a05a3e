"""What differs between two runs or releases, row by row, and why."""
