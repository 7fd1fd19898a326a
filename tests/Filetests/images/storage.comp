#version 450
#extension GL_EXT_shader_image_load_formatted : require
// Reads without a format and writes to images with one, read back with it; atomics.
layout(local_size_x = 8, local_size_y = 4) in;
layout(set = 0, binding = 0) uniform image2D source;
layout(set = 0, binding = 1) uniform writeonly image2D target;
layout(set = 0, binding = 2, FORMAT) uniform image2D known;
layout(set = 0, binding = 3, r32ui) uniform uimage2D counters;
layout(set = 0, binding = 4) buffer Out { vec4 result[]; };
void main() {
    ivec2 p = ivec2(gl_GlobalInvocationID.xy) - 1;
    vec4 c = imageLoad(source, p);
    imageStore(target, p, c * 1.25 - 0.125);
    vec4 k = imageLoad(known, p);
    imageStore(known, p + ivec2(0, 0), k.wzyx * 0.75 - 0.1);
    uint old = imageAtomicAdd(counters, p >> 1, 3u);
    imageAtomicMax(counters, ivec2(0), uint(p.x));
    uint i = gl_GlobalInvocationID.y * 32 + gl_GlobalInvocationID.x;
    result[i * 2] = c + vec4(imageSize(source), 0.0, 0.0);
    result[i * 2 + 1] = k;
}
