#!/usr/bin/env bash
# Rebuilds the shaders of the driver's tests. Needs the Debian packages glslang-tools and spirv-tools.
set -eu
cd "$(dirname "$0")"
for source in *.comp; do
    # -g keeps the source lines, which fault reports name.
    env=vulkan1.1
    grep -q 'spirv 1.5' "$source" && env=vulkan1.2
    glslangValidator --quiet -g -V --target-env $env -S comp "$source" -o "${source%.comp}.spv"
    spirv-val --target-env $env "${source%.comp}.spv"
done
