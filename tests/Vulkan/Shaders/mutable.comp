#version 450
#extension GL_EXT_samplerless_texture_functions : require
// One binding as all that its descriptors may be: each row of the result is one descriptor, each column what it is read as.
layout(local_size_x = 1) in;
layout(std430, binding = 0) buffer Result { uint result[]; };
layout(std430, binding = 1) buffer Storage { uint first; } storage[6];
layout(std140, binding = 1) uniform Uniform { uint first; } uniforms[6];
layout(binding = 1, r32ui) uniform uimage2D images[6];
layout(binding = 1, r32ui) uniform uimageBuffer texels[6];
layout(binding = 1) uniform utexture2D sampled[6];
layout(binding = 1) uniform utextureBuffer fetched[6];
void main() {
    for (uint i = 0; i < 6; i++) {
        result[i * 8] = storage[i].first;
        result[i * 8 + 1] = uniforms[i].first;
        result[i * 8 + 2] = imageLoad(images[i], ivec2(0)).x;
        result[i * 8 + 3] = imageLoad(texels[i], 0).x;
        result[i * 8 + 4] = texelFetch(sampled[i], ivec2(0), 0).x;
        result[i * 8 + 5] = texelFetch(fetched[i], 0).x;
        storage[i].first = 100 + i;
        imageStore(images[i], ivec2(1, 0), uvec4(200 + i));
    }
}
