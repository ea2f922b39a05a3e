"""The negative span: scene search, expansion, bounds, verified time."""
