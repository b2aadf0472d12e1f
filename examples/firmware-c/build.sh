#!/bin/sh
# Builds the example: build.sh PACKAGE OUTPUT [more compiler arguments]
#
# PACKAGE is an installed hwlicense: include/hwlicense.h and
# firmware/thumbv7em-none-eabihf/libhwlicense.a below it. No cargo and no Rust is needed here.
# -DSELF_TEST runs the library's whole self-test at start as well.
# VERIFIER says who verifies signatures: "any" key (if nothing is said), "pinned" for the vendor's
# two keys and no other, "pinned-or-any" for these fast and any other as well. With "-fast" after it,
# as in "pinned-fast", the archive with assembly is linked, for processors with the DSP extension.
set -eu
package=$1
output=$2
shift 2
here=$(dirname "$0")
library=libhwlicense.a
case ${VERIFIER:=any} in *-fast) library=libhwlicense-fast.a ;; esac
case ${VERIFIER%-fast} in
    any) ;;
    pinned) set -- "$@" -DENGINE_PINNED "$here/pinned_root.c" "$here/pinned_issuer.c" ;;
    pinned-or-any) set -- "$@" -DENGINE_PINNED_OR_ANY "$here/pinned_root.c" "$here/pinned_issuer.c" ;;
    *) echo "VERIFIER is any, pinned or pinned-or-any, each also with -fast" >&2; exit 2 ;;
esac
${CC:-arm-none-eabi-gcc} -std=c11 -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 \
    -Os -g -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic -Wshadow -Werror \
    -I "$package/include" "$@" \
    "$here"/startup.c "$here"/semihosting.c "$here"/registers.c "$here"/factory.c \
    "$here"/machine.c "$here"/recorder.c "$here"/engine.c "$here"/main.c \
    "$package/firmware/thumbv7em-none-eabihf/$library" \
    --specs=nano.specs -nostartfiles -T "$here/link.ld" \
    -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,--no-warn-execstack -Wl,-Map="$output.map" -o "$output"
