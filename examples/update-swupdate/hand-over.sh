#!/bin/sh
# What `hwlicense agent --updater` runs: gives the image to the swupdate that runs as a daemon.
#
# The agent has verified every byte of it against the signed manifest; swupdate verifies its own
# signature and the hardware once more, and writes the slot that does not run. The exit code says whether
# it took the image: only then the device may start from the other slot.
set -eu
# What the daemon says goes to stderr, into the agent's log.
swupdate-client "$1" >&2
# A boot loader is told here: `fw_setenv slot b`, `grub-editenv /boot/grub/grubenv set slot=b`. This one reads a
# file, and so does whoever tries the example.
echo "$HWLICENSE_UPDATE_VERSION" > "${BOOT_NEXT:?names the file that says what starts next}.new"
mv "$BOOT_NEXT.new" "$BOOT_NEXT"
