#!/usr/bin/env bash
# Compiles the shaders of this folder, plain (glslangValidator) and optimized (glslc -O). The results are committed.
set -eu
cd "$(dirname "$0")"
for source in *.comp; do
    name=${source%.comp}
    env=vulkan1.1
    grep -q 'spirv 1.5' "$source" && env=vulkan1.2
    glslangValidator -V --quiet --target-env $env -o "$name.spv" "$source"
    glslc -O --target-env=$env -o "$name.opt.spv" "$source"
done
