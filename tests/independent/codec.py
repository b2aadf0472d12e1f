"""Structures as bytes, read strictly: docs/format.md 1."""


class Malformed(Exception):
    """Bytes that are not the one canonical form of anything."""


class UnknownCritical(Exception):
    """A critical extension that this reader does not know."""


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def lengthed(data):
    return varint(len(data)) + data


def option(data):
    return b"\x00" if data is None else b"\x01" + data


def listed(items):
    return varint(len(items)) + b"".join(items)


def extensions(items):
    """Of (tag, critical, content)."""
    return listed([varint(tag) + bytes((critical,)) + lengthed(content)
                   for tag, critical, content in items])


FORBIDDEN = [(0x00, 0x1F), (0x7F, 0x9F), (0x200E, 0x200F), (0x2028, 0x202E), (0x2066, 0x2069),
             (0xFEFF, 0xFEFF)]


class Reader:
    """Takes fields off the front; everything that is not canonical raises Malformed."""

    def __init__(self, data):
        self.rest = bytes(data)

    def take(self, size):
        if size > len(self.rest):
            raise Malformed("cut short")
        head, self.rest = self.rest[:size], self.rest[size:]
        return head

    def u8(self):
        return self.take(1)[0]

    def varint(self, bits):
        number, shift = 0, 0
        while True:
            byte = self.u8()
            number |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if number >> bits or (byte == 0 and shift > 7):
            raise Malformed("varint")
        return number

    def boolean(self):
        byte = self.u8()
        if byte > 1:
            raise Malformed("bool")
        return byte == 1

    def bytes(self, limit):
        size = self.varint(32)
        if size > limit:
            raise Malformed("too long")
        return self.take(size)

    def text(self, limit, least=0):
        data = self.bytes(limit)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None
        if len(data) < least or any(a <= ord(c) <= b for c in text for a, b in FORBIDDEN):
            raise Malformed("text")
        return text

    def list(self, limit, item):
        count = self.varint(32)
        if count > limit:
            raise Malformed("list")
        return [item() for _ in range(count)]

    def option(self, item):
        return item() if self.boolean() else None

    def extensions(self):
        found = self.list(8, lambda: (self.varint(16), self.boolean(), self.bytes(2**16)))
        tags = [tag for tag, _, _ in found]
        if tags != sorted(set(tags)):
            raise Malformed("extensions")
        return found

    def end(self):
        if self.rest:
            raise Malformed("trailing bytes")


def refuse_critical(found):
    if any(critical for _, critical, _ in found):
        raise UnknownCritical
