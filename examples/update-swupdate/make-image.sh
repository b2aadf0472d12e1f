#!/bin/sh
# Packs a root file system image for swupdate: make-image.sh IMAGE VERSION HARDWARE SLOT KEY CERTIFICATE OUT
#
# KEY and CERTIFICATE are swupdate's own (CMS); the update as a whole is signed once more, by
# `hwlicense update sign`, with the key that the agent believes.
set -eu
image=$1 version=$2 hardware=$3 slot=$4 key=$5 certificate=$6 out=$7
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$image" "$work/rootfs.img"
digest=$(sha256sum "$work/rootfs.img" | cut -d' ' -f1)
cat > "$work/sw-description" <<DESCRIPTION
software =
{
    version = "$version";
    hardware-compatibility: [ "$hardware" ];
    images: (
        {
            filename = "rootfs.img";
            type = "rawfile";
            path = "$slot";
            sha256 = "$digest";
        }
    );
}
DESCRIPTION
openssl cms -sign -in "$work/sw-description" -out "$work/sw-description.sig" -signer "$certificate" -inkey "$key" \
    -outform DER -nosmimecap -binary
# swupdate reads the description first, its signature next, and then the images.
(cd "$work" && printf 'sw-description\nsw-description.sig\nrootfs.img\n' | cpio -o -H crc --quiet) > "$out"
