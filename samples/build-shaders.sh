#!/usr/bin/env bash
# Rebuilds the samples' shaders: NAME.spv from NAME.comp. The .spv files are committed, so this is needed after a
# change of a shader only. Needs the Debian packages glslang-tools and spirv-tools.
set -eu
cd "$(dirname "$0")"
for source in */*.comp; do
    (
        cd "$(dirname "$source")"
        name=$(basename "$source" .comp)
        # -g keeps the source lines, which fault reports then name.
        glslangValidator --quiet -g -V --target-env vulkan1.1 -S comp "$name.comp" -o "$name.spv"
        spirv-val --target-env vulkan1.1 "$name.spv"
    )
done
