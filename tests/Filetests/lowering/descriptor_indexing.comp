// test: machine
// Arrays of buffers at indices that differ between invocations, in divergent flow, and beyond the end; nothing is bound to
// element 3.
// buffer 0 0 u32: 100 101 102 103
// buffer 0 0[1] u32: 200 201
// buffer 0 0[2] u32: 300 301 302 303
// buffer 0 1 u32: zero*12
// buffer 0 2 u32: zero*4
// buffer 0 2[1] u32: zero*4
// buffer 0 3 u32: 0 2 1 3 7 4294967295 2 0 1 0 2 1
// buffer 0 4 f32: 1.0 2.0 3.0 4.0
// buffer 0 4[1] f32: 5.0 6.0 7.0 8.0
// push u32: 2
// spirv 1.5
#version 450
#extension GL_EXT_nonuniform_qualifier : require
layout(local_size_x = 12) in;
layout(std430, binding = 0) readonly buffer A { uint v[]; } a[];
layout(std430, binding = 1) buffer O { uint r[]; };
layout(std430, binding = 2) buffer W { uint v[]; } w[2];
layout(std430, binding = 3) readonly buffer I { uint index[]; };
layout(std140, binding = 4) uniform U { vec4 v; } u[2];
layout(push_constant) uniform P { uint chosen; };
void main() {
    uint i = gl_LocalInvocationID.x;
    uint k = index[i];
    uint sum = a[nonuniformEXT(k)].v[i & 3];
    if ((i & 1) == 1)
        sum += 1000 * a[nonuniformEXT(k)].v[1];
    else
        sum += 10000 * uint(a[nonuniformEXT(k)].v.length());
    for (uint j = 0; j < 4; j++) {
        if (j == (i & 3))
            continue;
        sum += a[j].v[0] + a[chosen].v[j];
        if (j + k == 3)
            break;
    }
    sum += uint(u[nonuniformEXT(i & 1)].v.z);
    r[i] = sum;
    atomicAdd(w[nonuniformEXT(i / 3 & 1)].v[i % 3], k & 15);
    w[nonuniformEXT(i >> 3)].v[3] = i;
}
// expect:
// finished
// buffer 0 0 u32: 100 101 102 103
// buffer 0 0[1] u32: 200 201
// buffer 0 0[2] u32: 300 301 302 303
// buffer 0 1 u32: 41509 302613 21207 407 1409 1312 41206 102613 21306 102413 41206 202510
// buffer 0 2 u32: 2 2 2 7
// buffer 0 2[1] u32: 3 9 16 11
// buffer 0 3 u32: 0 2 1 3 7 4294967295 2 0 1 0 2 1
// buffer 0 4 f32: 1.0 2.0 3.0 4.0
// buffer 0 4[1] f32: 5.0 6.0 7.0 8.0
// end
