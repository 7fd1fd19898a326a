// test: machine
// An array of buffers, indexed by a constant and dynamically; beyond its end the last one answers.
// buffer 0 0 u32: 11 12
// buffer 0 1 u32: zero*4
#version 450
layout(local_size_x = 1) in;
layout(std430, binding = 0) readonly buffer A { uint v[]; } a[3];
layout(std430, binding = 1) buffer O { uint r[]; };
void main() {
    uint zero = gl_LocalInvocationID.x;
    r[0] = a[0].v[1];
    r[1] = a[zero].v[zero];
    r[2] = a[2].v[0] + uint(a[1].v.length());
    r[3] = a[zero + 100].v[0];
}
// expect:
// finished
// buffer 0 0 u32: 11 12
// buffer 0 1 u32: 12 11 0 0
// end
