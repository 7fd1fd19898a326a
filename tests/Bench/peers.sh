#!/usr/bin/env bash
# Prints --peer arguments for the drivers that Debian has: lavapipe where it is installed, SwiftShader out of the package
# chromium-common, which is unpacked under the folder given and not installed.
#
#   tests/Bench/peers.sh FOLDER
set -eu
folder=${1:?a folder to unpack to}
lavapipe=/usr/share/vulkan/icd.d/lvp_icd.x86_64.json
if [ -e "$lavapipe" ]; then echo "--peer lavapipe=$lavapipe"; fi
swiftshader=$folder/usr/lib/chromium/vk_swiftshader_icd.json
if [ ! -e "$swiftshader" ]; then
    mkdir -p "$folder"
    (cd "$folder" && apt-get download -qq chromium-common >&2 && dpkg -x chromium-common_*.deb . && rm chromium-common_*.deb)
fi
echo "--peer swiftshader=$swiftshader"
