#version 450
// Workgroups of fewer invocations than machines have lanes.
layout(local_size_x = 8) in;
layout(push_constant) uniform P { uint n; float a; } p;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) buffer Y { float y[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= p.n)
        return;
    float v = x[i], s = y[i];
    for (int k = 0; k < 8; k++)
        s = s * p.a + v;
    y[i] = s;
}
