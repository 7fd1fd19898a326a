#version 450
#extension GL_EXT_shader_atomic_float : require
#extension GL_EXT_shader_atomic_float2 : require
#extension GL_KHR_memory_scope_semantics : require
// Atomics on floats of images and texel buffers. All sums are exact, so that their order does not matter.
layout(local_size_x = 8, local_size_y = 4) in;
layout(set = 0, binding = 0, r32f) uniform image2D sums;
layout(set = 0, binding = 1, r32f) uniform imageBuffer extremes;
layout(set = 0, binding = 2, r32f) uniform image2DArray swapped;
layout(set = 0, binding = 3) buffer Out { vec2 result[]; };
void main() {
    ivec2 p = ivec2(gl_GlobalInvocationID.xy) - 1;
    imageAtomicAdd(sums, p >> 1, float(p.x) * 0.5);
    imageAtomicMax(extremes, 0, float(p.x) * 0.25);
    imageAtomicMin(extremes, 1, float(p.y) * 0.25);
    float old = imageAtomicExchange(swapped, ivec3(p, 1), float(p.x));
    float now = imageAtomicLoad(swapped, ivec3(p, 1), gl_ScopeDevice, gl_StorageSemanticsImage, gl_SemanticsRelaxed);
    result[gl_GlobalInvocationID.y * 16 + gl_GlobalInvocationID.x] = vec2(old, now);
}
