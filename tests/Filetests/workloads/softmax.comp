#version 450
// A row per workgroup, reductions in workgroup memory.
layout(local_size_x = 256) in;
layout(push_constant) uniform P { uint columns; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { float dst[]; };
shared float part[256];
void main() {
    uint t = gl_LocalInvocationID.x, row = gl_WorkGroupID.x * p.columns;
    float m = -3.4e38;
    for (uint i = t; i < p.columns; i += 256)
        m = max(m, src[row + i]);
    part[t] = m;
    barrier();
    for (uint s = 128; s > 0; s >>= 1) {
        if (t < s)
            part[t] = max(part[t], part[t + s]);
        barrier();
    }
    m = part[0];
    barrier();
    float sum = 0;
    for (uint i = t; i < p.columns; i += 256)
        sum += exp(src[row + i] - m);
    part[t] = sum;
    barrier();
    for (uint s = 128; s > 0; s >>= 1) {
        if (t < s)
            part[t] += part[t + s];
        barrier();
    }
    float scale = 1.0 / part[0];
    for (uint i = t; i < p.columns; i += 256)
        dst[row + i] = exp(src[row + i] - m) * scale;
}
