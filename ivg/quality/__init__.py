"""How good the grounding data is: measures on the filtered dataset, each with its interval."""
