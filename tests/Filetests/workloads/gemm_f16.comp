#version 450
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
// Halves in memory, floats in the tiles; four results per invocation.
layout(local_size_x = 16, local_size_y = 16) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) readonly buffer A { float16_t a[]; };
layout(std430, binding = 1) readonly buffer B { float16_t b[]; };
layout(std430, binding = 2) writeonly buffer C { float c[]; };
shared float ta[32][16];
shared float tb[16][32];
void main() {
    uint lx = gl_LocalInvocationID.x, ly = gl_LocalInvocationID.y;
    uint row = gl_WorkGroupID.y * 32, column = gl_WorkGroupID.x * 32;
    float s00 = 0, s01 = 0, s10 = 0, s11 = 0;
    for (uint k0 = 0; k0 < p.n; k0 += 16) {
        ta[ly][lx] = float(a[(row + ly) * p.n + k0 + lx]);
        ta[ly + 16][lx] = float(a[(row + ly + 16) * p.n + k0 + lx]);
        tb[ly][lx] = float(b[(k0 + ly) * p.n + column + lx]);
        tb[ly][lx + 16] = float(b[(k0 + ly) * p.n + column + lx + 16]);
        barrier();
        for (uint k = 0; k < 16; k++) {
            float a0 = ta[ly][k], a1 = ta[ly + 16][k], b0 = tb[k][lx], b1 = tb[k][lx + 16];
            s00 += a0 * b0;
            s01 += a0 * b1;
            s10 += a1 * b0;
            s11 += a1 * b1;
        }
        barrier();
    }
    c[(row + ly) * p.n + column + lx] = s00;
    c[(row + ly) * p.n + column + lx + 16] = s01;
    c[(row + ly + 16) * p.n + column + lx] = s10;
    c[(row + ly + 16) * p.n + column + lx + 16] = s11;
}
