"""`ivg COMMAND [hydra overrides]`. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

import hydra
from omegaconf import DictConfig

from ivg import __version__

EPILOG = """commands:
  build     from videos to a dataset; a Hydra application: overrides as key=value,
            -m for sweeps, --cfg job to see the config, --help for all groups
  show RUN  the table of a run folder again
  doctor    whether this machine can run a config; takes what build takes

examples:
  ivg build
  ivg build source=local source.path='~/videos/*.mp4' embedder=open_clip captioner=blip2
  ivg build -m filter.threshold=0.2,0.25,0.3 merge=max,mean

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
    COMMANDS[args.command](args.arguments)


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
    from ivg.overrides import foretold, quote_where_needed

    sys.argv = ["ivg", *foretold(quote_where_needed(arguments))]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        hydra_build()
    except KeyboardInterrupt as stopped:
        sys.stderr.write("interrupted; what was computed stays in the store\n")
        sys.exit(128 + (stopped.args[0] if stopped.args else signal.SIGINT))


def interrupt(number: int, _: object) -> NoReturn:
    """Let a scheduler's signal end the run as Ctrl-C does: with its books written."""
    raise KeyboardInterrupt(number)


@hydra.main(version_base="1.3", config_path="pkg://ivg.conf", config_name="config")
def hydra_build(config: DictConfig) -> float:
    """One job of `ivg build`; returns what a sweeper such as Optuna may maximise: annotations."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.errors import CompactHydraException

    from ivg.build import build
    from ivg.errors import IvgError

    run_dir = Path(HydraConfig.get().runtime.output_dir)
    try:
        return float(build(config, run_dir, brief=is_sweep()).n_annotations)
    except IvgError as error:
        # Hydra prints this one without a traceback, after the other jobs of a sweep
        raise CompactHydraException(f"{type(error).__name__}: {error}") from None


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


def run_doctor(arguments: list[str]) -> None:
    """Say whether this machine can run a config."""
    from rich.console import Console

    from ivg.compose import composed
    from ivg.doctor.examination import examine
    from ivg.doctor.report import report
    from ivg.errors import IvgError
    from ivg.overrides import quote_where_needed
    from ivg.plan import resolved

    parser = argparse.ArgumentParser(prog="ivg doctor", description=run_doctor.__doc__)
    parser.add_argument("--config-dir", type=Path, metavar="DIR", help="as of ivg build")
    parser.add_argument("overrides", nargs="*", help="as of ivg build")
    args = parser.parse_args(arguments)
    try:
        config = resolved(composed(quote_where_needed(args.overrides), args.config_dir))
    except IvgError as error:
        fail(error)
    sys.exit(0 if report(examine(config), Console()) else 1)


def fail(error: Exception) -> NoReturn:
    """End with a message instead of a traceback."""
    import logging

    logging.getLogger("ivg").critical("%s: %s", type(error).__name__, error)
    sys.exit(1)


COMMANDS = {"build": run_build, "show": run_show, "doctor": run_doctor}
