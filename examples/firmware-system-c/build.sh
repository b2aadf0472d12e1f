#!/bin/sh
# Builds the example: build.sh PACKAGE OUTPUT [more compiler arguments]
#
# PACKAGE is an installed hwlicense: include/hwlicense.h and
# firmware/thumbv7em-none-eabihf/libhwlicense.a below it. No cargo and no Rust is needed here.
# -DOVERFLOW makes a stack that does not suffice, which must end in a fault.
set -eu
package=$1
output=$2
shift 2
here=$(dirname "$0")
board=$here/../firmware-c
${CC:-arm-none-eabi-gcc} -std=c11 -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 \
    -Os -g -ffunction-sections -fdata-sections -Wall -Wextra -Wpedantic -Wshadow -Werror \
    -I "$package/include" -I "$board" "$@" \
    "$board/startup.c" "$board/semihosting.c" "$here/stack.c" "$here/building.c" "$here/main.c" \
    "$package/firmware/thumbv7em-none-eabihf/libhwlicense.a" \
    --specs=nano.specs -nostartfiles -T "$here/link.ld" \
    -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,--no-warn-execstack -Wl,-Map="$output.map" -o "$output"
