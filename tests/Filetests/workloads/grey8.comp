#version 450
#extension GL_EXT_shader_8bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
// Pixels of three bytes to one byte.
layout(local_size_x = 64) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) readonly buffer S { uint8_t src[]; };
layout(std430, binding = 1) writeonly buffer D { uint8_t dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < p.n)
        dst[i] = uint8_t((uint(src[3 * i]) * 77 + uint(src[3 * i + 1]) * 150 + uint(src[3 * i + 2]) * 29) >> 8);
}
