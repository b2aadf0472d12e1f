"""What is a value and what is a placeholder: docs/format.md 2.2 to 2.4."""

NAMES = set("""
absent anonymized assettag assettagnumber badindex baseboardassettag boardproductname
boardmanufacturer boardversion boardvendor chassismanufacturer chassistype chassisversion default
empty eval evaluation filled fillbyoem filledbyoem hidden invalid manufacturer masked mbserialnumber
missing modulemanufacturer na nil noassetinformation noassettag nodata nomoduleinstalled none
noserial noserialnumber notapplicable notassigned notavailable notdefined notfound notpresent
notreadable notset notsettable notsupported notsupportedbycpu null oem ok partnum partnumber product
productname redacted removed reserved sample serial serialnum serialno serialnumber sn standard system
systemmanufacturer systemname systemproductname systemsku systemversion systemvendor tbd test
toshibadefault unavailable undefined uninitialized unknow unknown unspecified vendor version
""".encode().split())

PREFIXES = tuple("""
0x0000 baseboardmanufacturer baseboardproductname baseboardserial boardserial
chassisserial defaultstring notspecified sernum systemserial tobefilled type1 type2board
type3
""".encode().split())

UUIDS = set("""
00020003000400050006000700080009 123456781234567890abcddeefaabbcc 978369dc54faf24c82c8b1b5307a6a7f
4458278e8f17a844aceba7d7e5178c63 142d0e89cdcad145ae66bc80e8bfeb0f 5c4606fa192f453ab2997b088c63bb9b
3139313835385a433135353130323750 000000002093bfe3e53b4fc39cb19217 deadbeefdeadbeefdeadbeefdeadbeef
44454c4c000010108010c4c04f313233 44454c4c00001020802080c04f202020 01020907030101030807060504030201
""".split())

MACS = set("001122334455 00904cc51238 00904c112233 00049f000001 000c43288001 b0b0b0b0b0b1".split())

HYPERVISORS = set("""
000569 000c29 001c14 005056 080027 00155d 00163e 001c42 000f4b 001851 001a4a 0003ff 506b8d
""".split())


def canonical(text):
    """Letters and digits of a text, in lower case."""
    return bytes(c for c in text if chr(c).isascii() and chr(c).isalnum()).lower()


def counting_run(data, wrap):
    """Length of the longest counting run."""
    best = 0
    for step, edge in ((1, b"90"), (-1, b"09")):
        length, previous = 0, None
        for value in data:
            goes_on = previous is not None and (
                value - previous == step or (wrap and bytes((previous, value)) == edge))
            length = length + 1 if goes_on else 1
            best, previous = max(best, length), value
    return best


def text_is_placeholder(text):
    """Of a canonical text: whether it says nothing (2.2)."""
    if len(set(text)) <= 1:
        return True
    run = counting_run(text, wrap=True)
    if run >= 8 or (run >= 3 and run == len(text)):
        return True
    return text in NAMES or text.startswith(PREFIXES)


def is_serial_number(text):
    """Of a canonical text: whether it can be a serial number (2.2)."""
    two_over_and_over = all(a == b for a, b in zip(text, text[2:]))
    return not text_is_placeholder(text) and len(text) >= 4 and not two_over_and_over


def swap_uuid(uuid):
    return uuid[3::-1] + uuid[5:3:-1] + uuid[7:5:-1] + uuid[8:]


def canonical_uuid(uuid):
    return min(uuid, swap_uuid(uuid))


def uuid_is_placeholder(uuid):
    return (
        max(uuid.count(value) for value in set(uuid)) >= 12
        or counting_run(uuid, wrap=True) >= 8
        or counting_run(swap_uuid(uuid), wrap=True) >= 8
        or canonical_uuid(uuid).hex() in UUIDS
    )


def mac_is_placeholder(mac):
    return (
        mac[0] & 3 != 0
        or mac[:3] == bytes(3)
        or mac[3:] in (bytes(3), b"\xff\xff\xff")
        or max(mac.count(value) for value in set(mac)) >= 5
        or counting_run(mac, wrap=True) >= 5
        or mac.hex() in MACS
    )


def mac_is_hypervisors(mac):
    return mac[:3].hex() in HYPERVISORS
