"""Videos cut out of the bundled clip, by a seed: first the plan, then the pictures."""
