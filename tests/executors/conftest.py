"""What tests of Ray share, whatever cluster their file has started."""

import pytest
from ray_lines import WHERE


@pytest.fixture
def second(cluster):
    """A node beside the driver's; a test may kill it."""
    node = cluster.add_node(num_cpus=1, env_vars={WHERE: "second"})
    cluster.wait_for_nodes()
    yield node
    if node in cluster.list_all_nodes():
        cluster.remove_node(node)
