#!/usr/bin/env bash
# Rebuilds the kernels of this folder, or of the one given (../workloads): NAME.spv by glslangValidator as it is,
# NAME.opt.spv by glslc -O.
# Needs the Debian packages glslang-tools, glslc and spirv-tools.
set -eu
cd "$(dirname "$0")/${1:-.}"
for source in *.comp; do
    name=${source%.comp}
    glslangValidator --quiet -V --target-env vulkan1.1 -S comp "$source" -o "$name.spv"
    glslc -O --target-env=vulkan1.1 "$source" -o "$name.opt.spv"
    spirv-val --target-env vulkan1.1 "$name.spv"
    spirv-val --target-env vulkan1.1 "$name.opt.spv"
done
