// test: run
// 64-bit integers and doubles, 64-bit indices, conversions and packing between widths.
// buffer 0 0 u32: 4294967295 1 7 0
// buffer 0 1 u32: zero*16
#version 450
#extension GL_ARB_gpu_shader_int64 : require
layout(local_size_x = 1) in;
layout(std430, binding = 0) readonly buffer I { uint64_t a; uint64_t b; };
layout(std430, binding = 1) buffer O { uvec2 r[]; };
void main() {
    r[0] = unpackUint2x32(a + b);
    r[1] = unpackUint2x32(a * b);
    r[2] = unpackUint2x32(a / b);
    r[3] = uvec2(uint(a >> 30), a > b ? 1u : 0u);
    double d = double(int64_t(b)) * 0.5lf;
    r[4] = uvec2(uint(d * 10.0lf), uint(float(d) * 100.0));
    r[5] = unpackUint2x32(uint64_t(int64_t(-3) / int64_t(b) - 1l));
    r[6] = unpackDouble2x32(d);
    r[7] = uvec2(uint(packUint2x32(uvec2(5u, 6u)) >> 32), uint(sqrt(d * d) * 4.0lf));
}
// expect:
// finished
// buffer 0 0 u32: 4294967295 1 7 0
// buffer 0 1 u32: 6 2 4294967289 13 1227133513 0 7 1 35 350 4294967295 4294967295 0 1074528256 6 14
// end
