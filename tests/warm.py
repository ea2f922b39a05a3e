"""A process that has imported what a build imports, and forks for each command of a test.

A short run spends half of its time on imports. What is forked is a process of its own, which
knows no more than a process that has just imported the same modules.
"""

import gc
import importlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

# Not timm, for it imports wandb, whose temporary folders the first fork to end would remove.
MODULES = (
    "ivg.cli",
    "ivg.build",
    "av",
    "cv2",
    "hydra",
    "pyarrow.parquet",
    "scenedetect",
    "scipy.stats",
    "torchvision.models.feature_extraction",
    "transformers.models.bert.modeling_bert",
)
SERVER = "import sys; sys.path.insert(0, sys.argv[1]); import warm; del sys.path[0]; "
COMMAND = "warm.fork_for_commands(int(sys.argv[2])); from ivg.cli import main; main()"
SECS = 300


class Warm:
    """Runs commands of ivg, one at a time, in an environment that stays as it was."""

    def __init__(self, env: dict[str, str]) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        told = [str(Path(__file__).parent), str(theirs.fileno())]
        subprocess.Popen(  # ends when this process does, for nobody else holds `_link`
            [sys.executable, "-c", SERVER + COMMAND, *told],
            env=env,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._link.settimeout(SECS)

    def run(self, arguments: Sequence[str], cwd: Path) -> subprocess.CompletedProcess:
        """What `subprocess.run` returns of a command."""
        told = json.dumps({"arguments": list(arguments), "cwd": str(cwd)}).encode()
        with TemporaryFile() as out, TemporaryFile() as err:
            socket.send_fds(self._link, [told], [out.fileno(), err.fileno()])
            code = self._answer()
            texts = [(stream.seek(0), stream.read().decode())[1] for stream in (out, err)]
        return subprocess.CompletedProcess(list(arguments), code, *texts)

    def _answer(self) -> int:
        try:
            return int(self._link.recv(64))
        except TimeoutError:
            self._link.close()  # what is answered later must not be taken for another command's
            raise


def fork_for_commands(link: int) -> None:
    """Fork for each command that is asked for; returns in the forked processes only."""
    for module in MODULES:
        importlib.import_module(module)
    assert "wandb" not in sys.modules
    gc.freeze()
    with socket.socket(fileno=link) as asked:
        while True:
            told, streams, *_ = socket.recv_fds(asked, 1 << 20, 2)
            if not told:
                os._exit(0)
            if not (child := os.fork()):
                break
            for stream in streams:
                os.close(stream)
            asked.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    become(json.loads(told), streams)


def become(told: dict, streams: list[int]) -> None:
    """Be the process that runs one command."""
    os.chdir(told["cwd"])
    sys.argv = ["-c", *told["arguments"]]
    for number, stream in enumerate(streams, 1):
        os.dup2(stream, number)
        os.close(stream)
