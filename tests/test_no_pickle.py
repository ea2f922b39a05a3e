"""Nothing that can run code is read from a file: no pickle, no unsafe YAML, no eval."""

import re
from pathlib import Path

import pytest

import ivg

PACKAGE = Path(ivg.__file__).parent
OWN_BYTES = {"executors/ray_record.py: pickle.loads", "portable.py: pickle.loads"}
"""What actors of one run send each other, in the memory of the cluster, as Ray does; and an error,
to see whether it can be sent."""
UNSAFE = {
    "pickle": r"\b(c?pickle|dill|joblib|cloudpickle|shelve|marshal)\.(load|loads|Unpickler|open)\b",
    "numpy pickle": r"\bnp\.load\(|allow_pickle\s*=\s*True",
    "torch pickle": r"\btorch\.load\((?![^)]*weights_only=True)",
    "whole modules": r"weights_only\s*=\s*False|\bload_from_checkpoint\(",
    "pandas pickle": r"\bread_pickle\(",
    "yaml": r"\byaml\.(load|load_all|unsafe_load|full_load)\(",
    "code": r"(?<![\w.])(eval|exec)\(",
    "code of a checkpoint": r"trust_remote_code\s*=\s*True",
    "shell": r"shell\s*=\s*True|\bos\.(system|popen)\(",
}


@pytest.mark.parametrize("kind", UNSAFE)
def test_source_reads_nothing_that_runs_code(kind):
    found = {
        f"{path.relative_to(PACKAGE)}: {match[0]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for match in re.finditer(UNSAFE[kind], path.read_text(encoding="utf-8"))
    }
    assert not found - OWN_BYTES


@pytest.mark.parametrize(
    "text", ["torch.load(path)", "np.load(path)", "yaml.load(text)", "pickle.loads(data)"]
)
def test_the_patterns_find_what_they_look_for(text):
    assert any(re.search(pattern, text) for pattern in UNSAFE.values())


def test_weights_of_transnetv2_are_pinned(tmp_path):
    """Its package ships a pickle: other bytes are refused before they are looked at."""
    from ivg.detectors.transnetv2 import WEIGHTS, weights
    from ivg.errors import MissingDependencyError

    (tmp_path / WEIGHTS).write_bytes(b"cos\nsystem\n(S'touch here'\ntR.")
    with pytest.raises(MissingDependencyError, match="is not what the package"):
        weights(tmp_path)
