SUMMARY = "Hardware IDs and licences bound to hardware"
DESCRIPTION = "Prebuilt libraries for cameras and recording servers: libhwlicense.so for glibc, \
and an archive without run-time dependencies for any C library"
SECTION = "libs"
LICENSE = "(Apache-2.0 | MIT) & BSD-3-Clause"
LIC_FILES_CHKSUM = "file://share/licenses/hwlicense/LICENSE-APACHE;md5=@MD5_APACHE@ \
                    file://share/licenses/hwlicense/LICENSE-MIT;md5=@MD5_MIT@"

# The installable tree, packed under the name hwlicense-${PV} beside this recipe.
SRC_URI = "file://hwlicense-${PV}.tar.gz"
S = "${WORKDIR}/hwlicense-${PV}"

COMPATIBLE_HOST = "(arm|aarch64).*-linux.*"
HWLICENSE_TARGET:arm = "armv7-unknown-linux-gnueabihf"
HWLICENSE_TARGET:aarch64 = "aarch64-unknown-linux-gnu"

python () {
    hard = "callconvention-hard" in (d.getVar("TUNE_FEATURES") or "").split()
    if d.getVar("TARGET_ARCH") == "arm" and not hard:
        raise bb.parse.SkipRecipe("the library for 32-bit ARM passes floating-point numbers in registers")
}

do_configure[noexec] = "1"
do_compile[noexec] = "1"

do_install() {
    install -d ${D}${includedir} ${D}${libdir}/pkgconfig
    install -m 0644 ${S}/include/hwlicense.h ${S}/include/hwlicense.hpp ${D}${includedir}/
    install -m 0644 ${S}/firmware/${HWLICENSE_TARGET}/libhwlicense.a ${D}${libdir}/
    sed "s:^libdir=.*:libdir=${libdir}:" ${S}/lib/pkgconfig/hwlicense.pc > ${D}${libdir}/pkgconfig/hwlicense.pc
}

# The shared library is linked with glibc; other C libraries have the archive.
do_install:append:libc-glibc() {
    install -m 0755 ${S}/linux/${HWLICENSE_TARGET}/libhwlicense.so.${PV} ${D}${libdir}/
    ln -s libhwlicense.so.${PV} ${D}${libdir}/@SONAME@
    ln -s @SONAME@ ${D}${libdir}/libhwlicense.so
}

# Prebuilt, so this build's own flags are not in it, and it holds no debugging information.
INSANE_SKIP:${PN} += "already-stripped ldflags"
INHIBIT_PACKAGE_STRIP = "1"
INHIBIT_SYSROOT_STRIP = "1"
