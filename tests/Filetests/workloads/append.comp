#version 450
// Appends what passes a test to a list, by a counter in memory.
layout(local_size_x = 64) in;
layout(push_constant) uniform P { uint n, limit; } p;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) buffer C { uint count; };
layout(std430, binding = 2) writeonly buffer D { uint dst[]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < p.n && src[i] < p.limit)
        dst[atomicAdd(count, 1)] = i;
}
