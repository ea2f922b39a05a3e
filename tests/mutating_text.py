"""JSON and text made wrong in every way that values can be, from a seed."""

import json
import random
from copy import deepcopy
from typing import Any

from mutating import mutated

ODD: tuple[Any, ...] = (
    None,
    True,
    "",
    " ",
    -1,
    0,
    1e308,
    -1e-320,
    10**400,
    float("nan"),
    float("inf"),
    [],
    {},
    [[]],
    [None, "x", 1],
    {"video": {"video": []}},
    "\ud800",
    "\x00",
    "‮evil",
    "--exec=id",
    "../../etc/passwd",
    "${oc.env:HOME}",
    "<script>alert(1)</script>",
    "x" * 5000,
    "1",
    [1, 2, 3],
    [[0, 1], [1]],
    2**63,
)
TEXTS = tuple(one for one in ODD if isinstance(one, str))


def odd_json(value: Any, seed: int) -> bytes:
    """A value as JSON, with something odd in it or some of its bytes changed."""
    chance = random.Random(seed)
    if chance.random() < 0.3:
        return mutated(json.dumps(value).encode(), seed)
    changed = json.loads(json.dumps(value))
    for _ in range(chance.randint(1, 2)):
        changed = with_odd(changed, chance)
    return json.dumps(changed, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")


def with_odd(value: Any, chance: random.Random) -> Any:
    """The value with one part of it, at any depth, replaced, left out or doubled."""
    inner = (
        list(value.items() if isinstance(value, dict) else enumerate(value))
        if (isinstance(value, dict | list))
        else []
    )
    if not inner or chance.random() < 0.15:
        return deepcopy(chance.choice(ODD))
    key, part = chance.choice(inner)
    kind = chance.random()
    if kind < 0.1:
        del value[key]
    elif kind < 0.2 and isinstance(value, list):
        value.append(part)
    elif kind < 0.2:
        value[chance.choice(TEXTS)] = part
    else:
        value[key] = with_odd(part, chance)
    return value


def odd_lines(rows: list[Any], seed: int) -> bytes:
    """Rows as JSON lines, one of them odd, or the bytes of all changed."""
    chance = random.Random(seed)
    lines = [json.dumps(row).encode() for row in rows]
    place = chance.randrange(len(lines))
    lines[place] = odd_json(rows[place], seed)
    whole = b"\n".join(lines) + b"\n"
    return mutated(whole, seed) if chance.random() < 0.2 else whole
