#!/usr/bin/env bash
# Rebuilds the shaders of the driver's tests. Needs the Debian packages glslang-tools and spirv-tools.
set -eu
cd "$(dirname "$0")"
for source in *.comp; do
    # -g keeps the source lines, which fault reports name.
    glslangValidator --quiet -g -V --target-env vulkan1.1 -S comp "$source" -o "${source%.comp}.spv"
    spirv-val --target-env vulkan1.1 "${source%.comp}.spv"
done
