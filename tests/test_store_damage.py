"""Every byte of a part counts: a flip or a cut anywhere is noticed, and what was lost is redone."""

import errno
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from stored_rows import FIELDS, features, row, table

from ivg.checked import checked
from ivg.errors import DamagedError, StoreError
from ivg.sealed import BLOCK, SealedWriter
from ivg.video.frames import FrameStore


def stored(place, packed: bool, n: int = 3):
    """A table in a folder, its only part or first, and what it holds."""
    made = table(place)
    with made.locked():
        for i in range(n):
            made.append(row(f"v{i}", i))
        if packed:
            made.pack()
    return made, sorted(made.dir.glob("part-*.parquet"))[0]


def held(made) -> dict:
    ids = made.index()
    return {
        done.video_id: (done.outcome.fields["captions"], done.outcome.fields["features"].tolist())
        for done in made.scan(ids, FIELDS)
    }


def changes(content: bytes, step: int):
    """The content with one bit of every `step`-th byte flipped, then cut at some lengths."""
    for at in {*range(0, len(content), step), *range(len(content) - 12, len(content))}:
        yield content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]
    for length in (0, 1, 7, 8, 12, len(content) // 3, len(content) - 9, len(content) - 1):
        yield content[:length]


@pytest.mark.parametrize("packed", [False, True])
def test_part_with_any_byte_changed_is_as_before_or_told(tmp_path, packed, caplog):
    _, part = stored(tmp_path, packed)
    whole, content = held(table(tmp_path)), part.read_bytes()
    told = 0
    for changed in changes(content, 97):
        part.write_bytes(changed)
        caplog.clear()
        found = held(table(tmp_path))
        assert all(whole[video] == kept for video, kept in found.items())
        told += found != whole
        assert found == whole or f"{part.name}: damaged" in caplog.text
    assert told > len(content) / 97


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("at", [0.3, 0.999])
def test_table_is_whole_again_after_what_is_missing_was_stored(tmp_path, packed, at):
    _, part = stored(tmp_path, packed)
    whole, content = held(table(tmp_path)), bytearray(part.read_bytes())
    content[int(at * len(content))] ^= 0x55
    part.write_bytes(content)
    again = table(tmp_path)
    with again.locked():
        missing = whole.keys() - again.index()
        assert missing
        for video in missing:
            again.append(row(video, int(video[1:])))
        again.pack()
    assert held(table(tmp_path)) == whole


def test_companion_that_is_damaged_or_gone_is_made_again(tmp_path, caplog):
    made, part = stored(tmp_path, packed=True)
    whole, light = held(made), part.with_name(f"light-{part.name}")
    content = bytearray(light.read_bytes())
    content[len(content) // 2] ^= 1
    light.write_bytes(content)
    again = table(tmp_path)
    with again.locked():
        assert held(again) == whole
    (now,) = made.dir.glob("part-*.parquet")
    assert now != part
    now.with_name(f"light-{now.name}").unlink()
    assert held(table(tmp_path)) == whole


def test_parts_of_earlier_versions_have_no_seal_and_are_read(tmp_path):
    made, part = stored(tmp_path, packed=True)
    whole, rows = held(made), pq.read_table(part)
    part.with_name(f"light-{part.name}").unlink()
    pq.write_table(rows.replace_schema_metadata(None), part, row_group_size=1, compression="zstd")
    again = table(tmp_path)
    assert held(again) == whole
    part.write_bytes(part.read_bytes()[:-30])
    assert held(table(tmp_path)) == {}


def test_part_whose_seal_has_changed_is_not_taken_for_one_without(tmp_path):
    _, part = stored(tmp_path, packed=True)
    content = part.read_bytes()
    begin = content.rfind(b"\x03ivg")
    end = content.index(b";", begin) + 1
    changed = [
        content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]
        for at in (*range(begin, end), *range(len(content) - 8, len(content)))
        for bit in range(8)
    ]
    for size in (16, 40, 64, 512):
        at_most = range(max(0, begin - size), min(end, len(content) - size))
        changed += [content[:at] + bytes(size) + content[at + size :] for at in at_most]
    for one in changed:
        part.write_bytes(one)
        with pytest.raises(DamagedError):
            checked(part)


def test_sealed_file_is_plain_parquet(tmp_path):
    _, part = stored(tmp_path, packed=True)
    assert pq.read_table(part)["video_id"].to_pylist() == ["v0", "v1", "v2"]


def test_checked_file_reads_over_the_borders_of_blocks(tmp_path):
    import pyarrow as pa

    rows = pa.table({"x": [bytes([i]) * BLOCK for i in range(40)]})
    with SealedWriter(tmp_path / "x", rows.schema, compression="none") as writer:
        writer.write(rows, 3)
    assert pq.ParquetFile(checked(tmp_path / "x"), pre_buffer=False).read().equals(rows)
    file, content = checked(tmp_path / "x"), (tmp_path / "x").read_bytes()
    for begin, count in (
        (0, 10),
        (BLOCK - 1, 2),
        (17 * BLOCK - 5, 3 * BLOCK),
        (len(content) - 9, 9),
    ):
        file.seek(begin)
        assert file.read(count) == content[begin : begin + count]
    assert file.read() == b""


def test_heavy_rows_make_parts_of_one_size(tmp_path, monkeypatch):
    monkeypatch.setattr("ivg.holdings.PACK_BYTES", 2 * 2**20)
    monkeypatch.setattr("ivg.packing.BATCH_BYTES", 2**18)
    made = table(tmp_path)
    with made.locked():
        for i in range(40):
            made.append(row(f"v{i}", i, wide=40_000))
        made.pack()
        sizes = [part.stat().st_size for part in sorted(made.dir.glob("part-*.parquet"))]
        made.append(row("light"))
        made.pack()
    assert len(sizes) > 4
    assert all(2 * 2**20 <= size <= 3 * 2**20 for size in sizes[:-1])
    found = table(tmp_path)
    assert len(found.index()) == 41
    assert found.get("v33", ["features"]).outcome.fields["features"].tolist() == (
        features(33, 40_000).tolist()
    )


def test_folder_never_holds_many_loose_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("ivg.holdings.LOOSE_MOST", 20)
    made, most = table(tmp_path), 0
    with made.locked():
        for i in range(205):
            made.append(row(f"v{i:03}", i % 7))
            most = max(most, len(list(made.dir.iterdir())))
            assert made.get(f"v{i // 2:03}", ["features"]).outcome.fields["features"][0, 0] == (
                i // 2 % 7
            )
        assert len(made.index()) == 205
    assert most < 45
    assert len(table(tmp_path).index()) == 205


def test_frames_with_any_byte_changed_are_told_and_made_again(tmp_path):
    from ivg.video.frame_file import opened

    store = FrameStore(tmp_path)
    path = store.path_of("abc")
    store.write("abc", [0.0, 1.0, 2.0], [bytes(100), bytes(200), bytes(300)])
    with opened(path) as file:
        rows = file.read()
    content = path.read_bytes()
    told = 0
    for changed in changes(content, 11):
        path.write_bytes(changed)
        try:
            with opened(path, whole=True) as file:
                assert file.read().equals(rows)
        except DamagedError:
            told += 1
            assert store.times("abc") == []
    assert told > len(content) / 12


def test_read_error_that_passes_is_no_damage(tmp_path, monkeypatch):
    """A machine out of file handles must not have what is whole deleted."""
    stored = table(tmp_path)
    with stored.locked():
        stored.append(row("v1"))
        stored.append(row("v2"))
        stored.pack()

    def full(*_, **__):
        raise OSError(errno.EMFILE, "Too many open files")

    fresh = table(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", full)
        with pytest.raises(StoreError, match="can't be read now"):
            fresh.index()
    assert table(tmp_path).index() == {"v1", "v2"}


def test_damage_met_without_the_lock_is_mended_for_the_next_run(tmp_path, monkeypatch):
    """As in a table too big to be read whole before it is used, of which nothing is to compute."""
    monkeypatch.setattr("ivg.holdings.CHECK_BYTES", 0)
    stored = table(tmp_path)
    with stored.locked():
        for number in range(3):
            stored.append(row(f"v{number}", number))
        stored.pack()
    (part,) = stored.dir.glob("part-packed*")  # ids are read from its companion
    content = bytearray(part.read_bytes())
    content[400] ^= 0xFF
    part.write_bytes(bytes(content))
    reader = table(tmp_path)
    assert len(reader.index()) == 3
    assert len(list(reader.scan(reader.index(), FIELDS))) < 3
    left = table(tmp_path)
    known = set(left.index())
    assert {one.video_id for one in left.scan(known, FIELDS)} == known
