"""A second implementation of hwlicense, written from docs/format.md in Python 3.11.

It shares no code and no author's memory of bytes with the Rust core, so that the golden vectors
in `tests/vectors/` are not made by what they test. `generate.py` makes the vectors, `check.py`
answers questions that the Rust tests ask. Only the standard library is used.

    python3 hwlicense.py DESCRIPTOR.json     prints the HWID of a descriptor
"""

import json
import sys

import codec
import ed25519
import hwid
import junk
import signed
import verdict

__all__ = ["codec", "ed25519", "hwid", "junk", "signed", "verdict"]


def main(path):
    with open(path, encoding="utf-8") as file:
        try:
            print(hwid.identify(json.load(file)).hwid().hex())
        except hwid.Refused as reason:
            sys.exit(str(reason))


if __name__ == "__main__":
    main(sys.argv[1])
