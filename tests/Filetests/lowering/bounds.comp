// test: run
// Loads beyond a buffer's end give 0 and stores are dropped, whole vectors at a time, whatever the index.
// buffer 0 0 u32: 1 2 3 4 5 6 7 8 9 10
// buffer 0 1 u32: 100 100 100 100 100 100 100
// buffer 0 2 u32: zero*16
#version 450
layout(local_size_x = 1) in;
layout(std430, binding = 0) readonly buffer A { uint a[]; };
layout(std430, binding = 0) readonly buffer V { uvec4 v[]; };
struct Pair { uint x[2]; };
layout(std430, binding = 0) readonly buffer P { Pair p[]; };
struct Pairs { Pair y[2]; };
layout(std430, binding = 0) readonly buffer Q { Pairs q[]; };
layout(std430, binding = 1) buffer B { uint b[]; };
layout(std430, binding = 2) buffer R { uint r[]; };
void main() {
    uint zero = gl_LocalInvocationID.x;
    r[0] = a[zero + 9];
    r[1] = a[zero + 10];
    r[2] = a[zero - 1];
    r[3] = a[zero + 0x40000000u];
    r[4] = a[zero + 0x3fffffffu];
    uvec4 in4 = v[zero + 1], out4 = v[zero + 2];
    r[5] = in4.x + in4.w * 100;
    r[6] = out4.x + out4.y;
    r[7] = p[zero + 4].x[zero + 1];
    r[8] = p[zero + 5].x[zero];
    r[9] = p[zero + 0x20000000u].x[zero];
    r[10] = p[zero].x[zero + 0x40000001u];
    r[11] = a[9] + a[10];
    b[zero + 6] = 1;
    b[zero + 7] = 2;
    b[zero - 1] = 3;
    b[7] = 4;
    r[12] = atomicAdd(b[zero], 5);
    r[13] = atomicAdd(b[zero + 7], 5);
    r[zero + 16] = 9;
    // The sum of the three offsets is 2^32.
    r[15] = q[zero + 0x07ffffffu].y[zero + 0x0fffffffu].x[zero + 6u] + 100 * q[zero].y[zero + 1].x[zero + 2] + 7;
    r[14] = uint(b.length()) * 100 + uint(v.length());
}
// expect:
// finished
// buffer 0 0 u32: 1 2 3 4 5 6 7 8 9 10
// buffer 0 1 u32: 105 100 100 100 100 100 1
// buffer 0 2 u32: 10 0 0 0 0 805 0 10 0 0 0 10 100 0 702 507
// end
