"""`ivg COMMAND [hydra overrides]`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO, cast

import hydra
from omegaconf import DictConfig

from ivg import __version__
from ivg.arguments import fail

EPILOG = """commands:
  build     from videos to a dataset; a Hydra application: overrides as key=value,
            -m for sweeps, --cfg job to see the config, --help for all groups
  show RUN  the table of a run folder again
  sweep-summary DIR
            table, plots, page and best config of a sweep; -m does so at its end
  merge-runs RUN... out=DIR
            the runs of all shards (shard.index=0 shard.count=3, ...) as one
  plan      what of a config is stored, what is to be computed; takes what build takes
  doctor    whether this machine can run a config; takes what build takes
  report RUN|RELEASE|SWEEP
            pages to look at it, in a folder that opens from disk
  release RUN name=NAME version=VERSION
            a folder to publish: data by split, card, manifest, lineage
  verify RELEASE
            check every hash and schema of a release
  rebuild RELEASE
            run its pinned config again and compare row for row
  diff A B  rows added, removed and changed between two runs or releases, and why
  audit RELEASE
            whether its source videos are still there and unchanged
  push RELEASE
            to the Hugging Face hub or to W&B
  export RUN|RELEASE format=FORMAT
            in the format of other tools and papers
  import FILE format=FORMAT
            the other way

examples:
  ivg build
  ivg build source=local source.path='~/videos/*.mp4' embedder=open_clip captioner=blip2
  ivg build -m filter.threshold=0.2,0.25,0.3 merge=max,mean
  ivg release runs/2026-11-26_10-00-00 name=my-set version=2026.11

tab completion: eval "$(ivg build -sc install=bash)"
"""


def main() -> None:
    """The console script."""
    complete()
    parser = argparse.ArgumentParser(
        prog="ivg",
        description="Turn videos into temporal-grounding data.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ivg {__version__}")
    parser.add_argument("command", choices=list(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="what the command takes")
    args = parser.parse_args()
    command(args.command)(args.arguments)


def command(name: str) -> Callable[[list[str]], None]:
    """What runs a command; imported only now."""
    found = COMMANDS[name]
    if not isinstance(found, str):
        return found
    module, _, function = found.partition(":")
    return cast("Callable[[list[str]], None]", getattr(import_module(module), function))


def complete() -> None:
    """Answer the shell's question for completions, which reaches us without the command's name.

    Hydra knows what follows `ivg build`; elsewhere no answer lets the shell complete file names.
    """
    if sys.argv[1:2] != ["-sc"] or sys.argv[2:] == ["install=bash"]:
        return
    line = os.environ.get("COMP_LINE", "")
    if line.startswith("ivg build "):
        os.environ["COMP_LINE"] = line.replace("ivg build", "ivg", 1)
        run_build(sys.argv[1:])
    elif len(words := line.split(" ")) <= 2:
        sys.stdout.write("".join(f"{c}\n" for c in COMMANDS if c.startswith(words[-1])))
    sys.exit(0)


def run_build(arguments: list[str]) -> None:
    """Hand over to Hydra, which reads `sys.argv`."""
    from ivg.hydra_node import guard
    from ivg.overrides import foretold, quote_where_needed
    from ivg.secrets import Redacting
    from ivg.sweep.callback import SweepFolder

    guard()
    sys.stdout = cast("TextIO", Redacting(sys.stdout))
    sys.stderr = cast("TextIO", Redacting(sys.stderr))
    sys.argv = ["ivg", *foretold(quote_where_needed(arguments))]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    code: str | int | None = None
    try:
        hydra_build()
    except SystemExit as ended:
        code = ended.code
    except KeyboardInterrupt as stopped:
        sys.stderr.write("interrupted; what was computed stays in the store\n")
        sys.exit(128 + (stopped.args[0] if stopped.args else signal.SIGINT))
    if SweepFolder.started and not end_sweep(SweepFolder.started):
        code = code or 1
    if code:
        sys.exit(code)


def interrupt(number: int, _: object) -> NoReturn:
    """Let a scheduler's signal end the run as Ctrl-C does: with its books written."""
    raise KeyboardInterrupt(number)


@hydra.main(version_base="1.3", config_path="pkg://ivg.conf", config_name="config")
def hydra_build(config: DictConfig) -> float:
    """One job of `ivg build`; returns its objective, which a sweeper such as Optuna drives."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import CompactHydraException

    from ivg.errors import IvgError
    from ivg.secrets import redacted
    from ivg.sweep.errors import spared

    sys.argv = [redacted(argument) for argument in sys.argv]  # a tracker may send them
    run_dir = Path(HydraConfig.get().runtime.output_dir)
    if is_sweep():
        return spared(lambda: built(config, run_dir, brief=True), run_dir, is_minimised())
    try:
        return built(config, run_dir, brief=False)
    except IvgError as error:
        # Hydra prints this one without a traceback
        raise CompactHydraException(redacted(f"{type(error).__name__}: {error}")) from None


def built(config: DictConfig, run_dir: Path, brief: bool) -> float:
    """Run the pipeline; the value of the figure that the config's `objective` names.

    Raises:
        ConfigError: The config can't be run, or no figure has that name.
    """
    from ivg.build import build
    from ivg.objective import objective_of

    summary = build(config, run_dir, brief)
    return objective_of(config.objective, run_dir, summary.n_annotations, is_minimised())


def is_minimised() -> bool:
    """Whether the sweeper, Optuna's for one, looks for the smallest objective."""
    from hydra.core.hydra_config import HydraConfig

    direction = HydraConfig.get().sweeper.get("direction")
    return str(getattr(direction, "name", direction)) == "minimize"


def end_sweep(sweep_dir: Path) -> bool:
    """Sum up the sweep that has just ended; whether all its jobs ended well."""
    from ivg.errors import IvgError
    from ivg.progress import console
    from ivg.sweep.errors import failed_folders, job_folders

    if not job_folders(sweep_dir):  # Hydra refused the overrides and said why
        return True
    from ivg.sweep.summarise import sweep_summary
    from ivg.sweep.tracked import track_sweep

    try:
        track_sweep(sweep_summary(sweep_dir, console), sweep_dir)
    except IvgError as error:
        fail(error)
    return not failed_folders(sweep_dir)


def is_sweep() -> bool:
    """Whether this job is one of many."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    return HydraConfig.get().mode is RunMode.MULTIRUN


def run_show(arguments: list[str]) -> None:
    """Print the table of a run folder."""
    from rich.console import Console

    from ivg.errors import IvgError
    from ivg.show import show

    parser = argparse.ArgumentParser(prog="ivg show", description="The table of a run folder.")
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder")
    try:
        show(parser.parse_args(arguments).run, Console())
    except IvgError as error:
        fail(error)


def run_sweep_summary(arguments: list[str]) -> None:
    """Sum up the jobs of a sweep."""
    from rich.console import Console

    from ivg.errors import IvgError
    from ivg.sweep.summarise import sweep_summary

    parser = argparse.ArgumentParser(
        prog="ivg sweep-summary",
        description="Table, plots, page and best config of a sweep, written into its folder.",
    )
    parser.add_argument("sweep", type=Path, metavar="SWEEP_DIR", help="what `ivg build -m` made")
    try:
        sweep_summary(parser.parse_args(arguments).sweep, Console())
    except IvgError as error:
        fail(error)


def run_doctor(arguments: list[str]) -> None:
    """Say whether this machine can run a config."""
    from rich.console import Console

    from ivg.arguments import built_config
    from ivg.doctor.examination import examine
    from ivg.doctor.report import report

    config = built_config(arguments, "ivg doctor", run_doctor.__doc__)
    sys.exit(0 if report(examine(config), Console()) else 1)


COMMANDS: dict[str, str | Callable[[list[str]], None]] = {
    "build": run_build,
    "show": run_show,
    "sweep-summary": run_sweep_summary,
    "doctor": run_doctor,
    "plan": "ivg.planned:run_plan",
    "merge-runs": "ivg.merge_runs:run_merge",
    "report": "ivg.report.command:run_report",
    "release": "ivg.release.command:run_release",
    "verify": "ivg.release.command:run_verify",
    "rebuild": "ivg.release.command:run_rebuild",
    "diff": "ivg.diff.command:run_diff",
    "audit": "ivg.audit.command:run_audit",
    "push": "ivg.push.command:run_push",
    "export": "ivg.formats.command:run_export",
    "import": "ivg.formats.command:run_import",
}
"""By name; as `module:function` where it is one of a package of its own."""
