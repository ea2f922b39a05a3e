"""Rules that decide which scored captions stay, one a file."""
