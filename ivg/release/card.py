"""The dataset card, as the Hugging Face hub reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from ivg.dataset import SPLITS
from ivg.files import write_text
from ivg.quality.figures import read_figures
from ivg.quality.table import number
from ivg.release import card_tables as tables
from ivg.release.facts import Facts, described, size_category
from ivg.release.layout import CARD, PLOTS, QUALITY, table_path
from ivg.release.neutral import relinked
from ivg.release.plots import TITLES
from ivg.release.run import Run
from ivg.shown import shown

TEMPLATE = "card.md"
LINES = ("stages.", "benchmark_stages.")
SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$&!:@^]|(?<=www)\.", re.IGNORECASE)


def write_card(folder: Path, run: Run, manifest: Mapping[str, Any], facts: Facts) -> None:
    """Write `README.md`; every text in it that comes from outside is escaped.

    Args:
        folder: The release, with all other files but the manifest.
        run: What it is made of.
        manifest: Without hashes.
        facts: With all rows.
    """
    from jinja2 import Environment, StrictUndefined

    source = files("ivg.release").joinpath(TEMPLATE).read_text(encoding="utf-8")
    page = Environment(  # noqa: S701 - Markdown, not HTML: `finalize` escapes every expression
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=escaped,
    )
    text = page.from_string(source).render(told(folder, run, manifest, facts))
    head = metadata(manifest, facts.n_rows)
    write_text(folder / CARD, f"---\n{head}\n---\n{text}")


def told(folder: Path, run: Run, manifest: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    """What the template asks for."""
    durations = {name: known["duration"] for name, known in manifest["videos"].items()}
    release = manifest["release"]
    return {
        **manifest,
        "splits": counts_of(manifest),
        "ratios": manifest["splits"]["ratios"],
        "salted": bool(manifest["splits"]["salt"]),
        "folder": f"{release['name']}-{release['version']}",
        "facts": described(facts, durations),
        "titles": TITLES,
        "plots": [name for name in TITLES if (folder / PLOTS / f"{name}.png").is_file()],
        "examples": run.summary.examples,
        "fields": tables.fields_table(),
        "books": tables.books_table(run.summary.lines),
        "quality": tables.quality_table(read_figures(run.folder)),
        "judge": judge_of(run.folder),
        "models": tables.models_table(manifest["models"]),
        "needed": needed(run.neutral_config, reviewed=run.marks is not None),
        "reviewed": run.marks is not None,
        "code": tables.Code,
        "number": number,
    }


def counts_of(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Split to its number of rows."""
    return {name: n for name, n in manifest["splits"].items() if name in SPLITS}


def judge_of(run_dir: Path) -> str:
    """The judge of the quality figures; empty where there was none."""
    path = run_dir / QUALITY
    if not path.is_file():
        return ""
    return str(json.loads(path.read_text(encoding="utf-8")).get("judge") or "")


def needed(config: Mapping[str, Any], reviewed: bool = False) -> str:
    """The overrides that a rebuild needs, as `source.path=...`: each once, by its group.

    A reviewed release brings its marks.
    """
    keys = set(OmegaConf.missing_keys(OmegaConf.create(relinked(config))))
    keys -= {"filter.file"} if reviewed else set()
    return "".join(f" {key}=..." for key in sorted(keys) if not key.startswith(LINES))


def escaped(value: Any) -> Any:
    """Text as Markdown that shows it letter by letter.

    By CommonMark 0.31, section 2.4, a backslash before ASCII punctuation takes its meaning away.
    Escaped is what means something within a line, also to GitHub and the hub (links without
    brackets, mentions, formulas).
    """
    if isinstance(value, str) and not isinstance(value, tables.Code):
        return SPECIAL.sub(r"\\\g<0>", shown(value))
    return value


def metadata(manifest: Mapping[str, Any], n_rows: int) -> str:
    """The YAML at the top of the card, by which the hub and `load_dataset` know the dataset."""
    from huggingface_hub import DatasetCardData

    release = manifest["release"]
    data = [{"split": name, "path": table_path(name)} for name in counts_of(manifest)]
    card = DatasetCardData(
        language=release["language"],
        license=release["licence"],
        pretty_name=release["name"],
        size_categories=[size_category(n_rows)],
        task_categories=["video-text-to-text"],
        tags=["video", "temporal-grounding", "moment-retrieval", "ivg"],
        configs=[{"config_name": "default", "data_files": data}],
    )
    return str(card.to_yaml())
