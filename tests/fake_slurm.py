"""A Slurm of this machine: `sbatch` really runs what it is given, in the background.

Just as much as submitit asks of one: `sbatch`, `srun`, `sacct`. Scripts and logs stay in a folder.
"""

import os
import sys
from pathlib import Path

SBATCH = """
import os, re, subprocess, sys
from pathlib import Path
book = Path(os.environ["FAKE_SLURM"])
text = Path(sys.argv[1]).read_text()
job = str(100 + len(list(book.glob("*.sh"))))
script = book / f"{job}.sh"
script.write_text(text)
found = re.search(r"--array=(\\d+)-(\\d+)", text)
tasks = range(int(found[1]), int(found[2]) + 1) if found else [None]
for task in tasks:
    one = {"PROCID": "0", "LOCALID": "0", "NTASKS": "1", "NODEID": "0", "JOB_NUM_NODES": "1"}
    one |= {"JOB_ID": job} if task is None else {"ARRAY_JOB_ID": job, "ARRAY_TASK_ID": str(task)}
    one.setdefault("JOB_ID", str(1000 + (task or 0)))
    name = job if task is None else f"{job}_{task}"
    line = 'bash "$0"; echo $? > "$1"'
    env = {**os.environ, **{f"SLURM_{key}": value for key, value in one.items()}}
    with open(book / f"{name}.log", "w") as log:
        subprocess.Popen(
            ["bash", "-c", line, str(script), str(book / f"{name}.exit")],
            env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )
print(f"Submitted batch job {job}")
"""
SRUN = """
import os, sys
words = sys.argv[1:]
while words[0].startswith("-"):
    words = words[1 if words[0] == "--unbuffered" or "=" in words[0] else 2:]
os.execvp(words[0], words)
"""
SACCT = """
import os
from pathlib import Path
book = Path(os.environ["FAKE_SLURM"])
print("JobID|State|NodeList")
for log in sorted(book.glob("*.log")):
    ended = log.with_suffix(".exit")
    code = ended.read_text().strip() if ended.exists() else ""
    print(f"{log.stem}|{'RUNNING' if not code else 'COMPLETED' if code == '0' else 'FAILED'}|here")
"""


def installed(folder: Path) -> dict[str, str]:
    """The environment in which commands find this Slurm; its scripts and logs go to `folder`."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name, text in {"sbatch": SBATCH, "srun": SRUN, "sacct": SACCT}.items():
        (programs / name).write_text(f"#!{sys.executable}\n{text}")
        (programs / name).chmod(0o755)
    return {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "FAKE_SLURM": str(folder)}
