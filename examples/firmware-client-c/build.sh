#!/bin/sh
# Builds the example: build.sh PACKAGE OUTPUT [more compiler arguments]
#
# PACKAGE is an installed hwlicense: include/hwlicense.h and
# firmware/thumbv7em-none-eabihf/libhwlicense.a below it. No cargo and no Rust is needed here.
# VERIFIER says who verifies signatures, as in ../firmware-c/build.sh; "pinned" alone is not enough
# here, because the key of a Primary Server comes with its entitlement.
set -eu
package=$1
output=$2
shift 2
here=$(dirname "$0")
board=$here/../firmware-c
stack=$here/../firmware-system-c
library=libhwlicense.a
case ${VERIFIER:=any} in *-fast) library=libhwlicense-fast.a ;; esac
case ${VERIFIER%-fast} in
    any) ;;
    pinned-or-any) set -- "$@" -DENGINE_PINNED_OR_ANY "$board/pinned_root.c" "$board/pinned_issuer.c" ;;
    *) echo "VERIFIER is any or pinned-or-any, each also with -fast" >&2; exit 2 ;;
esac
${CC:-arm-none-eabi-gcc} -std=c11 -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 \
    -Os -g -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic -Wshadow -Werror \
    -I "$package/include" -I "$board" -I "$stack" "$@" \
    "$board/startup.c" "$board/semihosting.c" "$board/registers.c" "$board/machine.c" "$board/recorder.c" \
    "$board/engine.c" \
    "$stack/stack.c" "$here/exchange.c" "$here/flash.c" "$here/main.c" \
    "$package/firmware/thumbv7em-none-eabihf/$library" \
    --specs=nano.specs -nostartfiles -T "$here/link.ld" \
    -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,--no-warn-execstack -Wl,-Map="$output.map" -o "$output"
