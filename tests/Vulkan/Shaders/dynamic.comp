#version 450
// Dynamic buffers in two sets, with bindings in no particular order.
layout(local_size_x = 1) in;
layout(std430, set = 0, binding = 5) readonly buffer A { uint v[]; } a;
layout(std140, set = 0, binding = 1) uniform B { uint v; } b;
layout(std430, set = 0, binding = 3) readonly buffer C { uint v[]; } c[2];
layout(std430, set = 1, binding = 0) readonly buffer D { uint v[]; } d;
layout(std430, set = 1, binding = 4) writeonly buffer Result { uint result[]; };
void main() {
    result[0] = a.v[0];
    result[1] = b.v;
    result[2] = c[0].v[0];
    result[3] = c[1].v[0];
    result[4] = d.v[0];
    result[5] = d.v[4];
}
