"""The bundled sample clip; see LICENCE.md for its sources."""
