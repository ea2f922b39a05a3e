"""Today's keys of every stage, and the pins of `release=demo`.

`python tests/golden_keys.py` writes them down, after a review.
"""

import json
from pathlib import Path

from composing import composed

from ivg.plan import plan_steps, resolved
from ivg.release.pins import pins_yaml
from ivg.release.settings import ReleaseSettings

FILE = Path(__file__).parent / "golden" / "keys.json"
DEMO = Path(__file__).parents[1] / "conf" / "release" / "demo.yaml"
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


def demo_pins() -> str:
    """`conf/release/demo.yaml`: the quickstart as of today."""
    stages = resolved(composed("experiment=quickstart"))["stages"]
    return pins_yaml(ReleaseSettings("ivg-demo", "2026.11"), plan_steps(stages), "quickstart")


if __name__ == "__main__":
    DEMO.write_text(demo_pins())
    FILE.write_text(json.dumps({name: keys(name) for name in CONFIGS}, indent=1) + "\n")
