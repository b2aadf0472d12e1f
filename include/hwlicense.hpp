// A thin C++17 face over hwlicense.h: objects end by themselves, texts and bytes are views, and a
// status cannot be taken for a truth value. Nothing here allocates or throws.
//
// Objects are neither copied nor moved: they stay where they were made, as the C header asks.
// What an object points to (licence files, callbacks' contexts) stays the program's and must
// outlive it.

#ifndef HWLICENSE_HPP
#define HWLICENSE_HPP

#include "hwlicense.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#define HWL_HAS_SPAN 1
#endif

namespace hwlicense {

/// Bytes that stay where they are: pointer and length.
class Bytes {
public:
    constexpr Bytes() noexcept = default;
    constexpr Bytes(const std::uint8_t *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr Bytes(const std::uint8_t (&array)[N]) noexcept : data_(array), size_(N) {}
    template <std::size_t N>
    constexpr Bytes(const std::array<std::uint8_t, N> &array) noexcept : data_(array.data()), size_(N) {}
    /// The bytes of a text, such as an armoured file.
    Bytes(std::string_view text) noexcept
        : data_(reinterpret_cast<const std::uint8_t *>(text.data())), size_(text.size()) {}
#ifdef HWL_HAS_SPAN
    constexpr Bytes(std::span<const std::uint8_t> span) noexcept : data_(span.data()), size_(span.size()) {}
#endif
    constexpr const std::uint8_t *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

private:
    const std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

/// Bytes to be written: pointer and length.
class Buffer {
public:
    constexpr Buffer() noexcept = default;
    constexpr Buffer(std::uint8_t *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr Buffer(std::uint8_t (&array)[N]) noexcept : data_(array), size_(N) {}
    template <std::size_t N>
    constexpr Buffer(std::array<std::uint8_t, N> &array) noexcept : data_(array.data()), size_(N) {}
#ifdef HWL_HAS_SPAN
    constexpr Buffer(std::span<std::uint8_t> span) noexcept : data_(span.data()), size_(span.size()) {}
#endif
    constexpr std::uint8_t *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

private:
    std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

/// A status, which must be looked at and is no truth value by accident.
class [[nodiscard]] Status {
public:
    constexpr explicit Status(hwl_status code) noexcept : code_(code) {}
    constexpr bool ok() const noexcept { return code_ == HWL_OK; }
    constexpr hwl_status code() const noexcept { return code_; }
    std::string_view name() const noexcept { return hwl_status_name(code_); }
    /// What happened.
    std::string_view text() const noexcept { return hwl_status_text(code_); }
    /// What to do about it.
    std::string_view remedy() const noexcept { return hwl_status_remedy(code_); }

private:
    hwl_status code_;
};

/// A value, or the status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
public:
    constexpr Result(hwl_status code, const T &value) noexcept : status_(code), value_(value) {}
    constexpr bool ok() const noexcept { return status_.ok(); }
    constexpr Status status() const noexcept { return status_; }
    /// The value; all zero when there is none.
    constexpr const T &value() const noexcept { return value_; }
    constexpr const T &value_or(const T &other) const noexcept { return ok() ? value_ : other; }

private:
    Status status_;
    T value_;
};

/// A plain struct of the C header with its size set and all else zero.
template <typename T>
constexpr T sized() noexcept {
    T plain{};
    plain.struct_size = static_cast<std::uint32_t>(sizeof(T));
    return plain;
}

/// A text of a descriptor that was read.
inline hwl_text read(Bytes bytes) noexcept {
    hwl_text text{};
    text.bytes = bytes.data();
    text.length = bytes.size() > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(bytes.size());
    text.state = HWL_READ;
    return text;
}

/// A text that exists and may not be read.
inline hwl_text unreadable() noexcept {
    hwl_text text{};
    text.state = HWL_UNREADABLE;
    return text;
}

/// The characters of a text within a licence.
inline std::string_view view(const hwl_text &text) noexcept {
    if (text.state != HWL_READ || text.length == 0) {
        return {};
    }
    return {reinterpret_cast<const char *>(text.bytes), text.length};
}

/// Whether the library that is loaded is one that this header can be used with.
inline bool is_compatible() noexcept {
    return hwl_abi_version() == HWL_ABI_VERSION;
}

/// A Hardware ID.
class Hwid {
public:
    constexpr Hwid() noexcept = default;
    constexpr explicit Hwid(const hwl_hwid &hwid) noexcept : hwid_(hwid) {}

    /// Reads 34 hexadecimal digits, with white space around them at most.
    static Result<Hwid> parse(std::string_view text) noexcept {
        const Bytes bytes(text);
        hwl_hwid hwid{};
        const hwl_status status = hwl_hwid_parse(bytes.data(), bytes.size(), &hwid);
        return {status, Hwid(hwid)};
    }

    constexpr const hwl_hwid &get() const noexcept { return hwid_; }

    /// The 34 digits, without a terminator.
    std::array<char, HWL_HWID_TEXT_BYTES> text() const noexcept {
        std::array<std::uint8_t, HWL_HWID_TEXT_BYTES> digits{};
        std::array<char, HWL_HWID_TEXT_BYTES> text{};
        std::size_t length = 0;
        // It cannot fail: the buffer has the size that is needed.
        if (hwl_hwid_format(&hwid_, digits.data(), digits.size(), &length) == HWL_OK) {
            for (std::size_t index = 0; index < digits.size(); ++index) {
                text[index] = static_cast<char>(digits[index]);
            }
        }
        return text;
    }

    /// In constant time.
    friend bool operator==(const Hwid &one, const Hwid &other) noexcept {
        return hwl_hwid_equal(&one.hwid_, &other.hwid_) == HWL_OK;
    }
    friend bool operator!=(const Hwid &one, const Hwid &other) noexcept { return !(one == other); }

private:
    hwl_hwid hwid_{};
};

/// The identity of a machine.
class Identity {
public:
    Identity() noexcept = default;
    ~Identity() { static_cast<void>(hwl_identity_deinit(&storage_)); }
    Identity(const Identity &) = delete;
    Identity &operator=(const Identity &) = delete;

    Status read(const hwl_descriptor &descriptor) noexcept {
        return Status(hwl_identity_read(&storage_, &descriptor));
    }
    Status read_enrolled(const hwl_descriptor &descriptor, Bytes enrollment) noexcept {
        return Status(hwl_identity_read_enrolled(&storage_, &descriptor, enrollment.data(), enrollment.size()));
    }
    Status from_hwid(const Hwid &hwid, std::uint32_t evidence) noexcept {
        return Status(hwl_identity_from_hwid(&storage_, &hwid.get(), evidence));
    }
    Result<Hwid> hwid() const noexcept {
        hwl_hwid hwid{};
        const hwl_status status = hwl_identity_hwid(&storage_, &hwid);
        return {status, Hwid(hwid)};
    }
    Result<hwl_facts> facts() const noexcept {
        hwl_facts facts = sized<hwl_facts>();
        const hwl_status status = hwl_identity_facts(&storage_, &facts);
        return {status, facts};
    }
    const hwl_identity *get() const noexcept { return &storage_; }

private:
    hwl_identity storage_{};
};

/// Enrols a machine; the result is the length of the enrolment, or on HWL_E_BUFFER the one needed.
inline Result<std::size_t> enroll(const hwl_descriptor &descriptor, const std::array<std::uint8_t, HWL_SALT_BYTES> &salt,
                                  Buffer buffer) noexcept {
    std::size_t length = 0;
    const hwl_status status = hwl_enroll(&descriptor, salt.data(), buffer.data(), buffer.size(), &length);
    return {status, length};
}

/// The HWID that a machine had when it was enrolled.
inline Result<Hwid> enrolled_hwid(Bytes enrollment) noexcept {
    hwl_hwid hwid{};
    const hwl_status status = hwl_enrollment_hwid(enrollment.data(), enrollment.size(), &hwid);
    return {status, Hwid(hwid)};
}

/// What changed since a machine was enrolled.
inline Result<hwl_comparison> compare(const hwl_descriptor &descriptor, Bytes enrollment) noexcept {
    hwl_comparison comparison = sized<hwl_comparison>();
    const hwl_status status = hwl_compare(&descriptor, enrollment.data(), enrollment.size(), &comparison);
    return {status, comparison};
}

/// Decodes an armoured file; the result is the length of the binary form, or on HWL_E_BUFFER a
/// capacity that suffices.
inline Result<std::size_t> decode_armor(Bytes text, Buffer buffer) noexcept {
    std::size_t length = 0;
    const hwl_status status = hwl_armor_decode(text.data(), text.size(), buffer.data(), buffer.size(), &length);
    return {status, length};
}

/// A configuration of trust with its size and ABI number set.
inline hwl_trust_config trust_config(Bytes roots, hwl_verify_fn verify, void *verify_ctx = nullptr) noexcept {
    hwl_trust_config config = sized<hwl_trust_config>();
    config.abi_version = HWL_ABI_VERSION;
    config.roots = roots.data();
    config.root_count = static_cast<std::uint32_t>(roots.size() / HWL_PUBLIC_KEY_BYTES);
    config.verify = verify;
    config.verify_ctx = verify_ctx;
    return config;
}

/// A list of pinned keys, which `hwlicense key pin` wrote. `list()` is the context of
/// hwl_ed25519_verify_pinned; it stays good for as long as this object does.
template <std::size_t N>
class PinnedKeys {
public:
    template <typename... Key>
    explicit PinnedKeys(const Key &...keys) noexcept : keys_{&keys...}, list_(sized<hwl_pinned_keys>()) {
        static_assert(sizeof...(keys) == N, "as many keys as the type says");
        list_.count = static_cast<std::uint32_t>(N);
        list_.keys = keys_.data();
    }
    PinnedKeys(const PinnedKeys &) = delete;
    PinnedKeys &operator=(const PinnedKeys &) = delete;

    Status check() const noexcept { return Status(hwl_pinned_keys_check(&list_)); }
    /// The callbacks only read it.
    void *list() const noexcept { return const_cast<hwl_pinned_keys *>(&list_); }

private:
    std::array<const hwl_pinned_key *, N> keys_;
    hwl_pinned_keys list_;
};
template <typename... Key>
explicit PinnedKeys(const Key &...) -> PinnedKeys<sizeof...(Key)>;

/// Whom to believe.
class Trust {
public:
    Trust() noexcept = default;
    ~Trust() { static_cast<void>(hwl_trust_deinit(&storage_)); }
    Trust(const Trust &) = delete;
    Trust &operator=(const Trust &) = delete;

    Status init(const hwl_trust_config &config) noexcept { return Status(hwl_trust_init(&storage_, &config)); }
    /// The HWL_ADMITTED_ bits of what was new. The file must outlive the trust.
    Result<std::uint32_t> admit(Bytes file) noexcept {
        std::uint32_t admitted = 0;
        const hwl_status status = hwl_trust_admit(&storage_, file.data(), file.size(), &admitted);
        return {status, admitted};
    }
    Result<std::uint64_t> latest_signed() const noexcept {
        std::uint64_t unix_s = 0;
        const hwl_status status = hwl_trust_latest_signed(&storage_, &unix_s);
        return {status, unix_s};
    }
    const hwl_trust *get() const noexcept { return &storage_; }

private:
    hwl_trust storage_{};
};

/// The result of a check.
class Report {
public:
    Report() noexcept = default;
    /// Asked for where it counts: `if (report.grant() == HWL_GRANTED)`.
    std::uint32_t grant() const noexcept { return hwl_report_grant(&plain_); }
    /// For people.
    std::string_view text() const noexcept { return hwl_reason_text(plain_.reason); }
    /// For the administrator.
    std::string_view next_step() const noexcept { return hwl_reason_next_step(plain_.reason); }
    const hwl_report &get() const noexcept { return plain_; }
    hwl_report *out() noexcept { return &plain_; }

private:
    hwl_report plain_ = sized<hwl_report>();
};

/// A context with a brand; without a clock until `wall_unix_s` and `wall_state` are set.
inline hwl_context context(std::string_view brand, std::uint64_t floor_unix_s) noexcept {
    hwl_context context = sized<hwl_context>();
    context.brand = read(brand);
    context.floor_unix_s = floor_unix_s;
    return context;
}

/// A verified licence.
class License {
public:
    License() noexcept = default;
    ~License() { static_cast<void>(hwl_license_deinit(&storage_)); }
    License(const License &) = delete;
    License &operator=(const License &) = delete;

    /// Armoured or binary. The scratch must outlive an armoured licence, the file a binary one.
    Status verify(const Trust &trust, Bytes file, Buffer scratch) noexcept {
        return Status(
            hwl_license_verify(&storage_, trust.get(), file.data(), file.size(), scratch.data(), scratch.size()));
    }
    /// Binary only. The file must outlive the licence.
    Status verify(const Trust &trust, Bytes file) noexcept {
        return Status(hwl_license_verify_binary(&storage_, trust.get(), file.data(), file.size()));
    }
    Result<hwl_terms> terms() const noexcept {
        hwl_terms terms = sized<hwl_terms>();
        const hwl_status status = hwl_license_terms(&storage_, &terms);
        return {status, terms};
    }
    Result<std::string_view> feature(std::uint32_t index) const noexcept {
        hwl_text text{};
        const hwl_status status = hwl_license_feature(&storage_, index, &text);
        return {status, view(text)};
    }
    /// Ask only after a granted check.
    bool has_feature(std::string_view name) const noexcept {
        const Bytes bytes(name);
        return hwl_license_has_feature(&storage_, bytes.data(), bytes.size()) == HWL_OK;
    }
    Status check(const Identity &identity, const hwl_context &context, Report &report) const noexcept {
        return Status(hwl_license_check(&storage_, identity.get(), &context, report.out()));
    }
    const hwl_license *get() const noexcept { return &storage_; }

private:
    hwl_license storage_{};
};

/// An image for the vendor's updater.
class Handover {
public:
    Handover() noexcept = default;
    /// Asked for where it counts: `if (handover.grant() == HWL_CLEARED)`.
    std::uint32_t grant() const noexcept { return hwl_handover_grant(&plain_); }
    const hwl_handover &get() const noexcept { return plain_; }
    hwl_handover *out() noexcept { return &plain_; }

private:
    hwl_handover plain_ = sized<hwl_handover>();
};

/// A request for a part of an update: how long its frame is, and for which server.
struct Request {
    std::size_t length;
    std::uint32_t server;
};

/// A software update, beside a client of the C header.
class Update {
public:
    Update() noexcept = default;
    ~Update() { static_cast<void>(hwl_update_deinit(&storage_)); }
    Update(const Update &) = delete;
    Update &operator=(const Update &) = delete;

    Status init(const hwl_storage &storage, const hwl_image &image, const hwl_update_config &config,
                const hwl_product &product) noexcept {
        return Status(hwl_update_init(&storage_, &storage, &image, &config, &product));
    }
    /// What the next request says; the result is how many of the bytes it takes.
    Result<std::size_t> write_running(const hwl_product &product,
                                      std::array<std::uint8_t, HWL_RUNNING_BYTES_MAX> &bytes) const noexcept {
        std::size_t length = 0;
        const hwl_status status = hwl_update_write_running(&storage_, &product, bytes.data(), &length);
        return {status, length};
    }
    Status handle_reply(std::uint64_t uptime_s, const hwl_client &client, Bytes told) noexcept {
        return Status(hwl_update_handle_reply(&storage_, uptime_s, &client, told.data(), told.size()));
    }
    Result<std::uint64_t> poll_timeout() const noexcept {
        std::uint64_t uptime_s = 0;
        const hwl_status status = hwl_update_poll_timeout(&storage_, &uptime_s);
        return {status, uptime_s};
    }
    Status handle_timeout(std::uint64_t uptime_s) noexcept {
        return Status(hwl_update_handle_timeout(&storage_, uptime_s));
    }
    Status handle_failure(std::uint64_t uptime_s) noexcept {
        return Status(hwl_update_handle_failure(&storage_, uptime_s));
    }
    Status set_servers(std::uint32_t server_count, std::uint64_t uptime_s) noexcept {
        return Status(hwl_update_set_servers(&storage_, server_count, uptime_s));
    }
    /// The length is 0 when no request is due.
    Result<Request> poll_transmit(std::uint64_t uptime_s, const hwl_product &product, Buffer frame) noexcept {
        Request request{};
        const hwl_status status = hwl_update_poll_transmit(&storage_, uptime_s, &product, frame.data(), frame.size(),
                                                           &request.length, &request.server);
        return {status, request};
    }
    Result<hwl_fetched> handle_input(std::uint64_t uptime_s, Bytes body, const Trust &trust, const hwl_client &client,
                                     const hwl_product &product) noexcept {
        hwl_fetched fetched = sized<hwl_fetched>();
        const hwl_status status = hwl_update_handle_input(&storage_, uptime_s, body.data(), body.size(), trust.get(),
                                                          &client, &product, &fetched);
        return {status, fetched};
    }
    Status hand_over(std::uint64_t uptime_s, const Trust &trust, const hwl_client &client, const hwl_product &product,
                     Handover &handover) noexcept {
        return Status(hwl_update_hand_over(&storage_, uptime_s, trust.get(), &client, &product, handover.out()));
    }
    Status handle_refusal() noexcept { return Status(hwl_update_handle_refusal(&storage_)); }
    Result<hwl_update_facts> standing() const noexcept {
        hwl_update_facts facts = sized<hwl_update_facts>();
        const hwl_status status = hwl_update_standing(&storage_, &facts);
        return {status, facts};
    }

private:
    hwl_update storage_{};
};

/// Runs the golden vectors with a verify callback.
inline Status self_test(hwl_verify_fn verify, void *verify_ctx = nullptr) noexcept {
    return Status(hwl_self_test(verify_ctx, verify));
}

} // namespace hwlicense

#endif // HWLICENSE_HPP
