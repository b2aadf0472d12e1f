#!/bin/bash
# Runs an image on the emulated board and decodes its log: run.sh IMAGE
set -o pipefail
timeout 60 qemu-system-arm -machine mps2-an386 -nographic -monitor none -serial none \
    -semihosting-config enable=on,target=native -kernel "$1" </dev/null |
    "${DEFMT_PRINT:-defmt-print}" -e "$1" --log-format '{L} {s}'
