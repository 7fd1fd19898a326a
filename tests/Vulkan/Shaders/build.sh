#!/usr/bin/env bash
# Rebuilds the shaders of the driver's tests. Needs the Debian packages glslang-tools and spirv-tools.
set -eu
cd "$(dirname "$0")"
for source in *.comp; do
    case $source in
        *.13.comp) target=vulkan1.3 ;;
        *) target=vulkan1.1 ;;
    esac
    # -g keeps the source lines, which fault reports name.
    glslangValidator --quiet -g -V --target-env $target -S comp "$source" -o "${source%.comp}.spv"
    spirv-val --target-env $target --scalar-block-layout "${source%.comp}.spv"
done
