"""Many small vectors: texts, UUIDs and MACs, and whether they are worth anything."""

import hwid
import junk

MAKER = {"vendor": {"text": "Maker of things"}}

SERIALS = [
    "", " ", "...", "0", "00000000", "x", "X.X.X.X", "aab", "AAB1", "1234", "123", "12", "1235",
    "4321", "0987", "8901", "90", "901", "9012345", "abcd", "zyxw", "abce", "ABCDEFG", "ABCDEFGH",
    "K-1234567", "K-12345678", "K-7890123", "K-78901234", "K-87654321", "K-10987654", "K-1098765",
    "SN123456789", "MB-1234567890", "abcdefghK", "hgfedcbaK", "89abcdef", "56789abcK", "4242", "ABAB",
    "ABABAB", "ABABA", "ABABC", "aBcA", "A1-B2", "To be filled by O.E.M.", "TO BE FILLED BY OEM X",
    "Default string 7", "DefaultStrin", "System Serial Number 1", "SerNum17", "sernu", "Type1Family",
    "Type10", "Type2 - Board Serial", "Type2Boar", "type3chassis", "0x00000001", "0x0000", "0x000A17",
    "Not Specified by maker", "notspecifie", "Board Serial Number 5", "Base Board Serial Number",
    "Chassis Serial Number", "Chassis-Serial-Numbe", "N/A", "n.a.", "NULL", "none.", "None1", "OK", "S/N",
    "OEM", "OEMX7", "O.E.M.", "Serial", "Serial1", "Unknown", "unknown7", "UNKNOW", "TBD", "test",
    "tested7", "D0JHP72", "/D0JHP72/CN1296364600B8/", "..CN701638BM00EW.", "QSSA64700622",
    "HXDZPGK16B      ", "00000000acf9d788", "B8A44F123456", "SGH514X0E2", "FFFF0000", "0000FFFF",
    "EVAL", "Eval1", "<BAD INDEX>", "[REMOVED]", "{Empty}", "Not Supported by CPU", "No Asset Information",
]

UUIDS = [
    "3f6a1c527d904b1e8a270025905cd138", "521c6a3f907d1e4b8a270025905cd138",
    "00000000000000000000000000000000", "ffffffffffffffffffffffffffffffff",
    "00000000000000000000ac1f6b2b1c2a", "0000000000000000000000ac1f6b2b1c",
    "000000000000000000ac1f6b2b1c2a3e", "ffffffffffffffffffffff0102030709",
    "000102030405060708090a0b0c0d0e0f", "0f0e0d0c0b0a09080706050403020100",
    "03020100050407060a1b2c3d4e5f6071", "00010203040506070a1b2c3d4e5f6071",
    "0001020304050609aa1b2c3d4e5f6071", "a1b2c3d4e5f60718191a1b1c1d1e1f55",
    "a1b2c3d4e5f6071819 1a1b1c1d1e2f55".replace(" ", ""), "a1b2c3d4e5f60708090a0b0c0d0e7755",
    "36373839303132338a270025905cd138", "33323130393837368a270025905cd138",
    "3637383930313235 8a270025905cd138".replace(" ", ""), "fafbfcfdfeff00018a270025905cd138",
    "fafbfcfdfeff0001028a270025905cd1", "4c4c4544003010338054c3c04f35344a",
    "44454c4c300033108054c3c04f35344a", "4c4c4544000020108020 80c04f202020".replace(" ", ""),
    "58585858585858585858585858585858", "78563412341278568a270025905cd138",
]

MACS = [
    "0025905cd138", "00408c123456", "000000000000", "ffffffffffff", "01005e000001", "03005e123456",
    "0242ac110007", "525400e38d8b", "020000000001", "000000123456", "00a0c9000000", "00a0c9ffffff",
    "00a0c9000001", "00a0c9fffffe", "888888888788", "8888888887a1", "000102030405", "000102030407",
    "0001020305f7", "a0a1a2a3a4f7", "a0a1a2a3b4f7", "544332211000", "545352515033", "54535251a033",
    "303936373839", "3c3637383930", "fcfdfeff0001", "001122334456", "00904cc51239", "00049f000002",
    "000c43288002", "b0b0b0b0b0b2", "b0b0b0b0b1b2", "d0d0d0d0d0d1", "0c0c0c0c0d0e",
]


def outcome(descriptor):
    try:
        machine = hwid.Machine(descriptor).finish()
    except hwid.Refused:
        return None
    return machine.hwid().hex()


def swapped(uuids):
    return [junk.swap_uuid(bytes.fromhex(uuid)).hex() for uuid in uuids]


def vectors():
    words = sorted(word.decode() for word in junk.NAMES)
    prefixes = [prefix.decode() for prefix in junk.PREFIXES]
    serials = SERIALS + words + [word + "7" for word in words]
    serials += prefixes + [prefix + "9z" for prefix in prefixes] + [p[:-1] for p in prefixes]
    uuids = UUIDS + sorted(junk.UUIDS)
    uuids += swapped(uuids)
    uuids += [uuid[:-1] + ("a" if uuid[-1] != "a" else "b") for uuid in sorted(junk.UUIDS)]
    macs = MACS + sorted(junk.MACS)
    prefixed = [prefix + "9c51d2" for prefix in sorted(junk.HYPERVISORS)]
    return {
        "about": "Whether a text, a UUID or a MAC address counts (docs/format.md 2.2 to 2.4). The "
                 "HWID is that of a descriptor with nothing else but what `descriptor` says, and "
                 "null where there is none (not-unique). A hypervisor's MAC stands beside a "
                 "system UUID.",
        "serials": {
            "descriptor": {"board": {**MAKER, "serial": "here"}},
            "cases": [{"text": text, "hwid": outcome(
                {"board": {**MAKER, "serial": {"text": text}}})} for text in serials]},
        "names": {
            "descriptor": {"board": {"vendor": "here", "serial": {"text": "D0JHP72"}}},
            "cases": [{"text": text, "hwid": outcome(
                {"board": {"vendor": {"text": text}, "serial": {"text": "D0JHP72"}}})}
                for text in serials]},
        "uuids": {
            "descriptor": {"board": {"system_uuid": "here"}},
            "cases": [{"hex": uuid, "hwid": outcome({"board": {"system_uuid": {"hex": uuid}}})}
                      for uuid in uuids]},
        "macs": {
            "descriptor": {"nics": [{"class": "physical", "permanent_mac": "here"}]},
            "cases": [{"hex": mac, "hwid": outcome(
                {"nics": [{"class": "physical", "permanent_mac": {"hex": mac}}]})}
                for mac in macs + prefixed]},
        "hypervisors": {
            "descriptor": {"board": {"system_uuid": {"hex": UUIDS[0]}},
                           "nics": [{"class": "physical", "permanent_mac": "here"}]},
            "cases": [{"hex": mac, "hwid": outcome(
                {"board": {"system_uuid": {"hex": UUIDS[0]}},
                 "nics": [{"class": "physical", "permanent_mac": {"hex": mac}}]})}
                for mac in prefixed]},
    }
