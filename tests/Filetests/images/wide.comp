#version 450
#extension GL_EXT_shader_image_load_formatted : require
#extension GL_EXT_shader_image_int64 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_atomic_int64 : require
// Images of 64-bit integers: loads and stores with and without a format, texel buffers and atomics. GLSL has no samplers of
// them: see wide_sampled.spvasm.
layout(local_size_x = 8, local_size_y = 4) in;
layout(set = 0, binding = 0) uniform i64image2D source;
layout(set = 0, binding = 1) uniform writeonly u64image2D target;
layout(set = 0, binding = 2, r64i) uniform i64image2DArray sheets;
layout(set = 0, binding = 3, r64ui) uniform u64imageBuffer texels;
layout(set = 0, binding = 4, r64ui) uniform u64image2D counters;
layout(set = 0, binding = 5, r64i) uniform i64image1D extremes;
layout(set = 0, binding = 6) buffer Out { i64vec4 result[]; };
void main() {
    ivec2 p = ivec2(gl_GlobalInvocationID.xy) - 1;
    int n = p.y * 16 + p.x;
    i64vec4 a = imageLoad(source, p);
    imageStore(target, p, u64vec4(a + 1));
    i64vec4 b = imageLoad(sheets, ivec3(p, 1));
    imageStore(sheets, ivec3(p, 0), b * 2);
    u64vec4 c = imageLoad(texels, n);
    imageStore(texels, n, c + 1u);
    imageAtomicAdd(counters, p >> 1, 0x100000001UL);
    imageAtomicCompSwap(extremes, 6, 5L, 6L);
    imageAtomicMax(extremes, 0, int64_t(p.x) * 0x100000000L);
    imageAtomicMin(extremes, 1, int64_t(p.x) * 0x100000000L);
    imageAtomicOr(extremes, 2, 1L << (gl_LocalInvocationIndex + 32));
    imageAtomicAnd(extremes, 3, ~(1L << (gl_LocalInvocationIndex + 16)));
    imageAtomicXor(extremes, 4, 1L << 40);
    imageAtomicExchange(extremes, 5, 0x123456789L);
    uint i = gl_GlobalInvocationID.y * 16 + gl_GlobalInvocationID.x;
    result[i * 3] = a;
    result[i * 3 + 1] = b;
    result[i * 3 + 2] = i64vec4(c);
}
