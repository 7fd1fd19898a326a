#!/usr/bin/env bash
# Compiles the shaders of this folder, plain (glslangValidator) and optimized (glslc -O). The results are committed.
# What GLSL cannot say is assembly. storage.comp is compiled once for each format that its macro stands for.
set -eu
cd "$(dirname "$0")"
compile() {
    glslangValidator -V --quiet --target-env vulkan1.1 "${@:3}" -o "$2.spv" "$1"
    glslc -O --target-env=vulkan1.1 "${@:3}" -o "$2.opt.spv" "$1"
}
for source in *.spvasm; do
    spirv-as --target-env vulkan1.1 "$source" -o "${source%.spvasm}.spv"
    spirv-opt -O "${source%.spvasm}.spv" -o "${source%.spvasm}.opt.spv"
done
for source in *.comp; do
    if [ "$source" = storage.comp ]; then
        for format in rgba8 rgba16f rgb10_a2 r11f_g11f_b10f rgba8_snorm r16 rg8 rg32f rgba32f r8; do
            compile "$source" "storage.$format" "-DFORMAT=$format"
        done
    else
        compile "$source" "${source%.comp}"
    fi
done
