"""From a descriptor to the HWID, and reading an enrolled machine: docs/format.md 2 and 3.

A descriptor is a dict. A field is left out when absent, `{"unreadable": true}` when it may not be
read, and else `{"text": ...}`, `{"hex": ...}` or `{"value": ...}`; lists stand for themselves.
"""

import hashlib

import junk
from codec import (Malformed, Reader, UnknownCritical, extensions, listed, option, refuse_critical,
                   varint)

UNREADABLE = {"unreadable": True}
TEXT_MAX, NICS_MAX, MODULES_MAX, IDS_MAX, COUNTED_MACS_MAX = 1024, 4096, 1024, 16, 32
SOURCES = {"soc": 1, "efuse": 2, "tpm": 3, "secure-element": 4, "emmc-cid": 5, "generated": 255}
BOARD, CPU, MEMORY, NIC, PLATFORM = range(1, 6)
EVIDENCE = ["system-uuid", "system-serial", "board-serial", "cpu-serial", "mac", "wireless-mac",
            "platform-id", "generated", "hypervisor-mac", "virtual-machine", "container",
            "enrollment"]
UNIQUE = 0xFF


class Refused(Exception):
    """No HWID: the name of the reason."""


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def raw(field):
    """The value of a field that was read, UNREADABLE or None."""
    if field is None:
        return None
    if "unreadable" in field:
        return UNREADABLE
    if "value" in field:
        return field["value"]
    return bytes.fromhex(field["hex"]) if "hex" in field else field["text"].encode()


def usable(field, is_junk, canonical=lambda value: value):
    value = raw(field)
    if value is None or value is UNREADABLE:
        return value
    return None if is_junk(canonical(value)) else canonical(value)


def text(field):
    return usable(field, junk.text_is_placeholder, junk.canonical)


def serial_number(field):
    return usable(field, lambda value: not junk.is_serial_number(value), junk.canonical)


def field_bytes(number, value):
    return bytes((number,)) + len(value).to_bytes(2, "little") + value


def was_read(value):
    return value is not None and value is not UNREADABLE


def check_bounds(descriptor):
    def texts(*fields):
        for value in map(raw, fields):
            if isinstance(value, bytes) and len(value) > TEXT_MAX:
                raise Refused("text-too-long")

    def listing(items, limit, reason):
        items = items if isinstance(items, list) else []
        if len(items) > limit:
            raise Refused(reason)
        return items

    board, cpu = descriptor.get("board", {}), descriptor.get("cpu", {})
    texts(*map(board.get, ("vendor", "product", "serial", "system_vendor", "system_product",
                           "system_serial")))
    texts(cpu.get("serial"))
    texts(*(entry.get("bytes") for entry in listing(
        descriptor.get("platform_ids"), IDS_MAX, "too-many-platform-ids")))
    for module in listing(descriptor.get("memory", {}).get("modules"), MODULES_MAX,
                          "too-many-modules"):
        texts(module.get("part"), module.get("serial"))
    listing(descriptor.get("nics"), NICS_MAX, "too-many-nics")


class Machine:
    """A descriptor digested. With an enrolment, what it does not hold is absent (3.3 step 1)."""

    def __init__(self, descriptor, enrollment=None):
        check_bounds(descriptor)
        self.enrollment = enrollment
        self.kind = descriptor.get("kind", "unknown")
        self.evidence = 0
        self.fields = {}
        self.unreadable = {}
        self.factors = {}
        self.macs = []
        self.board(descriptor.get("board", {}))
        self.cpu(descriptor.get("cpu", {}))
        self.memory(descriptor.get("memory", {}))
        self.platform(descriptor.get("platform_ids", []))
        self.nic(descriptor.get("nics"))
        if self.kind in ("virtual-machine", "container"):
            self.set_bit(self.kind)
        self.digests = {number: sha(b"hwl03cmp", bytes((number,)), fields)
                        for number, fields in self.fields.items()
                        if fields and number not in self.unreadable}
        for factor, number in ((7, MEMORY), (8, PLATFORM)):
            state = UNREADABLE if number in self.unreadable else self.digests.get(number)
            self.factors[factor] = state

    def set_bit(self, name):
        self.evidence |= 1 << EVIDENCE.index(name)

    def missing(self, component, name):
        self.unreadable.setdefault(component, []).append(name)

    def held(self, factor, value):
        """The value, absent when the enrolment holds no such factor."""
        if self.enrollment and self.enrollment["factors"][factor - 1] is None:
            return None
        return value

    def set_factor(self, factor, values):
        """Values by field number; the factor is unreadable if one of them is."""
        if UNREADABLE in values.values():
            self.factors[factor] = UNREADABLE
            return
        fields = b"".join(field_bytes(n, v) for n, v in values.items() if v is not None)
        self.factors[factor] = sha(b"hwl03fac", fields) if fields else None

    def board(self, board):
        names = {1: "vendor", 2: "product", 4: "system_vendor", 5: "system_product"}
        models = {n: self.held(1, text(board.get(name))) for n, name in names.items()}
        uuid = self.held(4, usable(board.get("system_uuid"), junk.uuid_is_placeholder,
                                   junk.canonical_uuid))
        serials = {3: self.held(2, serial_number(board.get("serial"))),
                   6: self.held(3, serial_number(board.get("system_serial")))}
        for number, serial in serials.items():
            if was_read(serial) and serial in models.values():
                serials[number] = None
        system = serials[6]
        if was_read(uuid) and was_read(system) and len(system) == 32 and (
                set(system) <= set(b"0123456789abcdef")):
            serials[6] = None

        self.set_factor(1, models)
        self.set_factor(2, {1: serials[3]})
        self.set_factor(3, {1: serials[6]})
        self.set_factor(4, {1: uuid})
        if was_read(uuid):
            models = {}
        fields = {**models, **serials, 7: uuid}
        names.update({3: "serial", 6: "system_serial", 7: "system_uuid"})
        for number, value in fields.items():
            if value is UNREADABLE:
                self.missing(BOARD, "board." + names[number])
        self.fields[BOARD] = b"".join(field_bytes(n, v) for n, v in fields.items() if was_read(v))
        for number, bit in ((7, "system-uuid"), (6, "system-serial"), (3, "board-serial")):
            if was_read(fields[number]):
                self.set_bit(bit)

    def cpu(self, cpu):
        signature = raw(cpu.get("signature"))
        if self.kind == "virtual-machine":
            signature = None
        if was_read(signature):
            signature = signature.to_bytes(4, "little")
        signature = self.held(5, signature)
        serial = self.held(6, serial_number(cpu.get("serial")))
        self.set_factor(5, {1: signature})
        self.set_factor(6, {1: serial})
        fields = {1: signature, 2: serial}
        for number, name in ((1, "cpu.signature"), (2, "cpu.serial")):
            if fields[number] is UNREADABLE:
                self.missing(CPU, name)
        self.fields[CPU] = b"".join(field_bytes(n, v) for n, v in fields.items() if was_read(v))
        if was_read(serial):
            self.set_bit("cpu-serial")

    def memory(self, memory):
        total, modules = raw(memory.get("total_bytes")), memory.get("modules")
        self.fields[MEMORY] = b""
        if self.held(7, True) is None:
            return
        if modules == UNREADABLE:
            return self.missing(MEMORY, "memory.modules")
        modules = [m for m in modules or [] if m["size_bytes"]]
        if not modules:
            if total is UNREADABLE:
                self.missing(MEMORY, "memory.total_bytes")
            elif total:
                size = next(n for n in range(65) if total <= 2**n + 2**n // 16)
                self.fields[MEMORY] = field_bytes(1, bytes((size,)))
            return
        rows = []
        for module in modules:
            row = (text(module.get("part")), text(module.get("serial")), module["size_bytes"])
            if UNREADABLE in row:
                return self.missing(MEMORY, "memory.modules")
            rows.append((row[0] or b"", row[1] or b"", row[2]))
        out = b""
        for part, serial, size in sorted(rows):
            out += field_bytes(2, size.to_bytes(8, "little"))
            out += field_bytes(3, part) if part else b""
            out += field_bytes(4, serial) if serial else b""
        self.fields[MEMORY] = out

    def platform(self, ids):
        counted = set()
        self.fields[PLATFORM] = b""
        if self.held(8, True) is None:
            return
        for entry in ids:
            value = raw(entry.get("bytes"))
            source = SOURCES[entry["source"]]
            if value is UNREADABLE:
                self.missing(PLATFORM, "platform_ids")
            elif value is not None and len(value) >= 4 and len(set(value)) > 1:
                counted.add((source, value))
                self.set_bit("generated" if source == 255 else "platform-id")
        self.fields[PLATFORM] = b"".join(field_bytes(s, v) for s, v in sorted(counted))

    def address(self, nic):
        permanent = usable(nic.get("permanent_mac"), junk.mac_is_placeholder)
        if permanent is not None:
            return permanent
        if nic.get("membership") == "enslaved":
            return None
        return usable(nic.get("current_mac"), junk.mac_is_placeholder)

    def counting(self, nics, of_class):
        """Addresses of one class that count; whether one of them is unreadable."""
        found = [self.address(nic) for nic in nics if nic.get("class", "virtual") == of_class]
        macs = sorted({mac for mac in found if was_read(mac)})
        if self.enrollment:
            salt = self.enrollment["salt"]
            macs = [mac for mac in macs if salted(0x40, salt, mac) in self.enrollment["nics"]]
        if len(macs) > COUNTED_MACS_MAX:
            raise Refused("too-many-counted-nics")
        return macs, any(mac is UNREADABLE for mac in found)

    def nic(self, nics):
        self.fields[NIC] = b""
        if nics == UNREADABLE:
            return self.missing(NIC, "nics")
        self.macs, hidden = self.counting(nics or [], "physical")
        if hidden:
            self.missing(NIC, "nics")
        for mac in self.macs:
            self.set_bit("hypervisor-mac" if junk.mac_is_hypervisors(mac) else "mac")
        if not self.macs and not self.evidence & UNIQUE and not self.unreadable:
            self.macs, hidden = self.counting(nics or [], "wireless")
            if hidden:
                self.missing(NIC, "nics")
            if any(not junk.mac_is_hypervisors(mac) for mac in self.macs):
                self.set_bit("wireless-mac")
        self.fields[NIC] = b"".join(field_bytes(1, mac) for mac in self.macs)

    def marked(self, component):
        digest = self.digests.get(component)
        return b"\x00" if digest is None else b"\x01" + digest

    def hwid(self):
        joined = b"".join(self.marked(number) for number in range(1, 6))
        return b"\x03" + sha(b"hwl03hid", joined)[:16]

    def unique_elsewhere(self):
        """Whether cpu, nic or platform tells machines apart (3.2)."""
        return bool(self.evidence & 0b1111_1000)

    def seal(self, number, salt):
        return sha(b"hwl03k", bytes((number,)), salt, self.marked(CPU), self.marked(NIC),
                   self.marked(PLATFORM))

    def finish(self):
        if self.unreadable:
            raise Refused("not-readable")
        if not self.evidence & UNIQUE:
            raise Refused("not-unique")
        return self


def salted(number, salt, value):
    return sha(b"hwl03s", bytes((number,)), salt, value)[:16]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def identify(descriptor, enrollment=None):
    """The digested machine that has a HWID; raises Refused."""
    if enrollment:
        machine = read_enrolled(descriptor, enrollment)
        if machine:
            return machine
    return Machine(descriptor).finish()


def read_enrolled(descriptor, enrollment):
    """3.3; None when the enrolment is to be ignored."""
    machine = Machine(descriptor, enrollment)
    hidden = set(machine.unreadable)
    if hidden:
        if hidden & {CPU, NIC, PLATFORM} or not machine.unique_elsewhere():
            return None
        if BOARD in hidden and not board_factors_agree(machine, enrollment):
            return None
        for component, number, name in ((BOARD, 0x80, "sealed_board"),
                                        (MEMORY, 0x81, "sealed_memory")):
            if component in hidden:
                sealed = enrollment[name]
                if sealed is not None:
                    key = machine.seal(number, enrollment["salt"])
                    machine.digests[component] = xor(sealed, key)
        machine.unreadable = {}
        machine.set_bit("enrollment")
        machine.evidence |= enrollment["evidence"] & 0b111
    if machine.hwid() != enrollment["hwid"] or not machine.evidence & UNIQUE:
        return None
    return machine


def board_factors_agree(machine, enrollment):
    for factor in range(1, 5):
        now, then = machine.factors[factor], enrollment["factors"][factor - 1]
        if now is UNREADABLE:
            continue
        now = now and salted(0x10 | factor, enrollment["salt"], now)
        if now != then:
            return False
    return True


def enroll(descriptor, salt):
    """What the machine keeps (3.1), as a dict."""
    machine = Machine(descriptor).finish()
    sealed = machine.unique_elsewhere()

    def seal(component, number):
        digest = machine.digests.get(component)
        return xor(digest, machine.seal(number, salt)) if sealed and digest else None

    return {
        "hwid": machine.hwid(), "salt": salt, "evidence": machine.evidence,
        "components": [salted(n, salt, machine.digests[n]) if n != NIC and n in machine.digests
                       else None for n in range(1, 6)],
        "factors": [salted(0x10 | f, salt, machine.factors[f])
                    if was_read(machine.factors[f]) else None for f in range(1, 9)],
        "nics": [salted(0x40, salt, mac) for mac in machine.macs],
        "sealed_board": seal(BOARD, 0x80), "sealed_memory": seal(MEMORY, 0x81), "extensions": [],
    }


def encode_enrollment(enrollment):
    e = enrollment
    body = b"HWLE\x01" + e["hwid"] + e["salt"] + varint(e["evidence"])
    body += b"".join(map(option, e["components"])) + b"".join(map(option, e["factors"]))
    body += listed(e["nics"]) + option(e["sealed_board"]) + option(e["sealed_memory"])
    body += extensions(e["extensions"])
    return body + sha(b"hwl03enr", body)[:8]


def decode_enrollment(data):
    """The enrolment in the bytes (3.1); raises Refused."""
    if len(data) > 1024 or data[:4] != b"HWLE":
        raise Refused("not-an-enrollment")
    if data[4:5] not in (b"", b"\x01"):
        raise Refused("unsupported-version")
    body, check = data[:-8], data[-8:]
    if sha(b"hwl03enr", body)[:8] != check:
        raise Refused("damaged")
    try:
        found = read_enrollment(Reader(body[5:]))
        if found["hwid"][0] != 3:
            raise Refused("unsupported-version")
        refuse_critical(found["extensions"])
    except Malformed:
        raise Refused("damaged") from None
    except UnknownCritical:
        raise Refused("unsupported-version") from None
    return found


def read_enrollment(r):
    found = {"hwid": r.take(17), "salt": r.take(16), "evidence": r.varint(16)}
    found["components"] = [r.option(lambda: r.take(16)) for _ in range(5)]
    found["factors"] = [r.option(lambda: r.take(16)) for _ in range(8)]
    found["nics"] = r.list(32, lambda: r.take(16))
    found["sealed_board"] = r.option(lambda: r.take(32))
    found["sealed_memory"] = r.option(lambda: r.take(32))
    found["extensions"] = r.extensions()
    r.end()
    if found["components"][NIC - 1] is not None:
        raise Malformed("digest of the nic")
    return found
