/**
 * @file hwlicense.h
 * Hardware IDs and hardware-bound licences, for C99 and C++17. Generated: do not edit.
 *
 * From a machine to a verdict:
 *   hwl_trust_init       trust in the vendor's root keys, with a callback that verifies signatures
 *   hwl_license_verify   a licence file, verified with its certificate
 *   hwl_identity_read    the machine, from a descriptor that the program fills in
 *   hwl_license_check    the licence on this machine at this time: a report
 *   hwl_report_grant     the right to go on, asked for where it counts
 *
 * Memory is the caller's. Plain structs have public fields; those that begin with struct_size are
 * zeroed and given their own sizeof first. Opaque objects are storage for private contents: they
 * are not moved or copied between the call that makes them and the one that ends them. Nothing is
 * allocated, there are no globals, and two objects never interact.
 *
 * Every pointer is checked for NULL and alignment, every length and struct_size for sense, outputs
 * for overlap with inputs: the calls that are wrong in such a way fail with HWL_E_NULL,
 * HWL_E_ALIGN, HWL_E_LENGTH, HWL_E_SIZE, HWL_E_OVERLAP, HWL_E_VALUE or HWL_E_STATE, named "those
 * of a wrong call" below, and HWL_E_PANIC names a defect of the library. (NULL, 0) is an empty
 * buffer. Outputs are written only on success; the exceptions are length outputs on HWL_E_BUFFER,
 * opaque objects, which are empty after a failure to make them, and reports, which then refuse.
 *
 * Texts in are UTF-8, pointer and length, without a terminator. Texts given as const char * are
 * static, English and terminated.
 *
 * Each function names its thread rule ("any thread" or "one thread at a time per object"), whether
 * an interrupt may call it, and its worst stack on a Cortex-M4; docs/abi.md tells how these were
 * found.
 */

#ifndef HWLICENSE_H
#define HWLICENSE_H

#include <stddef.h>
#include <stdint.h>
/** Version of the library that this header belongs to. */
#define HWL_VERSION_MAJOR 0
#define HWL_VERSION_MINOR 1
#define HWL_VERSION_PATCH 0
/** The version in one number that orders as versions do; compare `hwl_version`. */
#define HWL_VERSION ((uint32_t)HWL_VERSION_MAJOR << 24 | (uint32_t)HWL_VERSION_MINOR << 16 | (uint32_t)HWL_VERSION_PATCH)

/* How wide pointers are: opaque objects hold many of them. */
#if UINTPTR_MAX > 0xffffffff
#define HWL_POINTERS_64
#else
#define HWL_POINTERS_32
#endif
/** Marks a result that must be looked at. Define it as empty to have no warnings. */
#ifndef HWL_MUST_USE
#if defined(__GNUC__) || defined(__clang__)
#define HWL_MUST_USE __attribute__((warn_unused_result))
#else
#define HWL_MUST_USE
#endif
#endif
/** Marks a function that does not return. */
#ifndef HWL_NO_RETURN
#if defined(__GNUC__) || defined(__clang__)
#define HWL_NO_RETURN __attribute__((noreturn))
#else
#define HWL_NO_RETURN
#endif
#endif

/**
 * The word of a verdict that grants, and what `hwl_report_grant` then gives.
 */
#define HWL_GRANTED 1894323549

/**
 * What `hwl_report_grant` gives when the verdict refuses. Every other word refuses as well.
 */
#define HWL_REFUSED 2149182114

/**
 * There was no contact with a Primary Server, or none that still counts.
 */
#define HWL_CONTACT_NONE 0

/**
 * A verified reply of a Primary Server still counts.
 */
#define HWL_CONTACT_CURRENT 1

/**
 * The program has no brand of its own and accepts licences of each, as on a licence desk.
 */
#define HWL_CHECK_ANY_BRAND 1

/**
 * The licence is not bound to this component.
 */
#define HWL_MATCH_NOT_BOUND 0

/**
 * The component is the one that the licence is bound to.
 */
#define HWL_MATCH_SAME 1

/**
 * The component is another one.
 */
#define HWL_MATCH_DIFFERS 2

/**
 * The component cannot be read.
 */
#define HWL_MATCH_NOT_READABLE 3

/**
 * The component is not unique.
 */
#define HWL_MATCH_NOT_UNIQUE 4

/**
 * Words of a hwl_client.
 */
#define HWL_CLIENT_WORDS 2176

/**
 * Longest brand of a device in bytes.
 */
#define HWL_BRAND_BYTES_MAX 32

/**
 * Longest name of a device in bytes.
 */
#define HWL_DEVICE_NAME_BYTES_MAX 64

/**
 * Longest version of a device's software in bytes.
 */
#define HWL_SOFTWARE_BYTES_MAX 32

/**
 * The TCP port of a Primary Server. It must be the same on both sides.
 */
#define HWL_PORT 16770

/**
 * Bytes before the body of a frame: `hwl_frame_head` reads them.
 */
#define HWL_FRAME_HEAD_BYTES 5

/**
 * Largest body of a frame in bytes.
 */
#define HWL_FRAME_BODY_BYTES_MAX 65535

/**
 * Largest answer of a Primary Server in bytes: one whose frame says more need not be read. One that
 * this device could keep has under 8 KiB.
 */
#define HWL_ANSWER_BYTES_MAX 16388

/**
 * A buffer of this size takes the request of a device that holds one lease.
 */
#define HWL_REQUEST_BYTES 4096

/**
 * Bytes that nobody can guess, fresh for each request.
 */
#define HWL_RANDOM_BYTES 32

/**
 * The answer: the client has a licence, which travelled with it.
 */
#define HWL_ANSWER_LICENSED 1

/**
 * The answer: nobody assigned a licence to the client yet.
 */
#define HWL_ANSWER_WAITING 2

/**
 * The answer: there is none; the number is that of a refusal.
 */
#define HWL_ANSWER_REFUSED 3

/**
 * The answer: what was to be deactivated is.
 */
#define HWL_ANSWER_DEACTIVATED 4

/**
 * The answer: the server has too much to do, and the next contact is delayed.
 */
#define HWL_ANSWER_BUSY 5

/**
 * The answer: the server does not understand this client; the number is the negative of a status,
 * and `hwl_client_handle_failure` was done already.
 */
#define HWL_ANSWER_NOT_UNDERSTOOD 6

/**
 * The client never had a licence: it does not record, and asks every minute.
 */
#define HWL_CLIENT_UNLICENSED 0

/**
 * The client has a licence, and asks every four hours.
 */
#define HWL_CLIENT_LICENSED 1

/**
 * The client has a licence, and no server answers: it records, and asks every hour.
 */
#define HWL_CLIENT_CONTACT_LOST 2

/**
 * The client was refused, or what it had has ended: it does not record, and asks every minute.
 */
#define HWL_CLIENT_REFUSED 3

/**
 * Bytes that each of the two slots of a client has.
 */
#define HWL_SLOT_BYTES 8192

/**
 * Bytes of each write, at a multiple of as many.
 */
#define HWL_WRITE_BYTES 64

/**
 * The machine had none then and has none now.
 */
#define HWL_CHANGE_ABSENT 0

/**
 * Everything that was enrolled is still there.
 */
#define HWL_CHANGE_SAME 1

/**
 * Something that was enrolled differs, or is gone.
 */
#define HWL_CHANGE_CHANGED 2

/**
 * It was enrolled and may not be read now.
 */
#define HWL_CHANGE_NOT_READABLE 3

/**
 * It was not enrolled and can be read now. The HWID stays.
 */
#define HWL_CHANGE_NEWLY_READABLE 4

/**
 * Nothing that was enrolled changed.
 */
#define HWL_CAUSE_UNCHANGED 1

/**
 * Only a NIC was added.
 */
#define HWL_CAUSE_NIC_ADDED 2

/**
 * Fields that were enrolled may not be read now, and nothing that is read differs.
 */
#define HWL_CAUSE_NOT_READABLE 3

/**
 * A NIC was replaced.
 */
#define HWL_CAUSE_NIC_REPLACED 4

/**
 * A NIC is gone, disabled, or its address is hidden by teaming.
 */
#define HWL_CAUSE_NIC_MISSING 5

/**
 * Processor or memory was changed.
 */
#define HWL_CAUSE_CPU_OR_MEMORY_ALTERED 6

/**
 * The same board identifies itself in another way.
 */
#define HWL_CAUSE_FIRMWARE_REPORTS_DIFFERENTLY 7

/**
 * The motherboard was replaced.
 */
#define HWL_CAUSE_BOARD_REPLACED 8

/**
 * Nothing unique is left of the enrolled machine.
 */
#define HWL_CAUSE_OTHER_MACHINE 9

/**
 * Longest text of a descriptor in bytes.
 */
#define HWL_TEXT_BYTES_MAX 1024

/**
 * Most network interfaces that a descriptor may list.
 */
#define HWL_NICS_MAX 4096

/**
 * Most network interfaces that count.
 */
#define HWL_COUNTED_NICS_MAX 32

/**
 * Most memory modules that a descriptor may list.
 */
#define HWL_MODULES_MAX 1024

/**
 * Most platform identifiers that a descriptor may list.
 */
#define HWL_PLATFORM_IDS_MAX 16

/**
 * Nothing is known of the kind of machine.
 */
#define HWL_MACHINE_UNKNOWN 0

/**
 * Real hardware.
 */
#define HWL_MACHINE_PHYSICAL 1

/**
 * A virtual machine.
 */
#define HWL_MACHINE_VIRTUAL 2

/**
 * A container; what it reads belongs to its host.
 */
#define HWL_MACHINE_CONTAINER 3

/**
 * Bridge, tunnel, VLAN, container end point or loopback. It never counts.
 */
#define HWL_NIC_VIRTUAL 0

/**
 * Wired, on the board or on an internal bus.
 */
#define HWL_NIC_PHYSICAL 1

/**
 * Behind USB: it can be carried to another machine.
 */
#define HWL_NIC_USB 2

/**
 * Wireless.
 */
#define HWL_NIC_WIRELESS 3

/**
 * Bond or team made of other NICs.
 */
#define HWL_NIC_AGGREGATE 4

/**
 * The NIC stands alone.
 */
#define HWL_NIC_INDEPENDENT 0

/**
 * The NIC is a member of a bond or team, which may have rewritten its current MAC.
 */
#define HWL_NIC_ENSLAVED 1

/**
 * Unique id of the system on chip.
 */
#define HWL_SOURCE_SOC 1

/**
 * One-time programmable fuses.
 */
#define HWL_SOURCE_EFUSE 2

/**
 * Digest of the endorsement key of a TPM.
 */
#define HWL_SOURCE_TPM 3

/**
 * Serial number of a secure element.
 */
#define HWL_SOURCE_SECURE_ELEMENT 4

/**
 * CID register of a soldered eMMC, never of a removable card.
 */
#define HWL_SOURCE_EMMC_CID 5

/**
 * Made by software and kept in a file, for machines that have nothing else. Always marked.
 */
#define HWL_SOURCE_GENERATED 255

/**
 * A buffer of this size takes every request for a part.
 */
#define HWL_UPDATE_REQUEST_BYTES 160

/**
 * Largest chunk that a vendor may choose, in bytes.
 */
#define HWL_CHUNK_BYTES_MAX 32768

/**
 * Most bytes that an answer with a chunk has beside the chunk.
 */
#define HWL_CHUNK_OVERHEAD_BYTES 716

/**
 * Most bytes of an answer with a manifest. A device whose vendor signs chunks of N bytes needs room for
 * the larger of this and N + HWL_CHUNK_OVERHEAD_BYTES.
 */
#define HWL_MANIFEST_ANSWER_BYTES_MAX 3075

/**
 * The answer: the manifest, which is believed and suits this device.
 */
#define HWL_FETCHED_MANIFEST 1

/**
 * The answer: a chunk, which is verified and stored.
 */
#define HWL_FETCHED_CHUNK 2

/**
 * The answer: the server has too much to do, and the next part is asked for later.
 */
#define HWL_FETCHED_BUSY 3

/**
 * The answer: the server does not give it; the number is the negative of a status, and
 * `hwl_update_handle_failure` was done already.
 */
#define HWL_FETCHED_REFUSED 4

/**
 * The word of an image that may be handed over, and what `hwl_handover_grant` then gives.
 */
#define HWL_CLEARED 2577928152

/**
 * No update is under way, and a server knows what became of the last one.
 */
#define HWL_UPDATE_NONE 0

/**
 * An update is under way: so many thousandths of the image are stored.
 */
#define HWL_UPDATE_DOWNLOADING 1

/**
 * The image is whole: call `hwl_update_hand_over`.
 */
#define HWL_UPDATE_READY 2

/**
 * The vendor's updater has the image: what runs after the next start says what became of it.
 */
#define HWL_UPDATE_HANDED_OVER 3

/**
 * The update runs, and no server knows it yet.
 */
#define HWL_UPDATE_INSTALLED 4

/**
 * The update failed, and no server knows it yet.
 */
#define HWL_UPDATE_FAILED 5

/**
 * Evidence: the UUID of the system.
 */
#define HWL_EVIDENCE_SYSTEM_UUID 1

/**
 * Evidence: the serial number of the system.
 */
#define HWL_EVIDENCE_SYSTEM_SERIAL 2

/**
 * Evidence: the serial number of the motherboard.
 */
#define HWL_EVIDENCE_BOARD_SERIAL 4

/**
 * Evidence: the serial number of the processor.
 */
#define HWL_EVIDENCE_CPU_SERIAL 8

/**
 * Evidence: a universally administered MAC address of a wired NIC.
 */
#define HWL_EVIDENCE_MAC 16

/**
 * Evidence: that of a wireless NIC, on a machine with nothing else.
 */
#define HWL_EVIDENCE_WIRELESS_MAC 32

/**
 * Evidence: an identifier of the platform.
 */
#define HWL_EVIDENCE_PLATFORM_ID 64

/**
 * Evidence: an identity made by software and kept in a file.
 */
#define HWL_EVIDENCE_GENERATED 128

/**
 * Evidence: a MAC address that a hypervisor assigned. It never stands alone.
 */
#define HWL_EVIDENCE_HYPERVISOR_MAC 256

/**
 * Evidence: the machine is virtual.
 */
#define HWL_EVIDENCE_VIRTUAL_MACHINE 512

/**
 * Evidence: the reading was made in a container.
 */
#define HWL_EVIDENCE_CONTAINER 1024

/**
 * Evidence: an enrolment stood in for fields that could not be read now.
 */
#define HWL_EVIDENCE_ENROLLMENT 2048

/**
 * Field: maker of the board.
 */
#define HWL_FIELD_BOARD_VENDOR 1

/**
 * Field: product name of the board.
 */
#define HWL_FIELD_BOARD_PRODUCT 2

/**
 * Field: serial number of the board.
 */
#define HWL_FIELD_BOARD_SERIAL 4

/**
 * Field: maker of the system.
 */
#define HWL_FIELD_SYSTEM_VENDOR 8

/**
 * Field: product name of the system.
 */
#define HWL_FIELD_SYSTEM_PRODUCT 16

/**
 * Field: serial number of the system.
 */
#define HWL_FIELD_SYSTEM_SERIAL 32

/**
 * Field: UUID of the system.
 */
#define HWL_FIELD_SYSTEM_UUID 64

/**
 * Field: id register of the processor.
 */
#define HWL_FIELD_CPU_SIGNATURE 128

/**
 * Field: serial number of the processor.
 */
#define HWL_FIELD_CPU_SERIAL 256

/**
 * Field: memory in total.
 */
#define HWL_FIELD_MEMORY_TOTAL 512

/**
 * Field: the memory modules.
 */
#define HWL_FIELD_MEMORY_MODULES 1024

/**
 * Field: the network interfaces.
 */
#define HWL_FIELD_NICS 2048

/**
 * Field: the identifiers of the platform.
 */
#define HWL_FIELD_PLATFORM_IDS 4096

/**
 * Words of a hwl_identity.
 */
#define HWL_IDENTITY_WORDS 64

#if defined(HWL_POINTERS_64)
/**
 * Words of a hwl_license, where pointers have 64 bits.
 */
#define HWL_LICENSE_WORDS 32
#endif

#if defined(HWL_POINTERS_32)
/**
 * Words of a hwl_license, where pointers have 32 bits.
 */
#define HWL_LICENSE_WORDS 20
#endif

/**
 * The licence has an end.
 */
#define HWL_TERM_EXPIRES 1

/**
 * The licence includes updates until a date.
 */
#define HWL_TERM_MAINTENANCE 2

/**
 * The licence needs contact with a Primary Server.
 */
#define HWL_TERM_CONTACT_REQUIRED 4

/**
 * The licence is bound to the components of a machine, and some of them may change.
 */
#define HWL_TERM_TOLERANT 8

/**
 * Most pinned keys in one list: the roots and issuers that a trust can keep, and a few more.
 */
#define HWL_PINNED_KEYS_MAX 16

/**
 * Words of a table for each of its entries: a point of three coordinates with eight words each.
 */
#define HWL_PINNED_ENTRY_WORDS 24

/**
 * Longest name of a component in bytes.
 */
#define HWL_COMPONENT_BYTES_MAX 32

/**
 * Longest name of a model in bytes.
 */
#define HWL_MODEL_BYTES_MAX 32

/**
 * Bytes of the buffer in which a request says what runs.
 */
#define HWL_RUNNING_BYTES_MAX 192

/**
 * Done.
 */
#define HWL_OK 0

/**
 * A pointer is NULL that may not be. Only (NULL, 0) is an empty buffer.
 */
#define HWL_E_NULL -1

/**
 * A struct_size or row size is not one that any version had. Set it to sizeof the struct.
 */
#define HWL_E_SIZE -2

/**
 * A length would reach past the end of the address space.
 */
#define HWL_E_LENGTH -3

/**
 * The output buffer is too small. Its length output holds a size that suffices.
 */
#define HWL_E_BUFFER -4

/**
 * An output overlaps an input or another output. Give each its own memory.
 */
#define HWL_E_OVERLAP -5

/**
 * A pointer is not aligned for its type.
 */
#define HWL_E_ALIGN -6

/**
 * The object was not initialised, was moved or copied, or was deinitialised.
 */
#define HWL_E_STATE -7

/**
 * A number is none of those allowed here, or a field has a value without the state HWL_READ.
 */
#define HWL_E_VALUE -8

/**
 * A defect of this library; the object, if any, can no longer be used. Report it.
 */
#define HWL_E_PANIC -9

/**
 * The program was compiled for another ABI than that of this library.
 */
#define HWL_E_ABI -10

/**
 * The two are different.
 */
#define HWL_E_DIFFERENT -20

/**
 * There is no such entry.
 */
#define HWL_E_NOT_FOUND -21

/**
 * The pool has no channel left for the device.
 */
#define HWL_E_NO_CHANNEL_LEFT -22

/**
 * No image of an update is whole.
 */
#define HWL_E_NOT_READY -23

/**
 * Self-test: the computed HWID differs from the golden one. The build is broken.
 */
#define HWL_E_SELF_TEST_HWID -30

/**
 * Self-test: the enrolment differs from the golden one. The build is broken.
 */
#define HWL_E_SELF_TEST_ENROLLMENT -31

/**
 * Self-test: the verify callback refuses a good signature.
 */
#define HWL_E_SELF_TEST_REFUSED -32

/**
 * Self-test: the verify callback accepts a signature that does not hold. Do not ship it.
 */
#define HWL_E_SELF_TEST_ACCEPTED -33

/**
 * Self-test: a good licence is not verified.
 */
#define HWL_E_SELF_TEST_LICENSE -34

/**
 * Self-test: the verdict on a licence is wrong. The build is broken.
 */
#define HWL_E_SELF_TEST_VERDICT -35

/**
 * A callback of the storage of a client or an update failed. What was saved before is still there.
 */
#define HWL_E_STORAGE -40

/**
 * The request does not fit into its buffer, or the state into its slot.
 */
#define HWL_E_NO_ROOM -41

/**
 * The file is damaged, or is not one of ours. Get it again.
 */
#define HWL_E_MALFORMED -100

/**
 * The file is larger than it may be.
 */
#define HWL_E_TOO_LARGE -101

/**
 * The file is written in a newer format. Update this software.
 */
#define HWL_E_UNSUPPORTED_VERSION -102

/**
 * The algorithm of the signature is not known. Update this software.
 */
#define HWL_E_UNSUPPORTED_ALGORITHM -103

/**
 * The file holds something that is not known. Update this software.
 */
#define HWL_E_UNKNOWN_KIND -104

/**
 * A good file, but of another kind than asked for.
 */
#define HWL_E_WRONG_KIND -105

/**
 * Signed by a key that is neither trusted nor certified by one that is.
 */
#define HWL_E_UNKNOWN_KEY -106

/**
 * The signature does not hold. Get the original file.
 */
#define HWL_E_BAD_SIGNATURE -107

/**
 * The certificate of the issuer does not name this kind.
 */
#define HWL_E_ISSUER_KIND -108

/**
 * Issued outside the time that the certificate names, or after the key was retired.
 */
#define HWL_E_ISSUER_TIME -109

/**
 * The certificate of the issuer does not name this brand.
 */
#define HWL_E_ISSUER_BRAND -110

/**
 * The certificate of the issuer does not name this class.
 */
#define HWL_E_ISSUER_CLASS -111

/**
 * More channels than the certificate of the issuer allows.
 */
#define HWL_E_ISSUER_COUNT -112

/**
 * The key that signed it was revoked.
 */
#define HWL_E_KEY_REVOKED -113

/**
 * The licence itself was revoked.
 */
#define HWL_E_LICENSE_REVOKED -114

/**
 * It holds a condition that is not known. Update this software.
 */
#define HWL_E_UNKNOWN_CRITICAL -115

/**
 * Older than what the same signer said before.
 */
#define HWL_E_OUT_OF_SEQUENCE -116

/**
 * More roots, issuers or revocation lists than can be kept.
 */
#define HWL_E_FULL -117

/**
 * A root may not retire or revoke itself.
 */
#define HWL_E_LAST_ROOT -118

/**
 * Signed by a key that the verifier is not for: pin it too, or take one that verifies any key.
 */
#define HWL_E_KEY_NOT_PINNED -119

/**
 * A text of the descriptor is longer than HWL_TEXT_BYTES_MAX.
 */
#define HWL_E_TEXT_TOO_LONG -200

/**
 * The descriptor lists more than HWL_NICS_MAX network interfaces. Leave out virtual ones.
 */
#define HWL_E_TOO_MANY_NICS -201

/**
 * More than HWL_COUNTED_NICS_MAX network interfaces would count.
 */
#define HWL_E_TOO_MANY_COUNTED_NICS -202

/**
 * The descriptor lists more than HWL_MODULES_MAX memory modules.
 */
#define HWL_E_TOO_MANY_MODULES -203

/**
 * The descriptor lists more than HWL_PLATFORM_IDS_MAX platform identifiers.
 */
#define HWL_E_TOO_MANY_PLATFORM_IDS -204

/**
 * Nothing that was read tells two machines of this model apart.
 */
#define HWL_E_NOT_UNIQUE -210

/**
 * Fields that the HWID needs exist and could not be read; the facts name them.
 */
#define HWL_E_NOT_READABLE -211

/**
 * The bytes are no enrolment.
 */
#define HWL_E_NOT_AN_ENROLLMENT -220

/**
 * The enrolment was written by newer software.
 */
#define HWL_E_ENROLLMENT_VERSION -221

/**
 * The enrolment is cut off or damaged. Enrol again.
 */
#define HWL_E_ENROLLMENT_DAMAGED -222

/**
 * Nothing in the enrolment is unique, so no tolerant licence can be bound to it.
 */
#define HWL_E_BINDING_NOT_UNIQUE -230

/**
 * The text is no HWID: it is not 34 hexadecimal digits.
 */
#define HWL_E_NOT_A_HWID -240

/**
 * The text is no licence key.
 */
#define HWL_E_NOT_A_KEY -241

/**
 * The licence key is mistyped: its check does not fit.
 */
#define HWL_E_KEY_MISTYPED -242

/**
 * The text is not strict PEM with the label HWLICENSE.
 */
#define HWL_E_NOT_ARMOR -243

/**
 * The armoured text is longer than it may be.
 */
#define HWL_E_ARMOR_TOO_LARGE -244

/**
 * The System has no servers, or each one was removed.
 */
#define HWL_E_NO_SERVERS -301

/**
 * More servers than HWL_SERVERS_MAX.
 */
#define HWL_E_TOO_MANY_SERVERS -302

/**
 * More devices than HWL_DEVICES_MAX.
 */
#define HWL_E_TOO_MANY_DEVICES -303

/**
 * More licences than HWL_POOL_LICENSES_MAX.
 */
#define HWL_E_TOO_MANY_LICENSES -304

/**
 * Two servers have one id.
 */
#define HWL_E_DUPLICATE_SERVER -305

/**
 * Two devices have one id.
 */
#define HWL_E_DUPLICATE_DEVICE -306

/**
 * A device's host is no row of the servers. HWL_NO_SERVER is for none.
 */
#define HWL_E_UNKNOWN_HOST -307

/**
 * A device's preferred server is no row of the servers.
 */
#define HWL_E_UNKNOWN_PREFERRED -308

/**
 * What reaches a device lies outside of the reach list, or is no row of the servers.
 */
#define HWL_E_UNKNOWN_REACH -309

/**
 * A licence is tied to a server that is no row of the servers. HWL_NO_SERVER is for none.
 */
#define HWL_E_UNKNOWN_TIE -310

/**
 * A device needs no channel at all.
 */
#define HWL_E_NO_CHANNELS -311

/**
 * The channels of licences, or the needs of devices, add up to more than 32 bits hold.
 */
#define HWL_E_COUNT_OVERFLOW -312

/**
 * More channels of a licence are held than it has.
 */
#define HWL_E_HELD_TOO_MANY -313

/**
 * More than HWL_POOL_CLASSES_MAX classes are there or needed.
 */
#define HWL_E_TOO_MANY_CLASSES -320

/**
 * The servers that reach devices add up to more than 32 bits hold.
 */
#define HWL_E_REACH_OVERFLOW -330

/**
 * Nothing was asked, or the answer came too late.
 */
#define HWL_E_NOT_ASKED -520

/**
 * The reply answers another request.
 */
#define HWL_E_OTHER_REQUEST -521

/**
 * The reply came a second time.
 */
#define HWL_E_REPLAYED -522

/**
 * The reply, or the correction of time, is for another machine.
 */
#define HWL_E_REPLY_OTHER_HWID -523

/**
 * The reply is for products of another brand.
 */
#define HWL_E_REPLY_OTHER_BRAND -524

/**
 * The reply is of another ledger than its entitlement names.
 */
#define HWL_E_OTHER_LEDGER -525

/**
 * The reply is of an epoch of the ledger that is over.
 */
#define HWL_E_OLD_LEDGER_EPOCH -526

/**
 * No entitlement that is known here names the key that signed the reply.
 */
#define HWL_E_NOT_ENTITLED -527

/**
 * A lease goes beyond its entitlement, or is for another machine.
 */
#define HWL_E_NOT_COVERED -528

/**
 * What travels with the reply is not what it names.
 */
#define HWL_E_INCOMPLETE -529

/**
 * What is to be kept is more than the client has room for.
 */
#define HWL_E_RIGHTS_TOO_LARGE -530

/**
 * There is no HWID, so nothing can be for this machine.
 */
#define HWL_E_NO_HWID -531

/**
 * The correction of time is not newer than the last one.
 */
#define HWL_E_OLD_CORRECTION -532

/**
 * What answers speaks something else: check address, port and TLS on both sides.
 */
#define HWL_E_NOT_THIS_PROTOCOL -550

/**
 * A frame says that it is empty, or larger than it may be.
 */
#define HWL_E_FRAME_SIZE -551

/**
 * A frame is of another version of the protocol. Update the older side.
 */
#define HWL_E_FRAME_VERSION -552

/**
 * The body of a frame is cut off, damaged, or not in canonical form.
 */
#define HWL_E_MALFORMED_MESSAGE -553

/**
 * The update is for products of another brand.
 */
#define HWL_E_UPDATE_OTHER_BRAND -560

/**
 * The update is for another component of the product.
 */
#define HWL_E_UPDATE_OTHER_COMPONENT -561

/**
 * The update is not for this model.
 */
#define HWL_E_UPDATE_OTHER_MODEL -562

/**
 * The update is not for this revision of the hardware.
 */
#define HWL_E_UPDATE_OTHER_HARDWARE -563

/**
 * What runs is as new as the update, or newer.
 */
#define HWL_E_UPDATE_NOT_NEWER -564

/**
 * The update is older in security than what the device ever ran.
 */
#define HWL_E_UPDATE_BELOW_FLOOR -565

/**
 * What runs is too old to be updated in one step.
 */
#define HWL_E_UPDATE_TOO_OLD -566

/**
 * The update has expired.
 */
#define HWL_E_UPDATE_EXPIRED -567

/**
 * The slot for the image is too small.
 */
#define HWL_E_UPDATE_NO_ROOM -568

/**
 * The manifest is not the one that was offered.
 */
#define HWL_E_UPDATE_OTHER_MANIFEST -569

/**
 * The manifest, its signature or its certificate is not believed.
 */
#define HWL_E_UPDATE_NOT_BELIEVED -570

/**
 * A chunk is not the one that the manifest names.
 */
#define HWL_E_UPDATE_WRONG_CHUNK -571

/**
 * The image as it lies in the device is not the one that the manifest names.
 */
#define HWL_E_UPDATE_WRONG_IMAGE -572

/**
 * A callback of the image failed.
 */
#define HWL_E_UPDATE_STORAGE -573

/**
 * The vendor's updater did not take the image.
 */
#define HWL_E_UPDATE_NOT_INSTALLED -574

/**
 * The device started with other software than the update.
 */
#define HWL_E_UPDATE_NOT_STARTED -575

/**
 * The server has no such update, or it was withdrawn.
 */
#define HWL_E_UNKNOWN_UPDATE -580

/**
 * The ticket is not for this device and this update.
 */
#define HWL_E_BAD_TICKET -581

/**
 * The image has no such chunk.
 */
#define HWL_E_NO_SUCH_CHUNK -582

/**
 * Most classes in one System: what the array of balances must have room for.
 */
#define HWL_POOL_CLASSES_MAX 26

/**
 * Nothing: the recording of the device is not wanted.
 */
#define HWL_GRANT_NOT_WANTED 0

/**
 * Nothing, and the device needs nothing: it may be recorded.
 */
#define HWL_GRANT_FREE 1

/**
 * A channel: the device may be recorded.
 */
#define HWL_GRANT_LICENSED 2

/**
 * Nothing: the pool has no channel left for the device.
 */
#define HWL_GRANT_WITHOUT 3

/**
 * No server records the device, because its recording is not wanted.
 */
#define HWL_PLACEMENT_IDLE 0

/**
 * No server records the device, because it has no licence.
 */
#define HWL_PLACEMENT_UNLICENSED 1

/**
 * The server named records the device from now on.
 */
#define HWL_PLACEMENT_HOSTED 2

/**
 * No server records the device, although it is wanted and licensed: the obstacle says why.
 */
#define HWL_PLACEMENT_WITHOUT 3

/**
 * Nothing stands in the way.
 */
#define HWL_OBSTACLE_NONE 0

/**
 * The device never goes to another server, and its own one cannot record it.
 */
#define HWL_OBSTACLE_NEVER 1

/**
 * No server reaches the device.
 */
#define HWL_OBSTACLE_UNREACHED 2

/**
 * Every server that reaches the device is offline.
 */
#define HWL_OBSTACLE_OFFLINE 3

/**
 * No server that reaches the device takes over devices of others.
 */
#define HWL_OBSTACLE_DISABLED 4

/**
 * No server in the location of the device can take it over.
 */
#define HWL_OBSTACLE_OTHER_LOCATION 5

/**
 * Every server that could take over the device is full.
 */
#define HWL_OBSTACLE_FULL 6

/**
 * No single device could go elsewhere to the better.
 */
#define HWL_PLAN_IMPROVED 0

/**
 * No plan that records the same devices has fewer moves.
 */
#define HWL_PLAN_FEWEST_MOVES 1

/**
 * No plan that records the same devices has fewer moves, or as few and a more even load.
 */
#define HWL_PLAN_LEAST 2

/**
 * Of a tally: no server of this System ever had the HWID of the licence. Numbers below 33 are
 * those of the reasons in reports.
 */
#define HWL_TALLY_NEVER_SEEN 33

/**
 * Of a tally: the server of the licence was removed.
 */
#define HWL_TALLY_SERVER_REMOVED 34

/**
 * Of a tally: the hardware of its server changed; it counts until the time given.
 */
#define HWL_TALLY_HARDWARE_CHANGED 35

/**
 * Of a tally: its server cannot be reached; it counts until the time given.
 */
#define HWL_TALLY_SERVER_OFFLINE 36

/**
 * Of a tally: the same key is in the System once more, and counts there.
 */
#define HWL_TALLY_DUPLICATE 37

/**
 * Of a tally: a System uses one licence of this class, and another one counts.
 */
#define HWL_TALLY_ONE_PER_SYSTEM 38

/**
 * Nowhere in particular.
 */
#define HWL_LIST_NONE 0

/**
 * In a row of the servers.
 */
#define HWL_LIST_SERVERS 1

/**
 * In a row of the devices.
 */
#define HWL_LIST_DEVICES 2

/**
 * In a row of the licences.
 */
#define HWL_LIST_LICENSES 3

/**
 * In a row of the grants.
 */
#define HWL_LIST_GRANTS 4

/**
 * No server: neither host of a device nor home of a licence.
 */
#define HWL_NO_SERVER 65535

/**
 * Most servers in one System.
 */
#define HWL_SERVERS_MAX 4096

/**
 * Most devices in one System.
 */
#define HWL_DEVICES_MAX 16777216

/**
 * Most licences in one System.
 */
#define HWL_POOL_LICENSES_MAX 1048576

/**
 * The server is in contact.
 */
#define HWL_PRESENCE_ONLINE 1

/**
 * The server cannot be heard.
 */
#define HWL_PRESENCE_OFFLINE 2

/**
 * The server was taken out of the System; its row stays so that its licences can be explained.
 */
#define HWL_PRESENCE_REMOVED 3

/**
 * The device comes first.
 */
#define HWL_PRIORITY_HIGH 1

/**
 * The device comes second.
 */
#define HWL_PRIORITY_MEDIUM 2

/**
 * The device comes third.
 */
#define HWL_PRIORITY_LOW 3

/**
 * The device never goes to another server; where licences are short it comes third.
 */
#define HWL_PRIORITY_NEVER 4

/**
 * The device holds no channel.
 */
#define HWL_CHANNEL_NONE 0

/**
 * The device holds a channel that was given while other servers could not be heard.
 */
#define HWL_CHANNEL_LOCAL 1

/**
 * The device holds a channel on which all servers agreed.
 */
#define HWL_CHANNEL_AGREED 2

/**
 * Any server that reaches a device may take it over.
 */
#define HWL_SCOPE_ANYWHERE 0

/**
 * Only servers of the location of its preferred server may.
 */
#define HWL_SCOPE_SAME_LOCATION 1

/**
 * Nothing happens: the System as it is.
 */
#define HWL_EVENT_NONE 0

/**
 * A server is taken out of the System.
 */
#define HWL_EVENT_DETACH 1

/**
 * A server can no longer be heard.
 */
#define HWL_EVENT_FAIL 2

/**
 * A component of a server is replaced.
 */
#define HWL_EVENT_REPLACE 3

/**
 * Most root keys.
 */
#define HWL_ROOTS_MAX 4

/**
 * Most issuers that are kept verified.
 */
#define HWL_ISSUERS_MAX 8

/**
 * Most revocation lists, one for each signer.
 */
#define HWL_LISTS_MAX 4

/**
 * Admitted: the certificate of an issuer.
 */
#define HWL_ADMITTED_ISSUER 1

/**
 * Admitted: a change of a root.
 */
#define HWL_ADMITTED_ROOT 2

/**
 * Admitted: a revocation list.
 */
#define HWL_ADMITTED_REVOCATION_LIST 4

#if defined(HWL_POINTERS_64)
/**
 * Words of a hwl_trust, where pointers have 64 bits.
 */
#define HWL_TRUST_WORDS 208
#endif

#if defined(HWL_POINTERS_32)
/**
 * Words of a hwl_trust, where pointers have 32 bits.
 */
#define HWL_TRUST_WORDS 160
#endif

/**
 * Largest licence file in bytes, in binary form.
 */
#define HWL_BLOB_BYTES_MAX 16384

/**
 * Largest single envelope (certificate, root change, revocation list) in bytes.
 */
#define HWL_ENVELOPE_BYTES_MAX 4096

/**
 * Largest licence file in bytes, as armoured text.
 */
#define HWL_ARMORED_BYTES_MAX 22596

/**
 * Largest enrolment in bytes: it fits one flash page of 1 KiB.
 */
#define HWL_ENROLLMENT_BYTES_MAX 1024

/**
 * Length of a HWID as text. There is no terminator.
 */
#define HWL_HWID_TEXT_BYTES 34

/**
 * Length of a licence key as text. In structs a terminator follows.
 */
#define HWL_KEY_TEXT_BYTES 19

/**
 * Length of a public key in bytes.
 */
#define HWL_PUBLIC_KEY_BYTES 32

/**
 * Length of a signature in bytes.
 */
#define HWL_SIGNATURE_BYTES 64

/**
 * Length of the salt of an enrolment in bytes.
 */
#define HWL_SALT_BYTES 16

/**
 * Number of components of a machine: board, processor, memory, NICs, platform.
 */
#define HWL_COMPONENTS 5

/**
 * The machine does not have it, or its source says nothing of it.
 */
#define HWL_ABSENT 0

/**
 * The machine has it, and this process may not read it. Never the same as absent.
 */
#define HWL_UNREADABLE 1

/**
 * It was read, and the value is there.
 */
#define HWL_READ 2

/**
 * The scheme that is computed here.
 */
#define HWL_SCHEME 3

/**
 * What a verify callback answers when the signature holds. Every other word is a no.
 */
#define HWL_SIGNATURE_HOLDS 1804416457

/**
 * What a verify callback answers when the signature does not hold.
 */
#define HWL_SIGNATURE_FAILS 2490550838

/**
 * What a verify callback answers when it verifies other keys than this one only. A no as well.
 */
#define HWL_SIGNATURE_NOT_PINNED 1515870810

/**
 * No messages.
 */
#define HWL_LOG_OFF 0

/**
 * Something failed that should not.
 */
#define HWL_LOG_ERROR 1

/**
 * Something was refused.
 */
#define HWL_LOG_WARNING 2

/**
 * Something was taken in or checked.
 */
#define HWL_LOG_INFO 3

/**
 * Bytes that each of the two slots of an update has. They are not those of the client.
 */
#define HWL_UPDATE_SLOT_BYTES 512

/**
 * What started: the device. It runs what was handed over, or it will not.
 */
#define HWL_RESTART_DEVICE 0

/**
 * What started: only the program that fetches updates. The device may still start with what was handed
 * over.
 */
#define HWL_RESTART_PROGRAM 1

/**
 * Words of a hwl_update.
 */
#define HWL_UPDATE_WORDS 544

/**
 * Number of the ABI that this header describes. It goes into the trust configuration, and a
 * library of another ABI refuses it.
 */
#define HWL_ABI_VERSION 1

/**
 * What every function returns that can fail: HWL_OK, or one of the negative HWL_E_ codes.
 */
typedef int32_t hwl_status;

/**
 * A licence whose signature holds, whose issuer was allowed to sign it, and that was not revoked.
 * Opaque memory of the caller: any contents before it is verified, not to be moved or copied
 * until `hwl_license_deinit`.
 *
 * It keeps pointers into the bytes that it was verified from: these must stay in place,
 * unchanged, until it is ended.
 */
typedef struct hwl_license {
  /**
   * Private.
   */
  uint64_t opaque[HWL_LICENSE_WORDS];
} hwl_license;

/**
 * The identity of a machine. Opaque memory of the caller: any contents before it is made, not to
 * be moved or copied until `hwl_identity_deinit`, which wipes it.
 *
 * It keeps nothing of the descriptor it was read from.
 */
typedef struct hwl_identity {
  /**
   * Private.
   */
  uint64_t opaque[HWL_IDENTITY_WORDS];
} hwl_identity;

/**
 * A text, or bytes, that stay where they are. Plain memory; all zero is an absent text.
 *
 * No terminator is needed and none is counted. What is not HWL_READ must have no length.
 */
typedef struct hwl_text {
  /**
   * Where it begins.
   */
  const uint8_t *bytes;
  /**
   * How many bytes it has.
   */
  uint32_t length;
  /**
   * HWL_ABSENT, HWL_UNREADABLE or HWL_READ.
   */
  uint32_t state;
} hwl_text;

/**
 * What a licence is checked against, beside the machine. Plain memory.
 */
typedef struct hwl_context {
  /**
   * sizeof(hwl_context).
   */
  uint32_t struct_size;
  /**
   * HWL_CONTACT_NONE or HWL_CONTACT_CURRENT.
   */
  uint32_t contact;
  /**
   * What the clock of the device says, in seconds since 1970.
   */
  uint64_t wall_unix_s;
  /**
   * A time that has certainly passed: at least when the firmware was built, and the greatest
   * of what `hwl_trust_latest_signed` gave.
   */
  uint64_t floor_unix_s;
  /**
   * HWL_READ, or HWL_ABSENT for a device without a clock.
   */
  uint32_t wall_state;
  /**
   * HWL_CHECK_ bits.
   */
  uint32_t flags;
  /**
   * Brand of this product, HWL_READ; absent only with HWL_CHECK_ANY_BRAND. Bytes that are no
   * UTF-8 equal no brand.
   */
  struct hwl_text brand;
  /**
   * Must be NULL.
   */
  const void *reserved_pointer;
} hwl_context;

/**
 * The result of a check. Plain memory; all zero refuses.
 *
 * What unlocks is `hwl_report_grant`, called where it counts, never `reason`.
 */
typedef struct hwl_report {
  /**
   * sizeof(hwl_report); set it before the call.
   */
  uint32_t struct_size;
  /**
   * The word of the verdict: HWL_GRANTED, or something else.
   */
  uint32_t verdict;
  /**
   * The same word with each bit inverted.
   */
  uint32_t verdict_inverse;
  /**
   * For people: `hwl_reason_text` and `hwl_reason_next_step` put it in words.
   */
  uint32_t reason;
  /**
   * More precisely, where the licence was not believed: a status. Else HWL_OK.
   */
  hwl_status cause;
  /**
   * One of the HWL_MATCH_ numbers for each component.
   */
  uint32_t components[HWL_COMPONENTS];
  /**
   * What exists and could not be read: HWL_FIELD_ bits.
   */
  uint32_t unreadable;
  /**
   * What evidence the licence asks for and the machine does not show: HWL_EVIDENCE_ bits.
   */
  uint32_t evidence_missing;
  /**
   * What evidence the machine rests on and the licence does not accept: HWL_EVIDENCE_ bits.
   */
  uint32_t evidence_unwanted;
  /**
   * HWL_READ if the licence has an end, else HWL_ABSENT.
   */
  uint32_t expires_state;
  /**
   * When the licence ends, in seconds since 1970.
   */
  uint64_t expires_unix_s;
} hwl_report;

/**
 * A client of a Primary Server. Opaque memory of the caller: any contents before
 * `hwl_client_init`, not to be moved or copied until `hwl_client_deinit`, which wipes it.
 *
 * It keeps the callbacks of its storage and their context, and nothing else of the caller's.
 */
typedef struct hwl_client {
  /**
   * Private.
   */
  uint64_t opaque[HWL_CLIENT_WORDS];
} hwl_client;

/**
 * Reads `length` bytes at `offset` of slot 0 or 1. It answers 0, or a negative number when the slot
 * cannot be read.
 */
typedef int32_t (*hwl_storage_read_fn)(void *ctx,
                                       uint32_t slot,
                                       uint32_t offset,
                                       uint8_t *bytes,
                                       uint32_t length);

/**
 * Erases slot 0 or 1, so that it can be written. It answers 0, or a negative number.
 */
typedef int32_t (*hwl_storage_erase_fn)(void *ctx, uint32_t slot);

/**
 * Writes HWL_WRITE_BYTES bytes into slot 0 or 1, which was erased, at a multiple of as many. When
 * it answers 0 they are there to stay; otherwise it answers a negative number.
 */
typedef int32_t (*hwl_storage_write_fn)(void *ctx, uint32_t slot, uint32_t offset, const uint8_t *bytes);

/**
 * Two slots, each erased on its own, in the hands of the program: of HWL_SLOT_BYTES for a client, of
 * HWL_UPDATE_SLOT_BYTES for its updates. Plain memory.
 *
 * The power may fail in the middle of anything: one of the slots is always whole, because the
 * other one is written first. Only one object may use them. The callbacks are called on the
 * thread of the caller and within the calls that say so; they must neither unwind nor longjmp,
 * nor call a function on the object.
 */
typedef struct hwl_storage {
  /**
   * sizeof(hwl_storage).
   */
  uint32_t struct_size;
  /**
   * Must be zero.
   */
  uint32_t reserved;
  /**
   * Handed to each callback as it is.
   */
  void *ctx;
  /**
   * Reads.
   */
  hwl_storage_read_fn read;
  /**
   * Erases.
   */
  hwl_storage_erase_fn erase;
  /**
   * Writes.
   */
  hwl_storage_write_fn write;
} hwl_storage;

/**
 * How a client begins. Plain memory.
 */
typedef struct hwl_client_config {
  /**
   * sizeof(hwl_client_config).
   */
  uint32_t struct_size;
  /**
   * HWL_ABI_VERSION.
   */
  uint32_t abi_version;
  /**
   * When the firmware was built, in seconds since 1970: no time before it has not passed.
   */
  uint64_t built_unix_s;
  /**
   * A number that differs from device to device, such as one made of the serial number, so that
   * they do not all ask in the same second.
   */
  uint64_t seed;
  /**
   * Seconds since boot. They never go back.
   */
  uint64_t uptime_s;
  /**
   * How many servers there are, at most 255. They are asked in their order.
   */
  uint32_t server_count;
  /**
   * Must be zero.
   */
  uint32_t reserved;
} hwl_client_config;

/**
 * What a client says of itself and of its device; it stays the same from call to call, but for the
 * clock. Plain memory. The texts are UTF-8.
 */
typedef struct hwl_client_device {
  /**
   * sizeof(hwl_client_device).
   */
  uint32_t struct_size;
  /**
   * HWL_READ, or HWL_ABSENT for a device without a clock, or whose clock is not set.
   */
  uint32_t wall_state;
  /**
   * What the clock of the device says, in seconds since 1970.
   */
  uint64_t wall_unix_s;
  /**
   * Class of licence that it needs; `hwl_class_name` names it.
   */
  uint32_t class_number;
  /**
   * How many channels it needs.
   */
  uint32_t count;
  /**
   * The machine.
   */
  const struct hwl_identity *identity;
  /**
   * Its enrolment, of which the server keeps a copy to know it after a repair; (NULL, 0) if it has
   * none.
   */
  const uint8_t *enrollment;
  /**
   * Length of the enrolment in bytes.
   */
  size_t enrollment_length;
  /**
   * Must be NULL.
   */
  const void *reserved_pointer;
  /**
   * Brand of the product, HWL_READ, at most HWL_BRAND_BYTES_MAX bytes.
   */
  struct hwl_text brand;
  /**
   * Name by which an administrator expects the device, or absent; at most
   * HWL_DEVICE_NAME_BYTES_MAX bytes.
   */
  struct hwl_text name;
  /**
   * Version of its software, or absent; at most HWL_SOFTWARE_BYTES_MAX bytes.
   */
  struct hwl_text software;
  /**
   * Licence key that somebody entered on the device, or absent.
   */
  struct hwl_text license_key;
  /**
   * What `hwl_update_write_running` wrote, so that the server offers updates and hears what became of
   * the last one; (NULL, 0) if none are wanted. At most HWL_RUNNING_BYTES_MAX bytes.
   */
  const uint8_t *running;
  /**
   * Length of it in bytes.
   */
  size_t running_length;
} hwl_client_device;

/**
 * Root keys, the issuers that they certified, and what was revoked. Opaque memory of the caller:
 * any contents before `hwl_trust_init`, not to be moved or copied until `hwl_trust_deinit`.
 *
 * It keeps pointers into the files that it admits; these must stay in place, unchanged, until
 * it is ended.
 */
typedef struct hwl_trust {
  /**
   * Private.
   */
  uint64_t opaque[HWL_TRUST_WORDS];
} hwl_trust;

/**
 * What an answer was. Plain memory.
 */
typedef struct hwl_answer {
  /**
   * sizeof(hwl_answer); set it before the call.
   */
  uint32_t struct_size;
  /**
   * One of the HWL_ANSWER_ numbers.
   */
  uint32_t kind;
  /**
   * The refusal, which `hwl_refusal_text` puts in words, or the negative of a status; else 0.
   */
  uint32_t number;
  /**
   * 0.
   */
  uint32_t reserved;
} hwl_answer;

/**
 * One right that a client holds: a licence, or a lease. Plain memory.
 */
typedef struct hwl_right {
  /**
   * sizeof(hwl_right).
   */
  uint32_t struct_size;
  /**
   * Class; `hwl_class_name` names it.
   */
  uint32_t class_number;
  /**
   * Channels.
   */
  uint32_t count;
  /**
   * HWL_READ if it has an end, else HWL_ABSENT.
   */
  uint32_t until_state;
  /**
   * First second at which it is no longer good, in seconds since 1970.
   */
  uint64_t until_unix_s;
  /**
   * The licence key, as text with a terminator.
   */
  uint8_t key[20];
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Whether it is good now, why, and what to do.
   */
  struct hwl_report report;
} hwl_right;

/**
 * Is shown each right that a client holds, one after the other. It must neither unwind nor longjmp,
 * nor call a function on the client, and the right is gone when it returns.
 */
typedef void (*hwl_right_fn)(void *ctx, const struct hwl_right *right);

/**
 * What is known of a client. Plain memory.
 */
typedef struct hwl_client_facts {
  /**
   * sizeof(hwl_client_facts); set it before the call.
   */
  uint32_t struct_size;
  /**
   * One of the HWL_CLIENT_ numbers, as far as the last check knows: `hwl_client_state_text`.
   */
  uint32_t state;
  /**
   * The last refusal, while it stands: `hwl_refusal_text` and `hwl_refusal_next_step`; else 0.
   */
  uint32_t refusal;
  /**
   * HWL_READ if a server ever answered, else HWL_ABSENT.
   */
  uint32_t last_contact_state;
  /**
   * When it did, by its clock, in seconds since 1970.
   */
  uint64_t last_contact_unix_s;
  /**
   * A time that has certainly passed, in seconds since 1970: for the context of other checks.
   */
  uint64_t floor_unix_s;
} hwl_client_facts;

/**
 * One memory module. Plain memory; all zero is an empty slot.
 */
typedef struct hwl_module {
  /**
   * Size in bytes; 0 is an empty slot, which is passed over.
   */
  uint64_t size_bytes;
  /**
   * Part number.
   */
  struct hwl_text part;
  /**
   * Serial number.
   */
  struct hwl_text serial;
} hwl_module;

/**
 * One network interface. Plain memory; all zero is one that does not count.
 */
typedef struct hwl_nic {
  /**
   * Identity on its bus. For people; it does not count.
   */
  struct hwl_text bus;
  /**
   * Driver. For people; it does not count.
   */
  struct hwl_text driver;
  /**
   * One of the HWL_NIC_ kinds.
   */
  uint32_t kind;
  /**
   * HWL_NIC_INDEPENDENT or HWL_NIC_ENSLAVED.
   */
  uint32_t membership;
  /**
   * State of the burnt-in address.
   */
  uint32_t permanent_mac_state;
  /**
   * State of the address in use now.
   */
  uint32_t current_mac_state;
  /**
   * The burnt-in address, first transmitted byte first.
   */
  uint8_t permanent_mac[6];
  /**
   * The address in use now.
   */
  uint8_t current_mac[6];
  /**
   * Must be zero.
   */
  uint32_t reserved;
} hwl_nic;

/**
 * An identifier that the maker of the platform provides. Plain memory.
 */
typedef struct hwl_platform_id {
  /**
   * Its bytes, as they are.
   */
  struct hwl_text id;
  /**
   * One of the HWL_SOURCE_ numbers.
   */
  uint32_t source;
  /**
   * Must be zero.
   */
  uint32_t reserved;
} hwl_platform_id;

/**
 * A whole machine, exactly as the program read it. Plain memory.
 *
 * Zero it, set struct_size, fill in what was read and set the state of each such field to
 * HWL_READ: all that is zero is absent. A value without its state is HWL_E_VALUE, so that none
 * is lost by forgetting it. Texts and lists stay the program's; they are read during the call
 * only.
 */
typedef struct hwl_descriptor {
  /**
   * sizeof(hwl_descriptor).
   */
  uint32_t struct_size;
  /**
   * One of the HWL_MACHINE_ kinds.
   */
  uint32_t machine_kind;
  /**
   * Memory in total. It counts only where no module is known, and then only roughly.
   */
  uint64_t memory_total_bytes;
  /**
   * State of the total.
   */
  uint32_t memory_total_state;
  /**
   * The id register of the processor: CPUID leaf 1 EAX on x86, MIDR or SCB->CPUID on ARM.
   */
  uint32_t cpu_signature;
  /**
   * State of the id register.
   */
  uint32_t cpu_signature_state;
  /**
   * State of the UUID.
   */
  uint32_t system_uuid_state;
  /**
   * UUID of the system, in either of the two byte orders that tools print.
   */
  uint8_t system_uuid[16];
  /**
   * Maker of the board.
   */
  struct hwl_text board_vendor;
  /**
   * Product name of the board.
   */
  struct hwl_text board_product;
  /**
   * Revision of the board. For people; it does not count.
   */
  struct hwl_text board_version;
  /**
   * Serial number of the board.
   */
  struct hwl_text board_serial;
  /**
   * Maker of the system.
   */
  struct hwl_text system_vendor;
  /**
   * Product name of the system.
   */
  struct hwl_text system_product;
  /**
   * Revision of the system. For people; it does not count.
   */
  struct hwl_text system_version;
  /**
   * Serial number of the system.
   */
  struct hwl_text system_serial;
  /**
   * Maker of the processor. For people; it does not count.
   */
  struct hwl_text cpu_vendor;
  /**
   * Model of the processor. For people; it does not count.
   */
  struct hwl_text cpu_model;
  /**
   * Serial number of the processor.
   */
  struct hwl_text cpu_serial;
  /**
   * The memory modules, in any order.
   */
  const struct hwl_module *modules;
  /**
   * How many there are.
   */
  uint32_t module_count;
  /**
   * sizeof(hwl_module); needed when there is one.
   */
  uint32_t module_size;
  /**
   * State of the list of modules.
   */
  uint32_t modules_state;
  /**
   * State of the list of network interfaces.
   */
  uint32_t nics_state;
  /**
   * The network interfaces, in any order.
   */
  const struct hwl_nic *nics;
  /**
   * How many there are.
   */
  uint32_t nic_count;
  /**
   * sizeof(hwl_nic); needed when there is one.
   */
  uint32_t nic_size;
  /**
   * Identifiers of the platform, in any order.
   */
  const struct hwl_platform_id *platform_ids;
  /**
   * How many there are.
   */
  uint32_t platform_id_count;
  /**
   * sizeof(hwl_platform_id); needed when there is one.
   */
  uint32_t platform_id_size;
} hwl_descriptor;

/**
 * What changed since a machine was enrolled. Plain memory.
 */
typedef struct hwl_comparison {
  /**
   * sizeof(hwl_comparison); set it before the call.
   */
  uint32_t struct_size;
  /**
   * The likely cause: one of the HWL_CAUSE_ numbers. `hwl_change_cause_text` and
   * `hwl_change_next_step` put it in words.
   */
  uint32_t cause;
  /**
   * One of the HWL_CHANGE_ numbers for each component.
   */
  uint32_t changes[HWL_COMPONENTS];
  /**
   * NICs that were enrolled and are still there.
   */
  uint32_t nics_kept;
  /**
   * NICs that were enrolled and are gone.
   */
  uint32_t nics_gone;
  /**
   * NICs that are there now and were not enrolled.
   */
  uint32_t nics_added;
} hwl_comparison;

/**
 * A Hardware ID. Plain memory; no secret.
 */
typedef struct hwl_hwid {
  /**
   * Scheme number, HWL_SCHEME for those computed here.
   */
  uint8_t scheme;
  /**
   * The id itself.
   */
  uint8_t bytes[16];
} hwl_hwid;

/**
 * A software update that is fetched from the Primary Servers of a client. Opaque memory of the caller:
 * any contents before `hwl_update_init`, not to be moved or copied until `hwl_update_deinit`, which wipes
 * it.
 *
 * It keeps the callbacks of its storage and its image with their contexts, and nothing else of the
 * caller's.
 */
typedef struct hwl_update {
  /**
   * Private.
   */
  uint64_t opaque[HWL_UPDATE_WORDS];
} hwl_update;

/**
 * The product that a device is, and the software that runs on it: what an update must suit. It stays
 * the same until the device starts with other software. Plain memory. The texts are UTF-8.
 *
 * A version reads `major.minor.patch+build`, each number but the build at most 65535. They are ordered
 * by their numbers from left to right.
 */
typedef struct hwl_product {
  /**
   * sizeof(hwl_product).
   */
  uint32_t struct_size;
  /**
   * Revision of the hardware, at most 65535.
   */
  uint32_t hardware;
  /**
   * Version that runs: what users call it.
   */
  uint32_t version_major;
  /**
   * Version that runs: grows with what is new.
   */
  uint32_t version_minor;
  /**
   * Version that runs: grows with what is mended.
   */
  uint32_t version_patch;
  /**
   * Version that runs: number of the build.
   */
  uint32_t version_build;
  /**
   * Security version of what runs. No update goes below the highest that ever ran.
   */
  uint32_t security_version;
  /**
   * Must be zero.
   */
  uint32_t reserved;
  /**
   * The machine.
   */
  const struct hwl_identity *identity;
  /**
   * Brand of the product, HWL_READ, at most HWL_BRAND_BYTES_MAX bytes.
   */
  struct hwl_text brand;
  /**
   * Component that is updated, such as "firmware", HWL_READ, at most HWL_COMPONENT_BYTES_MAX bytes.
   */
  struct hwl_text component;
  /**
   * Model, HWL_READ, at most HWL_MODEL_BYTES_MAX bytes.
   */
  struct hwl_text model;
} hwl_product;

/**
 * What an answer with a part was. Plain memory.
 */
typedef struct hwl_fetched {
  /**
   * sizeof(hwl_fetched); set it before the call.
   */
  uint32_t struct_size;
  /**
   * One of the HWL_FETCHED_ numbers.
   */
  uint32_t kind;
  /**
   * The negative of a status, if the server refused; else 0.
   */
  uint32_t number;
  /**
   * 0.
   */
  uint32_t reserved;
} hwl_fetched;

/**
 * An image that is whole, for the vendor's updater. Plain memory; all zero refuses.
 *
 * What lets it be installed is `hwl_handover_grant`, called where that is done.
 */
typedef struct hwl_handover {
  /**
   * sizeof(hwl_handover); set it before the call.
   */
  uint32_t struct_size;
  /**
   * The word of the clearance: HWL_CLEARED, or something else.
   */
  uint32_t clearance;
  /**
   * The same word with each bit inverted.
   */
  uint32_t clearance_inverse;
  /**
   * Bytes of the image, from the beginning of its slot on.
   */
  uint32_t size_bytes;
  /**
   * Its version.
   */
  uint32_t version_major;
  /**
   * Its version.
   */
  uint32_t version_minor;
  /**
   * Its version.
   */
  uint32_t version_patch;
  /**
   * Its version.
   */
  uint32_t version_build;
  /**
   * Its security version.
   */
  uint32_t security_version;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * SHA-256 of the image.
   */
  uint8_t sha256[32];
  /**
   * The id of the update, of which `hwlicense update list` shows the beginning.
   */
  uint8_t update[32];
} hwl_handover;

/**
 * What is known of an update. Plain memory.
 */
typedef struct hwl_update_facts {
  /**
   * sizeof(hwl_update_facts); set it before the call.
   */
  uint32_t struct_size;
  /**
   * One of the HWL_UPDATE_ numbers from HWL_UPDATE_NONE on: `hwl_update_progress_text`.
   */
  uint32_t progress;
  /**
   * Thousandths of the image that are stored, while it is HWL_UPDATE_DOWNLOADING; else 0.
   */
  uint32_t stored_permille;
  /**
   * Why it failed: a status, of which `hwl_status_remedy` says what to do; else HWL_OK.
   */
  hwl_status failure;
  /**
   * The highest security version that the device ever ran.
   */
  uint32_t floor;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * The id of the update; zeros if there is none.
   */
  uint8_t update[32];
} hwl_update_facts;

/**
 * What is known of an identity. Plain memory.
 */
typedef struct hwl_facts {
  /**
   * sizeof(hwl_facts); set it before the call.
   */
  uint32_t struct_size;
  /**
   * What the HWID rests on: HWL_EVIDENCE_ bits.
   */
  uint32_t evidence;
  /**
   * What exists and could not be read: HWL_FIELD_ bits.
   */
  uint32_t unreadable;
  /**
   * What could not be read and an enrolment stands in for: HWL_FIELD_ bits.
   */
  uint32_t stood_in;
  /**
   * How many NICs count.
   */
  uint32_t counted_nics;
  /**
   * HWL_ABSENT, HWL_UNREADABLE or HWL_READ for each component.
   */
  uint32_t components[HWL_COMPONENTS];
} hwl_facts;

/**
 * The terms of a verified licence. Plain memory; the texts lie in the bytes of the licence.
 */
typedef struct hwl_terms {
  /**
   * sizeof(hwl_terms); set it before the call.
   */
  uint32_t struct_size;
  /**
   * HWL_TERM_ bits.
   */
  uint32_t flags;
  /**
   * When it was signed, in seconds since 1970, as all times here.
   */
  uint64_t issued_unix_s;
  /**
   * First second at which it is good.
   */
  uint64_t not_before_unix_s;
  /**
   * First second at which it is no longer good; 0 without HWL_TERM_EXPIRES.
   */
  uint64_t expires_unix_s;
  /**
   * Last second for which updates are included; 0 without HWL_TERM_MAINTENANCE.
   */
  uint64_t maintenance_until_unix_s;
  /**
   * How long it counts after its server went offline, in seconds.
   */
  uint32_t grace_offline_s;
  /**
   * How long it counts after the hardware of its server changed, in seconds.
   */
  uint32_t grace_changed_s;
  /**
   * Class; `hwl_class_name` names it.
   */
  uint32_t class_number;
  /**
   * Channels, or what the class counts.
   */
  uint32_t count;
  /**
   * How many features it names; `hwl_license_feature` gives each.
   */
  uint32_t feature_count;
  /**
   * What evidence must be there: HWL_EVIDENCE_ bits.
   */
  uint32_t evidence_required;
  /**
   * What doubtful evidence may be there: HWL_EVIDENCE_ bits.
   */
  uint32_t evidence_accepted;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * Brand of the products it is for.
   */
  struct hwl_text brand;
  /**
   * To whom it was given.
   */
  struct hwl_text holder;
  /**
   * Edition of the product.
   */
  struct hwl_text edition;
  /**
   * NULL.
   */
  const void *reserved_pointer;
  /**
   * The licence key, as text with a terminator.
   */
  uint8_t key[20];
  /**
   * The HWID it was issued for.
   */
  struct hwl_hwid hwid;
  /**
   * 0.
   */
  uint8_t reserved_end[11];
} hwl_terms;

/**
 * A public key with its tables, as `hwlicense key pin` writes it: a constant, for flash. Plain
 * memory. The table of the base point is the same for all keys of one size, and a program needs it
 * once.
 *
 * The tables are believed, as the key is: whoever can change any of them owns the device.
 */
typedef struct hwl_pinned_key {
  /**
   * sizeof(hwl_pinned_key).
   */
  uint32_t struct_size;
  /**
   * How many entries each table has: 8, 16 or 32.
   */
  uint32_t entries;
  /**
   * The key.
   */
  uint8_t public_key[HWL_PUBLIC_KEY_BYTES];
  /**
   * The table of the base point: `entries` * HWL_PINNED_ENTRY_WORDS words.
   */
  const uint32_t *base;
  /**
   * The table of the key, as large.
   */
  const uint32_t *words;
} hwl_pinned_key;

/**
 * The keys that a program pins: what `ctx` of `hwl_ed25519_verify_pinned` points to. Plain
 * memory.
 *
 * Every key that signs must be in it, not the roots alone: a licence is signed by an issuer, and
 * the certificate of that issuer by a root.
 */
typedef struct hwl_pinned_keys {
  /**
   * sizeof(hwl_pinned_keys).
   */
  uint32_t struct_size;
  /**
   * How many keys there are: 1 to HWL_PINNED_KEYS_MAX.
   */
  uint32_t count;
  /**
   * Where each of them lies.
   */
  const struct hwl_pinned_key *const *keys;
} hwl_pinned_keys;

/**
 * Verifies an Ed25519 signature (RFC 8032), strictly: canonical S, neither key nor R of small
 * order, the equation without the cofactor. `hwl_self_test` shows whether it does.
 *
 * `key` has HWL_PUBLIC_KEY_BYTES bytes, `signature` HWL_SIGNATURE_BYTES. It answers
 * HWL_SIGNATURE_HOLDS, HWL_SIGNATURE_FAILS, or HWL_SIGNATURE_NOT_PINNED if it is not for that
 * key, and must neither unwind nor longjmp. It is called on the thread of the caller, and may be
 * called from several threads at once if the program verifies on several.
 */
typedef uint32_t (*hwl_verify_fn)(void *ctx,
                                  const uint8_t *key,
                                  const uint8_t *message,
                                  size_t message_length,
                                  const uint8_t *signature);

/**
 * A server. Plain memory.
 */
typedef struct hwl_server {
  /**
   * Its id, which stays for as long as it exists, such as a UUID.
   */
  uint8_t id[16];
  /**
   * Since when it is online, or when it was last heard, in seconds since 1970. It is shared by
   * all servers and survives restarts: grace counts from here.
   */
  uint64_t since_unix_s;
  /**
   * When its HWID last changed; 0 if never.
   */
  uint64_t hardware_changed_unix_s;
  /**
   * One of the HWL_PRESENCE_ numbers.
   */
  uint32_t presence;
  /**
   * 1 if it takes over devices of failed servers, else 0.
   */
  uint32_t takes_over;
  /**
   * Most devices that it records at once, its own included.
   */
  uint32_t devices_max;
  /**
   * Where it stands: servers of one site, network or building share a number.
   */
  uint16_t location;
  /**
   * Must be zero.
   */
  uint16_t reserved;
} hwl_server;

/**
 * A device: a camera, an encoder, a module, a screen. Plain memory.
 *
 * `class_number`, `channels` and `priority` may change only while every server is online.
 */
typedef struct hwl_device {
  /**
   * Its id, which stays for as long as it exists, such as a UUID.
   */
  uint8_t id[16];
  /**
   * Class of licence that it needs; `hwl_class_name` names it.
   */
  uint16_t class_number;
  /**
   * Its channels, or the screens of a video wall; at least 1.
   */
  uint16_t channels;
  /**
   * The server that records it, as the last plan said, also while that server is offline;
   * HWL_NO_SERVER if none does. A row of the servers.
   */
  uint16_t host;
  /**
   * The server to which it belongs. A row of the servers.
   */
  uint16_t preferred;
  /**
   * The servers that reach it: the first of its entries in the reach list of the System.
   */
  uint32_t reach_first;
  /**
   * How many entries it has there. Devices may share entries.
   */
  uint16_t reach_count;
  /**
   * 1 if it shall be recorded, else 0.
   */
  uint8_t wanted;
  /**
   * One of the HWL_CHANNEL_ numbers: what the grant of the last allocation said.
   */
  uint8_t channel;
  /**
   * One of the HWL_PRIORITY_ numbers.
   */
  uint8_t priority;
  /**
   * Must be zero.
   */
  uint8_t reserved[3];
} hwl_device;

/**
 * A licence in the pool, which its own server verified and checked beforehand. Plain memory.
 */
typedef struct hwl_pool_license {
  /**
   * When it was signed, in seconds since 1970.
   */
  uint64_t issued_unix_s;
  /**
   * First second at which it is good.
   */
  uint64_t not_before_unix_s;
  /**
   * First second at which it is no longer good; 0 for never.
   */
  uint64_t expires_unix_s;
  /**
   * Its channels.
   */
  uint32_t channels;
  /**
   * How much of it devices hold: what its tally in the last allocation said; 0 at first.
   */
  uint32_t held;
  /**
   * How long it counts after its server went offline, in seconds.
   */
  uint32_t grace_offline_s;
  /**
   * How long it counts after the hardware of its server changed, in seconds.
   */
  uint32_t grace_changed_s;
  /**
   * SHA-256 of its signed bytes. Of two with one key and one time of issue the smaller counts.
   */
  uint8_t digest[32];
  /**
   * Its key, as text with a terminator, as in hwl_terms.
   */
  uint8_t key[20];
  /**
   * Its class; `hwl_class_name` names it.
   */
  uint16_t class_number;
  /**
   * The server to which it is tied; HWL_NO_SERVER if none ever had its HWID.
   */
  uint16_t server;
  /**
   * The reason in the report of its server: why it is good or not.
   */
  uint32_t reason;
  /**
   * Components of its server that may be replaced without any loss: bit `n` for component `n`.
   */
  uint32_t tolerates;
} hwl_pool_license;

/**
 * A System. Plain memory.
 *
 * Zero it, set struct_size, and name the arrays with the number and size of their rows. The order
 * of rows changes nothing. Rows stay the program's; a call reads them and keeps nothing.
 */
typedef struct hwl_system {
  /**
   * sizeof(hwl_system).
   */
  uint32_t struct_size;
  /**
   * HWL_SCOPE_ANYWHERE or HWL_SCOPE_SAME_LOCATION.
   */
  uint32_t scope;
  /**
   * How many servers there are, those offline and removed among them.
   */
  uint32_t server_count;
  /**
   * sizeof(hwl_server).
   */
  uint32_t server_size;
  /**
   * How many devices there are.
   */
  uint32_t device_count;
  /**
   * sizeof(hwl_device); needed when there is one.
   */
  uint32_t device_size;
  /**
   * How many licences there are.
   */
  uint32_t license_count;
  /**
   * sizeof(hwl_pool_license); needed when there is one.
   */
  uint32_t license_size;
  /**
   * How many entries the reach list has.
   */
  uint32_t reach_count;
  /**
   * Must be zero.
   */
  uint32_t reserved;
  /**
   * The servers.
   */
  const struct hwl_server *servers;
  /**
   * The devices.
   */
  const struct hwl_device *devices;
  /**
   * The licences.
   */
  const struct hwl_pool_license *licenses;
  /**
   * For each stretch that a device names, the servers that reach it, as rows of the servers.
   */
  const uint16_t *reach;
} hwl_system;

/**
 * The time that is asked about, and what would happen at it. Plain memory.
 *
 * With an event the answer is that of the System as it would be; nothing of it has to be kept.
 * Asking without and with one shows what would be lost, and `hwl_event_precaution` what to do
 * first. To learn what the end of a grace brings, ask about the time of that end.
 */
typedef struct hwl_moment {
  /**
   * sizeof(hwl_moment).
   */
  uint32_t struct_size;
  /**
   * One of the HWL_EVENT_ numbers.
   */
  uint32_t event;
  /**
   * The time, in seconds since 1970.
   */
  uint64_t now_unix_s;
  /**
   * The server of the event: a row of the servers. 0 without an event.
   */
  uint32_t event_server;
  /**
   * The component that is replaced, by its number; 0 for every other event.
   */
  uint32_t event_component;
} hwl_moment;

/**
 * What becomes of a licence. Plain memory.
 */
typedef struct hwl_tally {
  /**
   * First second at which it stops counting on its own; 0 if there is none.
   */
  uint64_t counts_until_unix_s;
  /**
   * What it is worth: one of the HWL_TALLY_ numbers, or the number of a reason.
   */
  uint32_t status;
  /**
   * 1 if its channels count now, else 0.
   */
  uint32_t counts;
  /**
   * Its channels that devices use, or half licences of a video wall.
   */
  uint32_t used;
  /**
   * What to keep in `held` of its row.
   */
  uint32_t held;
} hwl_tally;

/**
 * What a device gets of the pool. Plain memory.
 */
typedef struct hwl_grant {
  /**
   * The class of its channel, or the class that it goes without; 0 for other kinds.
   */
  uint16_t class_number;
  /**
   * One of the HWL_GRANT_ kinds.
   */
  uint8_t kind;
  /**
   * What to keep in `channel` of its row.
   */
  uint8_t channel;
} hwl_grant;

/**
 * The pool of one class as it was given out. Plain memory.
 */
typedef struct hwl_balance {
  /**
   * The class.
   */
  uint32_t class_number;
  /**
   * What its licences that count now have: channels, or half licences of a video wall.
   */
  uint32_t units;
  /**
   * How many of these are in use, or kept for devices that hold them.
   */
  uint32_t used;
  /**
   * How many are missing for all wanted devices of this class to be served.
   */
  uint32_t missing;
  /**
   * Devices of this class that go without.
   */
  uint32_t without;
} hwl_balance;

/**
 * The arrays that take an allocation, and the allocation in figures. Plain memory.
 *
 * Zero it, set struct_size, and name the arrays with the size of their rows. Tallies and grants
 * lie in the order of the rows of licences and devices. After an allocation without an event
 * copy `channel` of each grant into the row of its device, and `held` of each tally into the row
 * of its licence: so devices keep what they hold when servers cannot hear each other.
 */
typedef struct hwl_allocation {
  /**
   * sizeof(hwl_allocation); set it before the call.
   */
  uint32_t struct_size;
  /**
   * sizeof(hwl_tally); set it before the call.
   */
  uint32_t tally_size;
  /**
   * sizeof(hwl_grant); set it before the call.
   */
  uint32_t grant_size;
  /**
   * sizeof(hwl_balance), or 0 without balances; set it before the call.
   */
  uint32_t balance_size;
  /**
   * How many classes are there or needed: balances that were written, by class.
   */
  uint32_t balance_count;
  /**
   * Devices that may be recorded.
   */
  uint32_t licensed;
  /**
   * Devices that are wanted and go without.
   */
  uint32_t without;
  /**
   * 1 if every server was in contact, so that all agreed on this; else 0.
   */
  uint32_t is_whole;
  /**
   * Room for one tally for each licence; set it before the call.
   */
  struct hwl_tally *tallies;
  /**
   * Room for one grant for each device; set it before the call.
   */
  struct hwl_grant *grants;
  /**
   * Room for HWL_POOL_CLASSES_MAX balances, or NULL; set it before the call.
   */
  struct hwl_balance *balances;
} hwl_allocation;

/**
 * Where a call failed. Plain memory.
 *
 * It is written when a call fails after its pointers, sizes and overlaps were found good; a call
 * that succeeds leaves it alone.
 */
typedef struct hwl_fault {
  /**
   * sizeof(hwl_fault); set it before the call.
   */
  uint32_t struct_size;
  /**
   * In which list: one of the HWL_LIST_ numbers.
   */
  uint32_t list;
  /**
   * In which row of that list.
   */
  uint32_t row;
  /**
   * 0.
   */
  uint32_t reserved;
  /**
   * On HWL_E_BUFFER the size that the workspace needs, in bytes; else 0.
   */
  uint64_t workspace_size;
} hwl_fault;

/**
 * What is missing for a device to be switched on. Plain memory.
 */
typedef struct hwl_shortage {
  /**
   * sizeof(hwl_shortage); set it before the call.
   */
  uint32_t struct_size;
  /**
   * The class that the device needs.
   */
  uint32_t class_number;
  /**
   * How many channels of it are missing for all that is wanted; 0 if none.
   */
  uint32_t missing;
} hwl_shortage;

/**
 * Where a device is recorded from now on. Plain memory.
 */
typedef struct hwl_placement {
  /**
   * The server, as a row of the servers; HWL_NO_SERVER if none records it. Once the servers
   * obey the plan, keep it in `host` of the device.
   */
  uint16_t server;
  /**
   * One of the HWL_PLACEMENT_ kinds.
   */
  uint8_t kind;
  /**
   * One of the HWL_OBSTACLE_ numbers.
   */
  uint8_t obstacle;
} hwl_placement;

/**
 * The arrays of a failover plan, and the plan in figures. Plain memory.
 *
 * Zero it, set struct_size, and name the arrays with the size of their rows.
 */
typedef struct hwl_plan {
  /**
   * sizeof(hwl_plan); set it before the call.
   */
  uint32_t struct_size;
  /**
   * sizeof(hwl_grant); set it before the call.
   */
  uint32_t grant_size;
  /**
   * sizeof(hwl_placement); set it before the call.
   */
  uint32_t placement_size;
  /**
   * How far moves and balance were improved: one of the HWL_PLAN_ numbers. Who is recorded is
   * always exact.
   */
  uint32_t quality;
  /**
   * Devices that are wanted and licensed, by priority: entry `i` is priority `i + 1`.
   */
  uint32_t wanted[4];
  /**
   * Those of them that a server records under this plan.
   */
  uint32_t hosted[4];
  /**
   * Devices that are wanted and have no licence.
   */
  uint32_t unlicensed;
  /**
   * Devices that go from one server that is online to another.
   */
  uint32_t moves;
  /**
   * Devices that are recorded from now on and that no server that is online recorded before.
   */
  uint32_t starts;
  /**
   * Devices that a server that is online recorded before and none does from now on.
   */
  uint32_t stops;
  /**
   * Sum, over the servers, of the square of the devices that each records: the smaller, the
   * more even.
   */
  uint64_t squares;
  /**
   * One grant for each device, as the allocation gave them; set it before the call.
   */
  const struct hwl_grant *grants;
  /**
   * Room for one placement for each device; set it before the call.
   */
  struct hwl_placement *placements;
} hwl_plan;

/**
 * Takes one message: a level, a static English text, and a number that belongs to it (a status
 * or a reason). No serial numbers, keys or file contents are ever in it. It must neither unwind
 * nor longjmp, nor call a function on the object that logs.
 */
typedef void (*hwl_log_fn)(void *ctx, uint32_t level, int32_t number, const char *text);

/**
 * How trust begins. Plain memory.
 */
typedef struct hwl_trust_config {
  /**
   * sizeof(hwl_trust_config).
   */
  uint32_t struct_size;
  /**
   * HWL_ABI_VERSION.
   */
  uint32_t abi_version;
  /**
   * The root keys, HWL_PUBLIC_KEY_BYTES bytes each, one after the other. They are copied.
   */
  const uint8_t *roots;
  /**
   * Who verifies signatures: `hwl_ed25519_verify`, or the engine of the chip.
   */
  hwl_verify_fn verify;
  /**
   * Handed to `verify` as it is. It must stay good until the trust is ended.
   */
  void *verify_ctx;
  /**
   * Who takes messages; NULL for nobody.
   */
  hwl_log_fn log;
  /**
   * Handed to `log` as it is. It must stay good until the trust and its licences are ended.
   */
  void *log_ctx;
  /**
   * How many root keys there are: 1 to HWL_ROOTS_MAX.
   */
  uint32_t root_count;
  /**
   * Which messages: HWL_LOG_OFF to HWL_LOG_INFO.
   */
  uint32_t log_level;
} hwl_trust_config;

/**
 * Reads `length` bytes of the image at `offset`. It answers 0, or a negative number when they cannot be
 * read.
 */
typedef int32_t (*hwl_image_read_fn)(void *ctx, uint32_t offset, uint8_t *bytes, uint32_t length);

/**
 * Erases the block of the image that begins at `offset`. It answers 0, or a negative number.
 */
typedef int32_t (*hwl_image_erase_fn)(void *ctx, uint32_t offset);

/**
 * Writes `length` bytes of the image at `offset`: a whole chunk of the vendor's, or the last one, which
 * may have any length. Each block that begins in it was erased just before. It answers 0, or a negative
 * number.
 */
typedef int32_t (*hwl_image_write_fn)(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t length);

/**
 * Sees to it that all that was written before is there to stay. It answers 0, or a negative number.
 */
typedef int32_t (*hwl_image_flush_fn)(void *ctx);

/**
 * The slot for a new image, in the hands of the program: flash, a partition or a file. Plain memory.
 *
 * An image is written from its beginning to its end. After a power cut what was written since progress
 * was last saved is written again, from the beginning of a block. What a write that was cut off has
 * left may be anything: all of the image is read back before it is handed over. The callbacks are called
 * on the thread of the caller and within the calls that say so; they must neither unwind nor longjmp, nor
 * call a function on the update.
 */
typedef struct hwl_image {
  /**
   * sizeof(hwl_image).
   */
  uint32_t struct_size;
  /**
   * Must be zero.
   */
  uint32_t reserved;
  /**
   * How many bytes the slot takes.
   */
  uint32_t size_bytes;
  /**
   * How many bytes are erased together: a power of two; 1 if any byte can be written again by itself.
   */
  uint32_t block_bytes;
  /**
   * Handed to each callback as it is.
   */
  void *ctx;
  /**
   * Reads.
   */
  hwl_image_read_fn read;
  /**
   * Erases; not called, and NULL if need be, where `block_bytes` is 1.
   */
  hwl_image_erase_fn erase;
  /**
   * Writes.
   */
  hwl_image_write_fn write;
  /**
   * Waits until it stays; NULL where each write does.
   */
  hwl_image_flush_fn flush;
} hwl_image;

/**
 * How updates begin. Plain memory.
 */
typedef struct hwl_update_config {
  /**
   * sizeof(hwl_update_config).
   */
  uint32_t struct_size;
  /**
   * HWL_ABI_VERSION.
   */
  uint32_t abi_version;
  /**
   * A number that differs from device to device, so that they do not all ask in the same second.
   */
  uint64_t seed;
  /**
   * How many servers there are, at most 255: those of the client.
   */
  uint32_t server_count;
  /**
   * HWL_RESTART_DEVICE or HWL_RESTART_PROGRAM.
   */
  uint32_t restart;
} hwl_update_config;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Decodes an armoured file (PEM with the label HWLICENSE) into its binary form.
 *
 * On success `*out_length` is the length of the binary form, and on HWL_E_BUFFER a capacity
 * that suffices. On any failure the contents of the buffer are zero or as they were.
 *
 * Fails with:
 * HWL_E_NOT_ARMOR, HWL_E_ARMOR_TOO_LARGE, HWL_E_BUFFER, and those of a wrong call.
 *
 * Needs:
 * - `text`: `length` bytes are readable.
 * - `buffer`: `capacity` bytes are writable. It may not overlap `text`.
 * - `out_length`: writable.
 *
 * Any thread. Interrupt: no. Stack: 496 bytes.
 */
HWL_MUST_USE
hwl_status hwl_armor_decode(const uint8_t *text,
                            size_t length,
                            uint8_t *buffer,
                            size_t capacity,
                            size_t *out_length);

/**
 * Checks a verified licence on a machine at a time.
 *
 * HWL_OK says that the check was made, not that the licence is good: that is
 * `hwl_report_grant`. On any failure but those of the report's own pointer, the report is made
 * to refuse, so that an older one in the same place grants nothing.
 *
 * Fails with:
 * HWL_E_STATE, HWL_E_VALUE for a context without a brand, HWL_E_TEXT_TOO_LONG, and those of a
 * wrong call.
 *
 * Needs:
 * - `license`: verified, and not changed meanwhile.
 * - `identity`: made, and not changed meanwhile.
 * - `context`: readable, with its brand.
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: no. Stack: 1056 bytes.
 */
HWL_MUST_USE
hwl_status hwl_license_check(const struct hwl_license *license,
                             const struct hwl_identity *identity,
                             const struct hwl_context *context,
                             struct hwl_report *out);

/**
 * The report on something that was not believed: a refusal, with the reason that belongs to a
 * status of `hwl_license_verify` or of `hwl_identity_hwid`.
 *
 * Fails with:
 * HWL_E_VALUE for a status that is not negative, and those of a wrong call. The report refuses
 * all the same.
 *
 * Needs:
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: yes. Stack: 208 bytes.
 */
HWL_MUST_USE hwl_status hwl_report_refused(hwl_status status, struct hwl_report *out);

/**
 * The verdict of a report, checked once more where it counts: HWL_GRANTED, HWL_REFUSED, or
 * another word that refuses too. Compare with HWL_GRANTED, and with nothing else:
 * `if (hwl_report_grant(&report) == HWL_GRANTED) { start_recording(); }`
 *
 * A report of which any bit of the verdict was changed refuses, as does one that is all zero;
 * NULL is HWL_REFUSED.
 *
 * Needs:
 * - `report`: readable.
 *
 * Any thread. Interrupt: yes. Stack: 48 bytes.
 */
HWL_MUST_USE uint32_t hwl_report_grant(const struct hwl_report *report);

/**
 * sizeof(hwl_client) as the library sees it, for languages without the header.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE size_t hwl_client_size(void);

/**
 * Begins a client with what its storage holds; with nothing, if it holds nothing that is whole.
 * After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_STORAGE when neither slot can be read, HWL_E_ABI when the program was compiled for another
 * ABI, HWL_E_VALUE for more than 255 servers, and those of a wrong call.
 *
 * Needs:
 * - `client`: writable.
 * - `storage`: readable; its callbacks and their context stay good until the client is ended.
 * - `config`: readable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 752 bytes.
 */
HWL_MUST_USE
hwl_status hwl_client_init(struct hwl_client *client,
                           const struct hwl_storage *storage,
                           const struct hwl_client_config *config);

/**
 * The uptime at which `hwl_client_handle_timeout` is due; 0 when a request is ready now.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun, and not changed meanwhile.
 * - `out_uptime_s`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 56 bytes.
 */
HWL_MUST_USE hwl_status hwl_client_poll_timeout(const struct hwl_client *client, uint64_t *out_uptime_s);

/**
 * Does what the time asks for: begins a contact, gives a server up that does not answer, and
 * saves the floor of trusted time every hour. Called too early it does nothing.
 *
 * Fails with:
 * HWL_E_STORAGE when the floor could not be saved, which is tried again an hour later;
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 *
 * One thread at a time per object. Interrupt: no. Stack: 1720 bytes and that of the storage.
 */
HWL_MUST_USE hwl_status hwl_client_handle_timeout(struct hwl_client *client, uint64_t uptime_s);

/**
 * The server that was asked cannot be reached, closed the connection, or sent what
 * `hwl_client_handle_input` did not take. The next of the list is asked; while no answer is awaited
 * nothing is done.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 *
 * One thread at a time per object. Interrupt: yes. Stack: 168 bytes.
 */
hwl_status hwl_client_handle_failure(struct hwl_client *client, uint64_t uptime_s);

/**
 * The servers changed, or somebody asks for a contact: it begins at once.
 *
 * Fails with:
 * HWL_E_VALUE for more than 255 servers, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 *
 * One thread at a time per object. Interrupt: yes. Stack: 56 bytes.
 */
HWL_MUST_USE
hwl_status hwl_client_set_servers(struct hwl_client *client,
                                  uint32_t server_count,
                                  uint64_t uptime_s);

/**
 * Ends a client: wipes the whole object. What it saved stays in its storage. One that was never
 * begun is wiped as well.
 *
 * Fails with:
 * Those of a wrong call.
 *
 * Needs:
 * - `client`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 32 bytes.
 */
hwl_status hwl_client_deinit(struct hwl_client *client);

/**
 * The request that is due, as a whole frame for a connection to a server, if one is.
 *
 * `*out_length` becomes its length, 0 if none is due; `*out_server` which server of the list it is
 * for, the first being 0. The buffer need not be larger than HWL_REQUEST_BYTES for a device that
 * holds one lease. After a failure its contents mean nothing, and the contact counts as failed.
 *
 * Fails with:
 * HWL_E_NO_HWID for a machine without one (`hwl_identity_hwid` says why), HWL_E_STORAGE, HWL_E_NO_ROOM
 * when the buffer is too small, HWL_E_TEXT_TOO_LONG, HWL_E_NOT_A_KEY, HWL_E_KEY_MISTYPED,
 * HWL_E_NOT_AN_ENROLLMENT for one that is too long, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 * - `random`: HWL_RANDOM_BYTES are readable. They are fresh, and nobody can guess them.
 * - `device`: readable, with all that it points to.
 * - `frame`: `capacity` bytes are writable.
 * - `out_length`, `out_server`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 2880 bytes and that of the storage.
 */
HWL_MUST_USE
hwl_status hwl_client_poll_transmit(struct hwl_client *client,
                                    uint64_t uptime_s,
                                    const uint8_t *random,
                                    const struct hwl_client_device *device,
                                    uint8_t *frame,
                                    size_t capacity,
                                    size_t *out_length,
                                    uint32_t *out_server);

/**
 * A request to be carried to the server as a file, for a site without a network: the body of a
 * frame. Its answer is taken by `hwl_client_handle_input`, also after a restart.
 *
 * `*out_length` becomes its length. After a failure the contents of the buffer mean nothing.
 *
 * Fails with:
 * Those of `hwl_client_poll_transmit`.
 *
 * Needs:
 * - `client`: begun.
 * - `random`: HWL_RANDOM_BYTES are readable. They are fresh, and nobody can guess them.
 * - `device`: readable, with all that it points to.
 * - `buffer`: `capacity` bytes are writable.
 * - `out_length`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 3440 bytes and that of the storage.
 */
HWL_MUST_USE
hwl_status hwl_client_write_carried(struct hwl_client *client,
                                    uint64_t uptime_s,
                                    const uint8_t *random,
                                    const struct hwl_client_device *device,
                                    uint8_t *buffer,
                                    size_t capacity,
                                    size_t *out_length);

/**
 * How many bytes follow the first HWL_FRAME_HEAD_BYTES of what a server sends: the body, which
 * `hwl_client_handle_input` takes.
 *
 * Fails with:
 * HWL_E_NOT_THIS_PROTOCOL, HWL_E_FRAME_SIZE and HWL_E_FRAME_VERSION, before a single byte of the body
 * needs room; and those of a wrong call.
 *
 * Needs:
 * - `head`: HWL_FRAME_HEAD_BYTES are readable.
 * - `out_length`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 56 bytes.
 */
HWL_MUST_USE hwl_status hwl_frame_head(const uint8_t *head, size_t *out_length);

/**
 * Takes the body of the frame that a server answered with, or of one that was carried here. What it
 * says counts only after it was saved.
 *
 * After a failure the state is as before; call `hwl_client_handle_failure` then, unless the answer
 * was carried here.
 *
 * Fails with:
 * HWL_E_MALFORMED_MESSAGE when it is no answer, HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL when
 * something in it is not believed, HWL_E_NOT_ASKED to HWL_E_NO_HWID when it is not what was asked
 * for, HWL_E_STORAGE, HWL_E_NO_ROOM, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 * - `body`: `length` bytes are readable.
 * - `trust`: initialised with the vendor's roots, and not changed meanwhile.
 * - `device`: readable, with all that it points to.
 * - `out`: writable, with its struct_size set.
 *
 * One thread at a time per object. Interrupt: no. Stack: 9224 bytes and that of the verifier or of the
 * storage.
 */
HWL_MUST_USE
hwl_status hwl_client_handle_input(struct hwl_client *client,
                                   uint64_t uptime_s,
                                   const uint8_t *body,
                                   size_t length,
                                   const struct hwl_trust *trust,
                                   const struct hwl_client_device *device,
                                   struct hwl_answer *out);

/**
 * Takes a correction of the floor of trusted time, that a root signed for this machine: one
 * envelope, in binary form.
 *
 * Fails with:
 * HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL when it is not believed, HWL_E_REPLY_OTHER_HWID,
 * HWL_E_OLD_CORRECTION, HWL_E_STORAGE, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 * - `envelope`: `length` bytes are readable.
 * - `trust`: initialised with the vendor's roots, and not changed meanwhile.
 * - `device`: readable, with all that it points to.
 *
 * One thread at a time per object. Interrupt: no. Stack: 2256 bytes and that of the verifier or of the
 * storage.
 */
HWL_MUST_USE
hwl_status hwl_client_handle_correction(struct hwl_client *client,
                                        uint64_t uptime_s,
                                        const uint8_t *envelope,
                                        size_t length,
                                        const struct hwl_trust *trust,
                                        const struct hwl_client_device *device);

/**
 * Judges every right that the client holds, from its signed bytes, at the time that is known. The
 * report is that on the best of them, and `*out_channels` the channels of all that are good.
 *
 * HWL_OK says that the check was made, not that anything is good: that is `hwl_report_grant`, and
 * only after it the channels count. On any failure but those of the report's own pointer, the report
 * is made to refuse. Ask at the start, after each answer, and at least once an hour: leases end.
 *
 * Fails with:
 * HWL_E_STATE, those that `hwl_client_poll_transmit` names for a device, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 * - `trust`: initialised with the vendor's roots, and not changed meanwhile.
 * - `device`: readable, with all that it points to.
 * - `visit`: NULL, or a function that may be called with `ctx`.
 * - `out`: writable, with its struct_size set.
 * - `out_channels`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 5288 bytes and that of the verifier.
 */
HWL_MUST_USE
hwl_status hwl_client_check(struct hwl_client *client,
                            uint64_t uptime_s,
                            const struct hwl_trust *trust,
                            const struct hwl_client_device *device,
                            void *ctx,
                            hwl_right_fn visit,
                            struct hwl_report *out,
                            uint32_t *out_channels);

/**
 * What is known of a client, as far as its last check and its last answer say.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun, and not changed meanwhile.
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: yes. Stack: 128 bytes.
 */
HWL_MUST_USE
hwl_status hwl_client_standing(const struct hwl_client *client,
                               uint64_t uptime_s,
                               struct hwl_client_facts *out);

/**
 * Gives up what an entitlement granted: from here on its leases count no more, and the server is
 * told at the next contact, which is now. `key` is the licence key, as text.
 *
 * Fails with:
 * HWL_E_NOT_A_KEY, HWL_E_KEY_MISTYPED, HWL_E_STORAGE and HWL_E_NO_ROOM, upon which nothing is given
 * up; HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `client`: begun.
 * - `key`: `length` bytes are readable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 2264 bytes and that of the storage.
 */
HWL_MUST_USE
hwl_status hwl_client_give_up(struct hwl_client *client,
                              uint64_t uptime_s,
                              const uint8_t *key,
                              size_t length);

/**
 * The short name of a client's state, such as "contact-lost".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_client_state_name(uint32_t state);

/**
 * A client's state, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_client_state_text(uint32_t state);

/**
 * The short name of a refusal, such as "no-capacity".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_refusal_name(uint32_t refusal);

/**
 * Why the Primary Server gives no licence, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_refusal_text(uint32_t refusal);

/**
 * What the administrator does next about a refusal.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_refusal_next_step(uint32_t refusal);

/**
 * Compares a machine with the day it was enrolled, and names the likely cause of what changed.
 *
 * Fails with:
 * HWL_E_NOT_AN_ENROLLMENT, HWL_E_ENROLLMENT_VERSION, HWL_E_ENROLLMENT_DAMAGED, those of
 * `hwl_identity_read`, and those of a wrong call.
 *
 * Needs:
 * - `descriptor`: readable with its lists and texts, for the time of the call.
 * - `enrollment`: `enrollment_length` bytes are readable.
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: no. Stack: 6072 bytes.
 */
HWL_MUST_USE
hwl_status hwl_compare(const struct hwl_descriptor *descriptor,
                       const uint8_t *enrollment,
                       size_t enrollment_length,
                       struct hwl_comparison *out);

/**
 * The built-in verify callback: strict Ed25519. Pass it as `verify`, with any `ctx`.
 *
 * A program that never names it does not link it. In a library that was built without a
 * verifier (`hwl_version_text` says so) it answers HWL_SIGNATURE_FAILS to everything.
 *
 * Needs:
 * - `ctx`: not used.
 * - `key`: HWL_PUBLIC_KEY_BYTES bytes are readable; NULL is a signature that fails.
 * - `message`: `message_length` bytes are readable.
 * - `signature`: HWL_SIGNATURE_BYTES bytes are readable; NULL is a signature that fails.
 *
 * Any thread. Interrupt: no. Stack: 1096 bytes, in libhwlicense-fast.a 144 more.
 */
HWL_MUST_USE
uint32_t hwl_ed25519_verify(void *ctx,
                            const uint8_t *key,
                            const uint8_t *message,
                            size_t message_length,
                            const uint8_t *signature);

/**
 * Enrols a machine: writes what it keeps from this day, to be stored beside its licence.
 *
 * The salt is HWL_SALT_BYTES fresh random bytes. `*out_length` becomes the length of the
 * enrolment, also when the buffer is too small for it; HWL_ENROLLMENT_BYTES_MAX always suffices.
 *
 * Fails with:
 * HWL_E_BUFFER, HWL_E_NOT_READABLE, HWL_E_NOT_UNIQUE, those of `hwl_identity_read`, and those of
 * a wrong call.
 *
 * Needs:
 * - `descriptor`: readable with its lists and texts, for the time of the call.
 * - `salt`: HWL_SALT_BYTES bytes are readable.
 * - `buffer`: `capacity` bytes are writable.
 * - `out_length`: writable.
 *
 * Any thread. Interrupt: no. Stack: 7024 bytes.
 */
HWL_MUST_USE
hwl_status hwl_enroll(const struct hwl_descriptor *descriptor,
                      const uint8_t *salt,
                      uint8_t *buffer,
                      size_t capacity,
                      size_t *out_length);

/**
 * The HWID that a machine had when it was enrolled.
 *
 * Fails with:
 * HWL_E_NOT_AN_ENROLLMENT, HWL_E_ENROLLMENT_VERSION, HWL_E_ENROLLMENT_DAMAGED, and those of a
 * wrong call.
 *
 * Needs:
 * - `enrollment`: `length` bytes are readable.
 * - `out`: writable.
 *
 * Any thread. Interrupt: no. Stack: 3512 bytes.
 */
HWL_MUST_USE hwl_status hwl_enrollment_hwid(const uint8_t *enrollment, size_t length, struct hwl_hwid *out);

/**
 * The name of a status as it stands in this header, such as "HWL_E_NULL".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_status_name(hwl_status status);

/**
 * What a status means, in words.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_status_text(hwl_status status);

/**
 * What to do about a status, in words.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_status_remedy(hwl_status status);

/**
 * The short name of the reason in a report, such as "other-hardware".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_reason_name(uint32_t reason);

/**
 * The reason in a report, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_reason_text(uint32_t reason);

/**
 * What the administrator does next about the reason in a report.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_reason_next_step(uint32_t reason);

/**
 * The name of a component: 1 board, 2 cpu, 3 memory, 4 nic, 5 platform. Entry `i` of the arrays
 * in reports and comparisons is component `i + 1`.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_component_name(uint32_t component);

/**
 * The name of one piece of evidence. The argument is one HWL_EVIDENCE_ bit.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_evidence_name(uint32_t evidence_bit);

/**
 * The name of a field of the descriptor. The argument is one HWL_FIELD_ bit.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_field_name(uint32_t field_bit);

/**
 * The name of a class of licence; "vendor" for a number in the range of the vendors.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_class_name(uint32_t class_number);

/**
 * The name of what became of a component: one of the HWL_CHANGE_ numbers of a comparison.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_change_name(uint32_t change);

/**
 * The short name of the likely cause in a comparison: one of the HWL_CAUSE_ numbers.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_change_cause_name(uint32_t cause);

/**
 * The likely cause in a comparison, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_change_cause_text(uint32_t cause);

/**
 * What the administrator does next about the likely cause in a comparison.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_change_next_step(uint32_t cause);

/**
 * The request for the next part, as a whole frame for a connection to a server, if one is due.
 *
 * `*out_length` becomes its length, 0 if none is due; `*out_server` which server of the list it is for,
 * the first being 0. A connection may be kept from one part to the next.
 *
 * Fails with:
 * HWL_E_NO_ROOM when the buffer is smaller than HWL_UPDATE_REQUEST_BYTES, those that `hwl_update_init`
 * names for a product, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 * - `product`: readable, with all that it points to.
 * - `frame`: `capacity` bytes are writable.
 * - `out_length`, `out_server`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 808 bytes.
 */
HWL_MUST_USE
hwl_status hwl_update_poll_transmit(struct hwl_update *update,
                                    uint64_t uptime_s,
                                    const struct hwl_product *product,
                                    uint8_t *frame,
                                    size_t capacity,
                                    size_t *out_length,
                                    uint32_t *out_server);

/**
 * How many bytes follow the first HWL_FRAME_HEAD_BYTES of what a server sends to a request for a part:
 * the body, which `hwl_update_handle_input` takes. It is `hwl_frame_head` for the frames of updates.
 *
 * Fails with:
 * HWL_E_NOT_THIS_PROTOCOL, HWL_E_FRAME_SIZE and HWL_E_FRAME_VERSION, before a single byte of the body
 * needs room; and those of a wrong call.
 *
 * Needs:
 * - `head`: HWL_FRAME_HEAD_BYTES are readable.
 * - `out_length`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 56 bytes.
 */
HWL_MUST_USE hwl_status hwl_update_frame_head(const uint8_t *head, size_t *out_length);

/**
 * Takes the body of the frame that a server answered a request for a part with. A manifest is believed
 * before anything is written into the image, and each chunk is verified before a byte of it is.
 *
 * After a failure call `hwl_update_handle_failure`.
 *
 * Fails with:
 * HWL_E_NOT_ASKED when nothing was asked or something else, HWL_E_MALFORMED_MESSAGE when it is no answer,
 * HWL_E_MALFORMED to HWL_E_LAST_ROOT when the manifest is not believed, HWL_E_UPDATE_OTHER_BRAND to
 * HWL_E_UPDATE_STORAGE when the update is not made or the server gave something wrong, HWL_E_STORAGE when
 * progress could not be saved, those that `hwl_update_init` names for a product, HWL_E_STATE, and those of
 * a wrong call.
 *
 * Needs:
 * - `update`: begun.
 * - `body`: `length` bytes are readable.
 * - `trust`: initialised with the vendor's roots, and not changed meanwhile.
 * - `client`: begun, and not changed meanwhile. What it holds certifies and revokes besides, and it knows
 *   a time that has passed.
 * - `product`: readable, with all that it points to.
 * - `out`: writable, with its struct_size set.
 *
 * One thread at a time per object. Interrupt: no. Stack: 4384 bytes and that of the verifier, of the
 * storage or of the image.
 */
HWL_MUST_USE
hwl_status hwl_update_handle_input(struct hwl_update *update,
                                   uint64_t uptime_s,
                                   const uint8_t *body,
                                   size_t length,
                                   const struct hwl_trust *trust,
                                   const struct hwl_client *client,
                                   const struct hwl_product *product,
                                   struct hwl_fetched *out);

/**
 * Gives the image to the vendor's updater: everything is decided once more from the signed bytes, and
 * that it is handed over is saved. HWL_OK is not yet the right to install: that is `hwl_handover_grant`,
 * where it is done. On any failure but those of the handover's own pointer, the handover is made to
 * refuse.
 *
 * Call it as soon as `hwl_update_standing` says HWL_UPDATE_READY: a program that waits for a quiet hour
 * waits with the restart. What came of it is found out by the next `hwl_update_init`, or said by
 * `hwl_update_handle_refusal`.
 *
 * Fails with:
 * HWL_E_NOT_READY when there is no image that is whole, HWL_E_UPDATE_OTHER_BRAND to
 * HWL_E_UPDATE_WRONG_IMAGE when the update is not made any more, HWL_E_STORAGE when it could not be
 * saved: the image is read back once more, and then it may be tried again. Those that `hwl_update_init`
 * names for a product, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 * - `trust`: initialised with the vendor's roots, and not changed meanwhile.
 * - `client`: begun, and not changed meanwhile.
 * - `product`: readable, with all that it points to.
 * - `out`: writable, with its struct_size set.
 *
 * One thread at a time per object. Interrupt: no. Stack: 4408 bytes and that of the verifier or of the
 * storage.
 */
HWL_MUST_USE
hwl_status hwl_update_hand_over(struct hwl_update *update,
                                uint64_t uptime_s,
                                const struct hwl_trust *trust,
                                const struct hwl_client *client,
                                const struct hwl_product *product,
                                struct hwl_handover *out);

/**
 * The clearance of a handover, checked once more where it counts: HWL_CLEARED, HWL_REFUSED, or another
 * word that refuses too. Compare with HWL_CLEARED, and with nothing else:
 * `if (hwl_handover_grant(&handover) == HWL_CLEARED) { start_updater(); }`
 *
 * A handover of which any bit of the clearance was changed refuses, as does one that is all zero; NULL is
 * HWL_REFUSED.
 *
 * Needs:
 * - `handover`: readable.
 *
 * Any thread. Interrupt: yes. Stack: 48 bytes.
 */
HWL_MUST_USE uint32_t hwl_handover_grant(const struct hwl_handover *handover);

/**
 * The vendor's updater did not take what was handed over: the attempt has failed. When nothing was
 * handed over it does nothing.
 *
 * Fails with:
 * HWL_E_STORAGE when it could not be saved; it counts nevertheless, up to the next start. HWL_E_STATE,
 * and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 *
 * One thread at a time per object. Interrupt: no. Stack: 648 bytes and that of the storage.
 */
HWL_MUST_USE hwl_status hwl_update_handle_refusal(struct hwl_update *update);

/**
 * What is known of an update.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun, and not changed meanwhile.
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: yes. Stack: 312 bytes.
 */
HWL_MUST_USE hwl_status hwl_update_standing(const struct hwl_update *update, struct hwl_update_facts *out);

/**
 * The short name of an update's progress, such as "handed-over".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_update_progress_name(uint32_t progress);

/**
 * An update's progress, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_update_progress_text(uint32_t progress);

/**
 * Reads a HWID: 34 hexadecimal digits of either case, with white space around them at most.
 *
 * A HWID of another scheme than HWL_SCHEME is read as well.
 *
 * Fails with:
 * HWL_E_NOT_A_HWID, and those of a wrong call.
 *
 * Needs:
 * - `text`: `length` bytes are readable.
 * - `out`: one hwl_hwid is writable.
 *
 * Any thread. Interrupt: yes. Stack: 112 bytes.
 */
HWL_MUST_USE hwl_status hwl_hwid_parse(const uint8_t *text, size_t length, struct hwl_hwid *out);

/**
 * Writes a HWID as HWL_HWID_TEXT_BYTES lower-case hexadecimal digits, without a terminator.
 *
 * `*out_length` becomes the number of bytes written, also when the buffer is too small for them.
 *
 * Fails with:
 * HWL_E_BUFFER when `capacity` is below HWL_HWID_TEXT_BYTES, and those of a wrong call.
 *
 * Needs:
 * - `hwid`: readable.
 * - `buffer`: `capacity` bytes are writable.
 * - `out_length`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 304 bytes.
 */
HWL_MUST_USE
hwl_status hwl_hwid_format(const struct hwl_hwid *hwid,
                           uint8_t *buffer,
                           size_t capacity,
                           size_t *out_length);

/**
 * Whether two HWIDs are the same, in constant time: HWL_OK if they are, HWL_E_DIFFERENT if not.
 *
 * Fails with:
 * HWL_E_DIFFERENT, and those of a wrong call.
 *
 * Needs:
 * - `one`, `other`: readable. They may be the same.
 *
 * Any thread. Interrupt: yes. Stack: 88 bytes.
 */
HWL_MUST_USE hwl_status hwl_hwid_equal(const struct hwl_hwid *one, const struct hwl_hwid *other);

/**
 * sizeof(hwl_identity) as the library sees it, for languages without the header.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE size_t hwl_identity_size(void);

/**
 * Makes the identity of a machine from its descriptor.
 *
 * A machine without a HWID is no failure here; `hwl_identity_hwid` says why it has none.
 * After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_TEXT_TOO_LONG, HWL_E_TOO_MANY_NICS, HWL_E_TOO_MANY_COUNTED_NICS,
 * HWL_E_TOO_MANY_MODULES, HWL_E_TOO_MANY_PLATFORM_IDS, and those of a wrong call.
 *
 * Needs:
 * - `identity`: writable.
 * - `descriptor`: readable with its lists and texts, for the time of the call.
 *
 * One thread at a time per object. Interrupt: no. Stack: 1784 bytes.
 */
HWL_MUST_USE
hwl_status hwl_identity_read(struct hwl_identity *identity,
                             const struct hwl_descriptor *descriptor);

/**
 * Makes the identity of a machine that was enrolled, from its descriptor and its enrolment.
 *
 * While the enrolment still describes the machine, the HWID is the enrolled one: what was added
 * later does not count, and what may not be read now is taken from the enrolment. Otherwise the
 * result is that of `hwl_identity_read`. After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_NOT_AN_ENROLLMENT, HWL_E_ENROLLMENT_VERSION, HWL_E_ENROLLMENT_DAMAGED, those of
 * `hwl_identity_read`, and those of a wrong call.
 *
 * Needs:
 * - `identity`: writable.
 * - `descriptor`: readable with its lists and texts, for the time of the call.
 * - `enrollment`: `enrollment_length` bytes are readable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 6776 bytes.
 */
HWL_MUST_USE
hwl_status hwl_identity_read_enrolled(struct hwl_identity *identity,
                                      const struct hwl_descriptor *descriptor,
                                      const uint8_t *enrollment,
                                      size_t enrollment_length);

/**
 * Makes an identity of which only the HWID is known, as when a factory wrote it into OTP memory.
 *
 * `evidence` says what that HWID rests on: the HWL_EVIDENCE_ bits of the facts when it was made.
 * Strict licences can be checked with it; for tolerant ones the hardware is not readable. After a
 * failure the object is empty.
 *
 * Fails with:
 * HWL_E_VALUE for an unknown bit, and those of a wrong call.
 *
 * Needs:
 * - `identity`: writable.
 * - `hwid`: readable.
 *
 * One thread at a time per object. Interrupt: yes. Stack: 120 bytes.
 */
HWL_MUST_USE
hwl_status hwl_identity_from_hwid(struct hwl_identity *identity,
                                  const struct hwl_hwid *hwid,
                                  uint32_t evidence);

/**
 * The HWID of a machine.
 *
 * Fails with:
 * HWL_E_NOT_READABLE when fields that it needs could not be read (the facts name them),
 * HWL_E_NOT_UNIQUE when nothing tells the machine from others of its model, HWL_E_STATE, and
 * those of a wrong call.
 *
 * Needs:
 * - `identity`: readable, and not changed meanwhile.
 * - `out`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 72 bytes.
 */
HWL_MUST_USE hwl_status hwl_identity_hwid(const struct hwl_identity *identity, struct hwl_hwid *out);

/**
 * What is known of an identity.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `identity`: readable, and not changed meanwhile.
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: yes. Stack: 160 bytes.
 */
HWL_MUST_USE hwl_status hwl_identity_facts(const struct hwl_identity *identity, struct hwl_facts *out);

/**
 * Ends an identity: wipes the whole object. One that was never made is wiped as well.
 *
 * Fails with:
 * Those of a wrong call.
 *
 * Needs:
 * - `identity`: writable.
 *
 * One thread at a time per object. Interrupt: yes. Stack: 32 bytes.
 */
hwl_status hwl_identity_deinit(struct hwl_identity *identity);

/**
 * sizeof(hwl_license) as the library sees it, for languages without the header.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE size_t hwl_license_size(void);

/**
 * Verifies a licence file, armoured or binary, with the certificate that it carries.
 *
 * An armoured file is decoded into `scratch`, for which three quarters of its length always
 * suffice, and the licence then points into `scratch` instead of `file`. For a binary file
 * `scratch` may be (NULL, 0). After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL, HWL_E_NOT_ARMOR, HWL_E_ARMOR_TOO_LARGE,
 * HWL_E_BUFFER when `scratch` is too small, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `license`: writable.
 * - `trust`: initialised, and not changed meanwhile.
 * - `file`: `length` bytes are readable. If the file is binary they stay in place, unchanged,
 *   until the licence is ended.
 * - `scratch`: `scratch_length` bytes are writable. If the file is armoured they stay in place,
 *   unchanged, until the licence is ended.
 *
 * One thread at a time per object; several licences may be verified with one trust at the same
 * time. Interrupt: no. Stack: 1040 bytes and that of the verifier.
 */
HWL_MUST_USE
hwl_status hwl_license_verify(struct hwl_license *license,
                              const struct hwl_trust *trust,
                              const uint8_t *file,
                              size_t length,
                              uint8_t *scratch,
                              size_t scratch_length);

/**
 * Verifies a licence file in binary form, with the certificate that it carries.
 *
 * It is `hwl_license_verify` for firmware that keeps its licence in binary form: it does not
 * link the decoder of armoured text. After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_MALFORMED to HWL_E_UNKNOWN_CRITICAL, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `license`: writable.
 * - `trust`: initialised, and not changed meanwhile.
 * - `file`: `length` bytes are readable, and stay in place, unchanged, until the licence is
 *   ended.
 *
 * One thread at a time per object; several licences may be verified with one trust at the same
 * time. Interrupt: no. Stack: 1008 bytes and that of the verifier.
 */
HWL_MUST_USE
hwl_status hwl_license_verify_binary(struct hwl_license *license,
                                     const struct hwl_trust *trust,
                                     const uint8_t *file,
                                     size_t length);

/**
 * The terms of a verified licence. Its texts stay good until the licence is ended.
 *
 * They say what was signed, not whether the licence is good here and now: that is
 * `hwl_license_check`.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `license`: verified, and not changed meanwhile.
 * - `out`: writable, with its struct_size set.
 *
 * Any thread. Interrupt: yes. Stack: 1136 bytes.
 */
HWL_MUST_USE hwl_status hwl_license_terms(const struct hwl_license *license, struct hwl_terms *out);

/**
 * One of the features that a verified licence names. The text stays good until the licence is
 * ended.
 *
 * Fails with:
 * HWL_E_NOT_FOUND from the feature_count of the terms on, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `license`: verified, and not changed meanwhile.
 * - `out`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 832 bytes.
 */
HWL_MUST_USE
hwl_status hwl_license_feature(const struct hwl_license *license,
                               uint32_t index,
                               struct hwl_text *out);

/**
 * Whether a verified licence names a feature: HWL_OK if it does, HWL_E_NOT_FOUND if not.
 *
 * It does not say that the licence is good; ask only after a granted check.
 *
 * Fails with:
 * HWL_E_NOT_FOUND, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `license`: verified, and not changed meanwhile.
 * - `name`: `length` bytes are readable, without a terminator.
 *
 * Any thread. Interrupt: yes. Stack: 1256 bytes.
 */
HWL_MUST_USE
hwl_status hwl_license_has_feature(const struct hwl_license *license,
                                   const uint8_t *name,
                                   size_t length);

/**
 * Ends a licence: wipes the whole object. One that was never verified is wiped as well.
 *
 * Fails with:
 * Those of a wrong call.
 *
 * Needs:
 * - `license`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 32 bytes.
 */
hwl_status hwl_license_deinit(struct hwl_license *license);

/**
 * Supplied by the C program when it links a firmware archive: what to do when a defect of
 * the library is met. It must not return; it may reset the device or hang. Libraries for
 * hosts do not call it.
 *
 * Any thread. Interrupt: it is called where the defect is met. Stack: that of the program.
 */
extern void hwl_on_panic(void) HWL_NO_RETURN;

/**
 * Says what is wrong with a list of pinned keys; the callbacks answer HWL_SIGNATURE_FAILS to
 * everything with such a list. Call it once, at start or in a test.
 *
 * Fails with:
 * HWL_E_VALUE for no key, more than HWL_PINNED_KEYS_MAX, or a table that has not 8, 16 or 32
 * entries, and those of a wrong call.
 *
 * Needs:
 * - `keys`: readable, with the keys that it names and their tables.
 *
 * Any thread. Interrupt: no. Stack: 88 bytes.
 */
HWL_MUST_USE hwl_status hwl_pinned_keys_check(const struct hwl_pinned_keys *keys);

/**
 * A verify callback for pinned keys and no other: the fastest, and in flash a table for each key
 * and less than 7 KB. Pass it as `verify`, with `ctx` pointing to a hwl_pinned_keys that stays in place, unchanged.
 *
 * To any other key it answers HWL_SIGNATURE_NOT_PINNED, and what was signed with it is refused
 * with HWL_E_KEY_NOT_PINNED. Its meaning is that of `hwl_ed25519_verify`.
 *
 * Needs:
 * - `ctx`: a hwl_pinned_keys, readable with the keys that it names and their tables; NULL, and
 *   whatever `hwl_pinned_keys_check` refuses, is a signature that fails.
 * - `key`: HWL_PUBLIC_KEY_BYTES bytes are readable; NULL is a signature that fails.
 * - `message`: `message_length` bytes are readable.
 * - `signature`: HWL_SIGNATURE_BYTES bytes are readable; NULL is a signature that fails.
 *
 * Any thread. Interrupt: no. Stack: 1024 bytes, in libhwlicense-fast.a no more.
 */
HWL_MUST_USE
uint32_t hwl_ed25519_verify_pinned(void *ctx,
                                   const uint8_t *key,
                                   const uint8_t *message,
                                   size_t message_length,
                                   const uint8_t *signature);

/**
 * A verify callback for pinned keys, which verifies any other key as `hwl_ed25519_verify` does.
 * For firmware whose chain of certificates may lead to keys that it does not know: new issuers,
 * and Primary Servers. Pass it as `verify`, with `ctx` as for `hwl_ed25519_verify_pinned`.
 *
 * Needs:
 * As for `hwl_ed25519_verify_pinned`.
 *
 * Any thread. Interrupt: no. Stack: 1256 bytes, in libhwlicense-fast.a no more.
 */
HWL_MUST_USE
uint32_t hwl_ed25519_verify_pinned_or_any(void *ctx,
                                          const uint8_t *key,
                                          const uint8_t *message,
                                          size_t message_length,
                                          const uint8_t *signature);

/**
 * Runs the vectors of signatures through a verify callback: good ones, and forged ones of each
 * kind that a verifier which is not strict accepts.
 *
 * Run it once for each engine, on the device: what passes accepts neither keys nor R of small
 * order, nor a second form of S, and checks the equation without the cofactor.
 *
 * Fails with:
 * HWL_E_SELF_TEST_REFUSED, HWL_E_SELF_TEST_ACCEPTED, and those of a wrong call.
 *
 * Needs:
 * - `verify`: a function of its type that may be called with `verify_ctx`.
 *
 * Any thread. Interrupt: no. Stack: 112 bytes and that of the verifier.
 */
HWL_MUST_USE hwl_status hwl_self_test_verify(void *verify_ctx, hwl_verify_fn verify);

/**
 * Runs a few golden vectors on the device: a HWID, an enrolment, those of
 * `hwl_self_test_verify`, and a licence verified and checked on two machines.
 *
 * It links nearly the whole library; firmware that needs only its verifier tested calls
 * `hwl_self_test_verify`.
 *
 * Fails with:
 * The first of HWL_E_SELF_TEST_HWID to HWL_E_SELF_TEST_VERDICT that applies, and those of a
 * wrong call.
 *
 * Needs:
 * - `verify`: a function of its type that may be called with `verify_ctx`.
 *
 * Any thread. Interrupt: no. Stack: 5352 bytes and that of the verifier.
 */
HWL_MUST_USE hwl_status hwl_self_test(void *verify_ctx, hwl_verify_fn verify);

/**
 * Gives out the channels of all licences that count: to each device at most one, by priority,
 * those that hold one first, then by id. A device goes without only if no choice of licences
 * could serve it beside those before it.
 *
 * The tallies say what each licence is worth and how much of it is used, the grants what each
 * device gets. While servers cannot be heard, devices keep what they hold, and others share what
 * is left of the licences whose servers are online: so two halves of one System never use a
 * channel twice. For that, what `hwl_allocation` says about `channel` and `held` has to be done.
 *
 * The merge of two Systems is not offered here: a server in Rust does it.
 *
 * Fails with:
 * HWL_E_BUFFER if the workspace is too small, HWL_E_NO_SERVERS to HWL_E_HELD_TOO_MANY if rows do
 * not hold together, HWL_E_TOO_MANY_CLASSES, HWL_E_NOT_A_KEY, HWL_E_KEY_MISTYPED, and those of a
 * wrong call. The fault says where.
 *
 * Needs:
 * - `system`, `moment`: readable, with the arrays that they name.
 * - `workspace`: `workspace_size` bytes are writable; its contents mean nothing, before or after.
 * - `allocation`, `fault`: writable, with the arrays that they name. None of these overlap.
 *
 * Any thread. Interrupt: no. Stack: 4432 bytes.
 */
HWL_MUST_USE
hwl_status hwl_system_allocate(const struct hwl_system *system,
                               const struct hwl_moment *moment,
                               void *workspace,
                               size_t workspace_size,
                               struct hwl_allocation *allocation,
                               struct hwl_fault *fault);

/**
 * Whether a device that is not wanted yet could be switched on: HWL_OK if the pool has a channel
 * for it beside all that are wanted, HWL_E_NO_CHANNEL_LEFT if not.
 *
 * `device` is its row. The shortage is written in both cases: what it needs, and how much is
 * missing. The moment must have no event.
 *
 * Fails with:
 * HWL_E_NO_CHANNEL_LEFT, and those of `hwl_system_allocate`.
 *
 * Needs:
 * - `system`, `moment`: readable, with the arrays that they name.
 * - `workspace`: `workspace_size` bytes are writable; its contents mean nothing, before or after.
 * - `shortage`, `fault`: writable. None of these overlap.
 *
 * Any thread. Interrupt: no. Stack: 3512 bytes.
 */
HWL_MUST_USE
hwl_status hwl_system_switch_on(const struct hwl_system *system,
                                const struct hwl_moment *moment,
                                uint32_t device,
                                void *workspace,
                                size_t workspace_size,
                                struct hwl_shortage *shortage,
                                struct hwl_fault *fault);

/**
 * Says for each device which server records it from now on, or why none does.
 *
 * The most devices of high priority are recorded, then of medium, then of low; among such plans
 * few devices move, and the load is even. A device that its own server records stays there; one
 * that was taken over goes back once its server was in contact for 60 seconds. Licences are not
 * looked at, and may be left out of the System: the grants say who may be recorded.
 *
 * With the event HWL_EVENT_FAIL it is the plan for when that server has failed: so it is known
 * beforehand which devices nobody could take over.
 *
 * Fails with:
 * HWL_E_BUFFER if the workspace is too small, HWL_E_NO_SERVERS to HWL_E_COUNT_OVERFLOW if rows do
 * not hold together, HWL_E_REACH_OVERFLOW, and those of a wrong call. The fault says where.
 *
 * Needs:
 * - `system`, `moment`: readable, with the arrays that they name.
 * - `workspace`: `workspace_size` bytes are writable; its contents mean nothing, before or after.
 * - `plan`, `fault`: writable, with the arrays that they name. None of these overlap.
 *
 * Any thread. Interrupt: no. Stack: 1632 bytes.
 */
HWL_MUST_USE
hwl_status hwl_system_plan(const struct hwl_system *system,
                           const struct hwl_moment *moment,
                           void *workspace,
                           size_t workspace_size,
                           struct hwl_plan *plan,
                           struct hwl_fault *fault);

/**
 * How many bytes of workspace every call on a System of this size needs at most; SIZE_MAX if no
 * memory has so many.
 *
 * `reached` is the sum of `reach_count` over all devices. A workspace that is set aside before a
 * System is there needs the size for the largest one.
 *
 * Any thread. Interrupt: yes. Stack: 496 bytes.
 */
HWL_MUST_USE
size_t hwl_system_workspace_size(uint32_t servers,
                                 uint32_t devices,
                                 uint32_t licenses,
                                 uint32_t reached);

/**
 * The short name of the status in a tally, such as "server-offline".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_tally_name(uint32_t tally_status);

/**
 * The status in a tally, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_tally_text(uint32_t tally_status);

/**
 * What the administrator does next about the status in a tally.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_tally_next_step(uint32_t tally_status);

/**
 * The short name of the obstacle in a placement, such as "full".
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_obstacle_name(uint32_t obstacle_number);

/**
 * The obstacle in a placement, as a sentence for people.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_obstacle_text(uint32_t obstacle_number);

/**
 * What the administrator does next about the obstacle in a placement.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_obstacle_next_step(uint32_t obstacle_number);

/**
 * What the administrator does before an event, so that no licence is lost by it. The argument is
 * one of the HWL_EVENT_ numbers.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_event_precaution(uint32_t event);

/**
 * sizeof(hwl_trust) as the library sees it, for languages without the header.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE size_t hwl_trust_size(void);

/**
 * Begins trust in root keys. After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_ABI when the program was compiled for another ABI, HWL_E_VALUE for no root key or for an
 * unknown log level, HWL_E_FULL for more than HWL_ROOTS_MAX, HWL_E_MALFORMED for one given
 * twice, and those of a wrong call.
 *
 * Needs:
 * - `trust`: writable.
 * - `config`: readable, with its roots, for the time of the call; its callbacks stay good until
 *   the trust is ended.
 *
 * One thread at a time per object. Interrupt: no. Stack: 584 bytes.
 */
HWL_MUST_USE hwl_status hwl_trust_init(struct hwl_trust *trust, const struct hwl_trust_config *config);

/**
 * Takes in certificates, root changes and revocation lists, after verifying them.
 *
 * `file` is one envelope, or a file of several in binary form: of a licence file the certificate
 * is taken in, which makes later checks of that licence cost one signature instead of two.
 * `*out_admitted` becomes the HWL_ADMITTED_ bits of what was new; 0 when all was known already.
 *
 * Fails with:
 * HWL_E_WRONG_KIND when nothing of the kind is in it, those of HWL_E_MALFORMED to
 * HWL_E_LAST_ROOT, and those of a wrong call. On a failure within a file of several, those
 * before stay admitted.
 *
 * Needs:
 * - `trust`: initialised.
 * - `file`: `length` bytes are readable, and stay in place, unchanged, until the trust is ended.
 * - `out_admitted`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 1272 bytes and that of the verifier.
 */
HWL_MUST_USE
hwl_status hwl_trust_admit(struct hwl_trust *trust,
                           const uint8_t *file,
                           size_t length,
                           uint32_t *out_admitted);

/**
 * The latest time that something signed vouches for, in seconds since 1970: a floor for the
 * clock. 0 when nothing was admitted.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `trust`: initialised, and not changed meanwhile.
 * - `out_unix_s`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 288 bytes.
 */
HWL_MUST_USE hwl_status hwl_trust_latest_signed(const struct hwl_trust *trust, uint64_t *out_unix_s);

/**
 * Ends trust: wipes the whole object. One that was never initialised is wiped as well. Licences
 * that were verified with it stay good.
 *
 * Fails with:
 * Those of a wrong call.
 *
 * Needs:
 * - `trust`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 32 bytes.
 */
hwl_status hwl_trust_deinit(struct hwl_trust *trust);

/**
 * sizeof(hwl_update) as the library sees it, for languages without the header.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE size_t hwl_update_size(void);

/**
 * Begins with what the storage holds, and finds out what became of an update that was handed over.
 *
 * What runs raises the floor of the security version at once, and counts as installed if it is what was
 * handed over. A device that goes back by itself from software that fails calls this when the software
 * has proved good. After a failure the object is empty.
 *
 * Fails with:
 * HWL_E_STORAGE when neither slot can be read, or what became of the update could not be saved;
 * HWL_E_ABI when the program was compiled for another ABI, HWL_E_VALUE for more than 255 servers, a block
 * size that is no power of two, or a product without brand, component and model; HWL_E_TEXT_TOO_LONG,
 * HWL_E_NO_HWID, HWL_E_STATE for an identity that is none, and those of a wrong call.
 *
 * Needs:
 * - `update`: writable.
 * - `storage`: readable; its callbacks and their context stay good until the update is ended. Its slots
 *   have HWL_UPDATE_SLOT_BYTES.
 * - `image`: readable; its callbacks and their context stay good until the update is ended.
 * - `config`: readable.
 * - `product`: readable, with all that it points to.
 *
 * One thread at a time per object. Interrupt: no. Stack: 2048 bytes and that of the storage.
 */
HWL_MUST_USE
hwl_status hwl_update_init(struct hwl_update *update,
                           const struct hwl_storage *storage,
                           const struct hwl_image *image,
                           const struct hwl_update_config *config,
                           const struct hwl_product *product);

/**
 * What the next request of the client says: what runs, and what became of the last update. It goes into
 * `running` of the hwl_client_device, and stays there until the answer was given to
 * `hwl_update_handle_reply`.
 *
 * After a failure the contents of the buffer mean nothing.
 *
 * Fails with:
 * HWL_E_VALUE for a product without brand, component and model, or with one that cannot be printed;
 * HWL_E_TEXT_TOO_LONG, HWL_E_NO_HWID, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun, and not changed meanwhile.
 * - `product`: readable, with all that it points to.
 * - `out`: HWL_RUNNING_BYTES_MAX bytes are writable.
 * - `out_length`: writable.
 *
 * Any thread. Interrupt: no. Stack: 736 bytes.
 */
HWL_MUST_USE
hwl_status hwl_update_write_running(const struct hwl_update *update,
                                    const struct hwl_product *product,
                                    uint8_t *out,
                                    size_t *out_length);

/**
 * The client took a reply: begins what it offers, and goes on with what it offered before. An offer that
 * is taken back ends a download; what is stored serves when it comes again.
 *
 * Call it after each `hwl_client_handle_input` that gave a reply: HWL_ANSWER_LICENSED to
 * HWL_ANSWER_DEACTIVATED. `told` is what the request carried, as `hwl_update_write_running` wrote it.
 *
 * Fails with:
 * HWL_E_STORAGE when it could not be saved that the server was told: it will be told once more.
 * HWL_E_VALUE when `told` is something else, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 * - `client`: begun, and not changed meanwhile.
 * - `told`: `told_length` bytes are readable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 952 bytes and that of the storage.
 */
HWL_MUST_USE
hwl_status hwl_update_handle_reply(struct hwl_update *update,
                                   uint64_t uptime_s,
                                   const struct hwl_client *client,
                                   const uint8_t *told,
                                   size_t told_length);

/**
 * The uptime at which `hwl_update_handle_timeout` is due; 0 when it is due now or a request is ready, and
 * UINT64_MAX when nothing is to be done before the next reply.
 *
 * Fails with:
 * HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun, and not changed meanwhile.
 * - `out_uptime_s`: writable.
 *
 * Any thread. Interrupt: yes. Stack: 64 bytes.
 */
HWL_MUST_USE hwl_status hwl_update_poll_timeout(const struct hwl_update *update, uint64_t *out_uptime_s);

/**
 * Does what the time asks for: gives a server up that does not answer, and reads up to 16,384 bytes of a
 * whole image back. Called too early it does nothing.
 *
 * Fails with:
 * HWL_E_STORAGE when the attempt failed, and that could not be saved; it counts nevertheless, up to the
 * next start. HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 *
 * One thread at a time per object. Interrupt: no. Stack: 2120 bytes and that of the storage or of the
 * image.
 */
HWL_MUST_USE hwl_status hwl_update_handle_timeout(struct hwl_update *update, uint64_t uptime_s);

/**
 * The server that was asked cannot be reached, closed the connection, or sent what
 * `hwl_update_handle_input` did not take. The next of the list is asked; while no answer is awaited
 * nothing is done.
 *
 * Fails with:
 * HWL_E_STORAGE when the attempt failed, and that could not be saved; it counts nevertheless, up to the
 * next start. HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 *
 * One thread at a time per object. Interrupt: no. Stack: 200 bytes and that of the storage.
 */
hwl_status hwl_update_handle_failure(struct hwl_update *update, uint64_t uptime_s);

/**
 * The servers of the client changed: the part that is under way is asked for anew.
 *
 * Fails with:
 * HWL_E_VALUE for more than 255 servers, HWL_E_STATE, and those of a wrong call.
 *
 * Needs:
 * - `update`: begun.
 *
 * One thread at a time per object. Interrupt: yes. Stack: 56 bytes.
 */
HWL_MUST_USE
hwl_status hwl_update_set_servers(struct hwl_update *update,
                                  uint32_t server_count,
                                  uint64_t uptime_s);

/**
 * Ends an update: wipes the whole object. What it saved stays in its storage, and what is stored of the
 * image in its slot. One that was never begun is wiped as well.
 *
 * Fails with:
 * Those of a wrong call.
 *
 * Needs:
 * - `update`: writable.
 *
 * One thread at a time per object. Interrupt: no. Stack: 32 bytes.
 */
hwl_status hwl_update_deinit(struct hwl_update *update);

/**
 * The version of the library that is loaded, packed like HWL_VERSION: 8 bits major, 8 bits
 * minor, 16 bits patch.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE uint32_t hwl_version(void);

/**
 * The ABI of the library that is loaded; HWL_ABI_VERSION is that of this header.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE uint32_t hwl_abi_version(void);

/**
 * The version in words, with the name of the built-in verifier. Static text.
 *
 * Any thread. Interrupt: yes. Stack: 16 bytes.
 */
HWL_MUST_USE const char *hwl_version_text(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* HWLICENSE_H */
