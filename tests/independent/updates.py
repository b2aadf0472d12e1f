"""Software updates: docs/format.md 6.11 and 14."""

import hashlib
import hmac

from codec import Malformed, extensions, lengthed, listed, option, varint
from signed import text

MANIFEST = 8
VERSION = b"\x02"
TAG = 1


def version(c):
    return b"".join(map(varint, c))


def read_version(r):
    return [r.varint(16), r.varint(16), r.varint(16), r.varint(32)]


# Manifest (6.11)

def manifest(c):
    return (varint(c["issued"]) + varint(c["valid_until"]) + text(c["brand"]) + text(c["component"])
            + listed(list(map(text, c["models"]))) + varint(c["hardware_min"])
            + varint(c["hardware_max"]) + version(c["version"]) + varint(c["security_version"])
            + version(c["version_min"]) + varint(c["size"]) + c["sha256"] + varint(c["chunk_bytes"])
            + c["chunks_root"] + varint(c["share"]) + extensions(c["extensions"]))


def read_manifest(r):
    c = {"issued": r.varint(64), "valid_until": r.varint(64), "brand": r.text(32),
         "component": r.text(32), "models": r.list(16, lambda: r.text(32)),
         "hardware_min": r.varint(16), "hardware_max": r.varint(16), "version": read_version(r),
         "security_version": r.varint(32), "version_min": read_version(r), "size": r.varint(32),
         "sha256": r.take(32), "chunk_bytes": r.varint(32), "chunks_root": r.take(32),
         "share": r.varint(16), "extensions": r.extensions()}
    models = [model.encode() for model in c["models"]]
    if (not models or models != sorted(set(models)) or c["hardware_min"] > c["hardware_max"]
            or c["size"] == 0 or c["share"] > 1000
            or c["chunk_bytes"] not in (1024, 2048, 4096, 8192, 16384, 32768)):
        raise Malformed("manifest")
    return c


def update_id(envelope):
    return hashlib.sha256(b"hwlupdate" + envelope).digest()


# The tree over the chunks (RFC 9162, 2.1.1 and 2.1.3.1, as they are written there)

def split(count):
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def root(chunks):
    if len(chunks) == 1:
        return hashlib.sha256(b"\x00" + chunks[0]).digest()
    k = split(len(chunks))
    return hashlib.sha256(b"\x01" + root(chunks[:k]) + root(chunks[k:])).digest()


def path(index, chunks):
    if len(chunks) == 1:
        return []
    k = split(len(chunks))
    if index < k:
        return [*path(index, chunks[:k]), root(chunks[k:])]
    return [*path(index - k, chunks[k:]), root(chunks[:k])]


def chunks_of(image, size):
    return [image[at:at + size] for at in range(0, len(image), size)]


# What travels (14)

PROGRESS = ["downloading", "ready", "installed", "failed"]


def running(c):
    report = None
    if c["report"] is not None:
        name, number = c["report"]["progress"]
        which = PROGRESS.index(name)
        report = c["report"]["update"] + varint(which) + (b"" if which in (1, 2) else varint(number))
    return (text(c["brand"]) + text(c["component"]) + text(c["model"]) + varint(c["hardware"])
            + version(c["version"]) + varint(c["security_version"]) + option(report))


def offer(c):
    return c["update"] + c["ticket"]


def ticket(secret, hwid, update):
    return hmac.new(secret, b"hwlticket" + hwid + update, hashlib.sha256).digest()[:16]


def fetch(c):
    part = varint(0) if c["chunk"] is None else varint(1) + varint(c["chunk"])
    return c["hwid"] + c["update"] + c["ticket"] + part


def fetched_manifest(bundle):
    return varint(0) + lengthed(bundle)


def fetched_chunk(index, way, data):
    return varint(1) + varint(index) + listed(way) + lengthed(data)


def fetched_busy(seconds):
    return varint(2) + varint(seconds)


def fetched_refused(number):
    return varint(3) + varint(number)


def frame(body):
    return (len(body) + 1).to_bytes(4, "big") + VERSION + body
