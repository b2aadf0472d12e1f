"""Manifests, what is offered, and what is fetched."""

import hashlib

import signed
import updates
from cases_primary import HWID, SECRET, plain, same
from codec import Reader
from fixtures import DAY, ISSUED, ISSUER, ROOT, certified

CHUNK = 1024
IMAGE = b"".join(hashlib.sha256(number.to_bytes(4, "little")).digest() for number in range(181)) + b"end"
DESK = certified(kinds=1 << updates.MANIFEST)

MANIFEST = {
    "issued": ISSUED, "valid_until": ISSUED + 90 * DAY, "brand": "Northgate", "component": "firmware",
    "models": ["NG-200", "NG-210"], "hardware_min": 2, "hardware_max": 4, "version": [2, 7, 1, 345],
    "security_version": 5, "version_min": [2, 0, 0, 0], "size": len(IMAGE),
    "sha256": hashlib.sha256(IMAGE).digest(), "chunk_bytes": CHUNK,
    "chunks_root": updates.root(updates.chunks_of(IMAGE, CHUNK)), "share": 100, "extensions": [],
}
MOST = [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF_FFFF]
RUNNING = {
    "brand": "Northgate", "component": "firmware", "model": "NG-210", "hardware": 3,
    "version": [2, 6, 0, 12], "security_version": 4, "report": None,
}


def sealed(fields):
    payload = updates.manifest(fields)
    reader = Reader(payload)
    assert same(updates.read_manifest(reader), fields)
    reader.end()
    return signed.seal(ISSUER, updates.MANIFEST, payload, sequence=7, epoch=2)


def manifests():
    yield "manifest", MANIFEST
    yield "manifest-least", {**MANIFEST, "models": ["m"], "hardware_min": 0, "hardware_max": 0, "size": 1,
                             "version": [0, 0, 0, 1], "version_min": [0, 0, 0, 0], "security_version": 0,
                             "share": 0, "chunk_bytes": 32768}
    yield "manifest-greatest", {**MANIFEST, "models": [f"model {n:026}" for n in range(16)],
                                "hardware_max": 0xFFFF, "version": MOST, "version_min": MOST,
                                "security_version": 0xFFFF_FFFF, "size": 0xFFFF_FFFF,
                                "valid_until": 2**64 - 1, "share": 1000,
                                "extensions": [(3, False, b"later")]}


def runnings(update):
    yield RUNNING
    for name, number in (("downloading", 0), ("downloading", 1000), ("ready", 0), ("installed", 0),
                         ("failed", 575)):
        yield {**RUNNING, "report": {"update": update, "progress": [name, number]}}


def vectors():
    envelope = sealed(MANIFEST)
    update = updates.update_id(envelope)
    chunks = updates.chunks_of(IMAGE, CHUNK)
    bundle = signed.bundle([envelope, DESK])
    offer = {"update": update, "ticket": updates.ticket(SECRET, HWID, update)}
    fetches = [{**offer, "hwid": HWID, "chunk": chunk} for chunk in (None, 0, 5, 0xFFFF_FFFF)]
    ways = [updates.path(index, chunks) for index in range(len(chunks))]
    return {
        "about": "Software updates (docs/format.md 6.11 and 14).",
        "seeds": {"root": ROOT.hex(), "issuer": ISSUER.hex()}, "certificate": DESK.hex(),
        "image": IMAGE.hex(),
        "manifests": [{"name": name, "fields": plain(fields), "envelope": sealed(fields).hex(),
                       "update": updates.update_id(sealed(fields)).hex()}
                      for name, fields in manifests()],
        "running": [{"fields": plain(fields), "bytes": updates.running(fields).hex()}
                    for fields in runnings(update)],
        "offer": {"secret": SECRET.hex(), "hwid": HWID.hex(), "fields": plain(offer),
                  "bytes": updates.offer(offer).hex()},
        "fetches": [{"fields": plain(fields), "frame": updates.frame(updates.fetch(fields)).hex()}
                    for fields in fetches],
        "manifest_answer": {"bundle": bundle.hex(), "body": updates.fetched_manifest(bundle).hex()},
        "chunks": [{"index": index, "path": plain(way),
                    "body": updates.fetched_chunk(index, way, chunks[index]).hex()}
                   for index, way in enumerate(ways)],
        "others": [{"busy": 900, "body": updates.fetched_busy(900).hex()},
                   {"refused": 580, "body": updates.fetched_refused(580).hex()}],
    }
