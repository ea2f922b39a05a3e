"""Files made wrong in every way that bytes can be, from a seed."""

import random
from collections.abc import Callable

Mutation = Callable[[bytearray, random.Random], bytearray]
MOST_EDITS = 8
HEAD = 512
CHUNK = 4096
NUMBERS = (b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x01")


def mutated(data: bytes, seed: int) -> bytes:
    """Some bytes changed, cut, doubled or moved; the same for a seed."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        changed = chance.choice(MUTATIONS)(changed, chance)
    return bytes(changed)


def flip_bits(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, MOST_EDITS) if data else 0):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def spoil_head(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, MOST_EDITS) if data else 0):
        data[chance.randrange(min(HEAD, len(data)))] = chance.randrange(256)
    return data


def spoil_tail(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, MOST_EDITS) if data else 0):
        data[-1 - chance.randrange(min(2 * HEAD, len(data)))] = chance.randrange(256)
    return data


def put_number(data: bytearray, chance: random.Random) -> bytearray:
    """Sizes and counts of all formats become none, enormous or negative."""
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(NUMBERS) + data[place + 4 :]


def truncate(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(len(data) + 1)]


def span(data: bytearray, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randint(1, CHUNK))


def remove_chunk(data: bytearray, chance: random.Random) -> bytearray:
    start, end = span(data, chance)
    return data[:start] + data[end:]


def double_chunk(data: bytearray, chance: random.Random) -> bytearray:
    start, end = span(data, chance)
    return data[:end] + data[start:end] * chance.randint(1, 20) + data[end:]


def move_chunk(data: bytearray, chance: random.Random) -> bytearray:
    start, end = span(data, chance)
    chunk, rest = data[start:end], data[:start] + data[end:]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + chunk + rest[place:]


def fill_with_noise(data: bytearray, chance: random.Random) -> bytearray:
    start, end = span(data, chance)
    return data[:start] + bytearray(chance.randbytes(end - start)) + data[end:]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    spoil_head,
    spoil_tail,
    put_number,
    truncate,
    remove_chunk,
    double_chunk,
    move_chunk,
    fill_with_noise,
)
