#version 450
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int16 : require
// Blocks of 32 weights of four bits with a common scale, times a vector; a row per workgroup.
layout(local_size_x = 32) in;
layout(push_constant) uniform P { uint blocks; } p;
struct Block { float16_t scale; uint16_t quants[8]; };
layout(std430, binding = 0) readonly buffer A { Block a[]; };
layout(std430, binding = 1) readonly buffer X { float x[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
shared float part[32];
void main() {
    uint t = gl_LocalInvocationID.x, row = gl_WorkGroupID.x;
    float sum = 0;
    for (uint i = t; i < p.blocks; i += 32) {
        float s = 0;
        for (uint j = 0; j < 8; j++) {
            uint q = uint(a[row * p.blocks + i].quants[j]);
            s += (float(q & 15) - 8) * x[i * 32 + 2 * j] + (float((q >> 8) & 15) - 8) * x[i * 32 + 2 * j + 1]
                + (float((q >> 4) & 15) - 8) * x[i * 32 + 2 * j + 16] + (float(q >> 12) - 8) * x[i * 32 + 2 * j + 17];
        }
        sum += s * float(a[row * p.blocks + i].scale);
    }
    part[t] = sum;
    barrier();
    for (uint s = 16; s > 0; s >>= 1) {
        if (t < s)
            part[t] += part[t + s];
        barrier();
    }
    if (t == 0)
        y[row] = part[0];
}
