"""What an audit says, shortly."""


def told(found: dict) -> dict[str, tuple[str, str]]:
    """Status and reason by video."""
    return {one["name"]: (one["status"], one["reason"]) for one in found["verdicts"]}
