import pytest

from localcloud.firestore.exports import record_log
from localcloud.firestore.exports.record_log import BLOCK, LogError

EDGES = (0, 1, BLOCK - 8, BLOCK - 7, BLOCK - 6, BLOCK, 3 * BLOCK + 5)


def test_records_of_every_length_come_back_in_their_order():
    records = [bytes([number]) * length for number, length in enumerate(EDGES * 2)]
    assert list(record_log.read(record_log.write(records))) == records


def test_a_record_fills_a_block_to_its_last_byte_and_a_header_never_crosses_one():
    assert len(record_log.write([b"x" * (BLOCK - 7)])) == BLOCK
    assert len(record_log.write([b"x" * (BLOCK - 7 - 3), b"y"])) == BLOCK + 7 + 1


def test_the_checksum_is_the_masked_one_of_leveldb():
    # What the emulator writes first into every overall metadata file: one record with the byte 0x33.
    assert record_log.write([b"\x33"]).hex() == "b86d444e01000133"


@pytest.mark.parametrize("at", range(24))
def test_a_changed_byte_is_noticed(at):
    log = bytearray(record_log.write([b"one record"] * 2))
    log[at] ^= 0x40
    with pytest.raises(LogError):
        list(record_log.read(bytes(log)))


@pytest.mark.parametrize("length", [1, 6, 7, 16, 20, BLOCK, BLOCK + 3])
def test_a_log_that_is_cut_off_is_noticed(length):
    log = record_log.write([b"one record", b"x" * (2 * BLOCK)])
    with pytest.raises(LogError):
        list(record_log.read(log[:length]))


def test_a_record_without_a_beginning_is_noticed():
    log = record_log.write([b"x" * (2 * BLOCK)])
    with pytest.raises(LogError, match="at the wrong place"):
        list(record_log.read(log[BLOCK:]))
