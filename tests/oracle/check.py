"""Checks a Lockstep sample with PyPI's aics-tlog, which shares nothing with Lockstep but the published formats."""

import base64
import sys
from pathlib import Path

import aics_tlog

MAGIC = "c2sp.org/tlog-proof@v1"


def refuse(why: str) -> None:
    sys.exit(f"aics-tlog refuses: {why}")


def read(path: Path) -> str:
    # read_text would turn line ends around, and every byte counts here.
    return path.read_bytes().decode("utf-8")


def open_head(text: str, key: aics_tlog.VKey):
    result = aics_tlog.verify_checkpoint(aics_tlog.parse_note(text), key)
    if not result.ok:
        refuse(str(result.error))
    if not result.origin.startswith(key.name + "/"):
        refuse(f"{result.origin} is not a log of {key.name}")
    return result


def hashes(lines: list[str]) -> list[bytes]:
    return [base64.b64decode(line, validate=True) for line in lines]


def check_proof(folder: Path, index: int, key: aics_tlog.VKey) -> None:
    header, _, checkpoint = read(folder / f"leaf-{index}.tlog-proof").partition("\n\n")
    magic, *lines = header.split("\n")
    if lines[0].startswith("extra "):
        lines = lines[1:]
    if magic != MAGIC or lines[0] != f"index {index}":
        refuse(f"leaf-{index}.tlog-proof is not the proof of entry {index}")
    head = open_head(checkpoint, key)
    leaf = (folder / f"leaf-{index}").read_bytes()
    if not aics_tlog.verify_leaf_inclusion(leaf, index, head.size, hashes(lines[1:]), head.root):
        refuse(f"leaf-{index} is not in the log")


def main(folder: Path) -> None:
    key = aics_tlog.parse_vkey(read(folder / "vkey"))
    head = open_head(read(folder / "note"), key)
    old = open_head(read(folder / "old.note"), key)
    path = hashes(read(folder / "consistency").split("\n"))
    if not aics_tlog.verify_consistency(old.size, head.size, old.root, head.root, path):
        refuse("the log did not only grow")
    for index in range(head.size):
        check_proof(folder, index, key)
    print(f"PASS aics-tlog: head of {head.size} entries, {head.size} proofs, grown from {old.size}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except ValueError as error:
        refuse(str(error))
