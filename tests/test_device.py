"""The device is found without torch where there is no GPU."""

import subprocess
import sys

import pytest

from ivg.device import may_have_gpu, resolve_device
from ivg.errors import ConfigError


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere torch is asked")
def test_machine_without_a_driver_has_no_gpu(tmp_path):
    (tmp_path / "null").touch()
    assert not may_have_gpu(tmp_path, tmp_path / "cards")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere torch is asked")
@pytest.mark.parametrize(("maker", "may_be"), [("0x10de\n", True), ("0x1af4\n", False)])
def test_card_whose_driver_has_not_been_asked_yet_is_seen(tmp_path, maker, may_be):
    """After the start of a machine without a screen /dev has no `nvidia0` until CUDA asks."""
    (tmp_path / "cards" / "0000:00:01.0").mkdir(parents=True)
    (tmp_path / "cards" / "0000:00:01.0" / "vendor").write_text(maker)
    assert may_have_gpu(tmp_path, tmp_path / "cards") is may_be


@pytest.mark.parametrize("node", ["nvidiactl", "nvidia0", "nvhost-gpu", "nvmap", "dxg", "kfd"])
def test_driver_of_a_gpu_is_seen(tmp_path, node):
    (tmp_path / node).touch()
    assert may_have_gpu(tmp_path, tmp_path / "cards")


@pytest.mark.skipif(may_have_gpu(), reason="torch has to be asked")
def test_auto_is_the_cpu_and_loads_no_torch_where_there_is_no_gpu():
    code = "import sys; from ivg.device import resolve_device as r; print(r('auto'), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    device, *modules = done.stdout.split()
    assert device == "cpu"
    assert "torch" not in modules


def test_device_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="device=cuda:99 is not to be had here"):
        resolve_device("cuda:99")
