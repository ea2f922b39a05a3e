"""One question to the dataset a file."""
