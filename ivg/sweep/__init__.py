"""What is done with the jobs of a sweep: one table, plots, one page, the best config."""
