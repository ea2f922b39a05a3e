"""How big a run of `ivg` will be: measured costs, a model, and a simulation that checks the model.

    python benchmarks/scale.py measure            # this machine's costs, into scale_costs.json
    python benchmarks/scale.py model --videos 10000000 --gpus 64
    python benchmarks/scale.py sweep --plot docs/scaling.png
    python benchmarks/scale.py simulate           # exits 1 where model and simulation disagree
    python benchmarks/scale.py reality            # a real `ivg build` here against the model
    python benchmarks/scale.py document           # docs/scaling.md again, after a change

`model --help` lists what is assumed and can be changed. docs/scaling.md says what it means.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from scale_costs import COSTS, Cluster, Models, Workload, read_costs

G = TypeVar("G")
GROUPS = (Workload, Models, Cluster)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An option for every assumption."""
    for group in GROUPS:
        section = parser.add_argument_group(group.__name__.lower())
        for one in fields(group):
            kind = type(one.default)
            section.add_argument(
                f"--{one.name.replace('_', '-')}",
                type=kind,
                default=one.default,
                help=one.metadata.get("help", "") + f" [{one.default}]",
            )


def given(args: argparse.Namespace, group: type[G]) -> G:
    """The assumptions of one group as given."""
    return group(**{one.name: getattr(args, one.name) for one in fields(group)})  # type: ignore[arg-type]


def measure(args: argparse.Namespace) -> int:
    """Measure and keep."""
    from scale_measure import measured

    with tempfile.TemporaryDirectory() as name:
        found = measured(Path(args.folder or name))
    COSTS.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def model(args: argparse.Namespace) -> int:
    """Print the run."""
    from scale_model import predict
    from scale_tables import answer_table

    load = given(args, Workload)
    answer = predict(load, read_costs(), given(args, Models), given(args, Cluster))
    sys.stdout.write(answer_table(load, answer))
    return 0


def sweep(args: argparse.Namespace) -> int:
    """Print where the bottleneck moves, and draw it."""
    from scale_tables import plot, sweep_table

    groups: tuple[Any, ...] = (given(args, Workload), read_costs(), given(args, Models))
    sys.stdout.write(sweep_table(*groups, given(args, Cluster)))
    if args.plot:
        plot(*groups, given(args, Cluster), args.plot)
    return 0


def simulate(args: argparse.Namespace) -> int:
    """Print model beside simulation; 1 where one bottleneck dominates and they disagree."""
    from scale_cases import cases_table

    text, well = cases_table(read_costs(), args.seed)
    sys.stdout.write(text)
    return 0 if well else 1


def reality(args: argparse.Namespace) -> int:
    """Print a real run beside the model."""
    from scale_reality import reality_table

    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(reality_table(Path(args.folder or name), read_costs(), args.n_videos))
    return 0


def document(args: argparse.Namespace) -> int:
    """Write what the commands of docs/scaling.md print today into it, and draw its picture."""
    from scale_document import DOC, refresh

    refresh(main)
    return main(["sweep", "--plot", str(DOC.with_suffix(".png"))])


def main(arguments: Sequence[str] | None = None) -> int:
    """One command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for run in (measure, model, sweep, simulate, reality, document):
        sub = commands.add_parser(run.__name__, help=run.__doc__)
        sub.set_defaults(run=run)
        if run in (model, sweep):
            add_arguments(sub)
        if run in (measure, reality):
            sub.add_argument("--folder", help="keeps videos and stores; default: a temporary one")
    commands.choices["sweep"].add_argument("--plot", type=Path, help="a PNG")
    commands.choices["simulate"].add_argument("--seed", type=int, default=0)
    commands.choices["reality"].add_argument("--n-videos", type=int, default=24)
    args = parser.parse_args(arguments)
    code: int = args.run(args)
    return code


if __name__ == "__main__":
    sys.exit(main())
