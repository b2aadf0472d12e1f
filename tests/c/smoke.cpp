// The C++ face, from a licence file to a verdict. Arguments as those of smoke.c.

#include "hwlicense.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

static std::vector<std::uint8_t> load(const char *path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    return {text.begin(), text.end()};
}

static hwlicense::Bytes bytes(const std::vector<std::uint8_t> &vector) {
#ifdef HWL_HAS_SPAN
    return std::span<const std::uint8_t>(vector);
#else
    return {vector.data(), vector.size()};
#endif
}

// A list of pinned keys is made in one line; this one has a table of nothing, which is noticed.
static bool pinned_keys_are_checked() {
    static const std::uint32_t words[8 * HWL_PINNED_ENTRY_WORDS] = {};
    hwl_pinned_key key{sizeof(hwl_pinned_key), 8, {}, words, words};
    const hwlicense::PinnedKeys keys(key, key);
    const bool good = keys.check().ok();
    key.entries = 9;
    return good && !keys.check().ok() && keys.list() != nullptr;
}

int main(int argument_count, char **arguments) {
    if (argument_count != 6 || !hwlicense::is_compatible() || !pinned_keys_are_checked()) {
        return 2;
    }
    const std::vector<std::uint8_t> root = load(arguments[1]);
    const std::vector<std::uint8_t> file = load(arguments[2]);
    hwlicense::Trust trust;
    hwlicense::License license;
    hwlicense::Identity identity;
    hwlicense::Report report;
    if (!trust.init(hwlicense::trust_config(bytes(root), hwl_ed25519_verify)).ok()) {
        return 1;
    }
    const hwlicense::Status verified = license.verify(trust, bytes(file));
    if (!verified.ok()) {
        std::printf("%s\n", verified.text().data());
        return 1;
    }
    const auto hwid = hwlicense::Hwid::parse(arguments[3]);
    if (!hwid.ok() || !identity.from_hwid(hwid.value(), HWL_EVIDENCE_BOARD_SERIAL).ok()) {
        return 1;
    }
    hwl_context context = hwlicense::context(arguments[4], 0);
    context.wall_unix_s = std::strtoull(arguments[5], nullptr, 10);
    context.wall_state = HWL_READ;
    if (!license.check(identity, context, report).ok()) {
        return 1;
    }
    hwlicense::Update update;
    hwlicense::Handover handover;
    if (update.poll_timeout().status().code() != HWL_E_STATE || handover.grant() == HWL_CLEARED) {
        return 1;
    }
    const bool same = identity.hwid().value_or(hwlicense::Hwid()) == hwid.value();
    std::printf("%s %s\n", report.text().data(), same ? "" : "other HWID");
    if (report.grant() == HWL_GRANTED && same) {
        std::printf("granted\n");
        return 0;
    }
    return 1;
}
