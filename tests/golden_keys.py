"""Today's keys of every stage. `python tests/golden_keys.py` writes them down, after a review."""

import json
from pathlib import Path

from composing import composed

from ivg.plan import plan_steps, resolved

FILE = Path(__file__).parent / "golden" / "keys.json"
CONFIGS = {
    "default": (),
    "quickstart": ("experiment=quickstart",),
    "internvid_g": ("experiment=internvid_g",),
    "benchmark": (
        "judge=small",
        "quality=probe",
        "benchmark=charades_sta",
        "benchmark.annotations=none.txt",
        "benchmark.videos=none",
    ),
}
LINES = {"benchmark": "benchmark_stages"}


def keys(name: str) -> dict[str, str]:
    """Stage to key."""
    stages = resolved(composed(*CONFIGS[name]))[LINES.get(name, "stages")]
    return {step.stage.name: step.identity.key for step in plan_steps(stages)}


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: keys(name) for name in CONFIGS}, indent=1) + "\n")
