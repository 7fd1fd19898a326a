#version 450
#extension GL_EXT_shader_image_int64 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_atomic_int64 : require
// Samples of 64-bit integers: stored, read back, added to, by number.
layout(local_size_x = 8, local_size_y = 4) in;
layout(set = 0, binding = 0, r64i) uniform i64image2DMS many;
layout(set = 0, binding = 1) buffer Out { i64vec4 result[]; };
void main() {
    ivec2 p = ivec2(gl_GlobalInvocationID.xy);
    uint i = gl_GlobalInvocationID.y * 16 + gl_GlobalInvocationID.x;
    for (int s = 0; s < 4; s++)
        imageStore(many, p, s, i64vec4((int64_t(s) << 40) - int64_t(i)));
    imageAtomicAdd(many, p, 2, 7L << 33);
    result[i * 2] = imageLoad(many, p, imageSamples(many) - 1);
    result[i * 2 + 1] = imageLoad(many, p, 2);
}
