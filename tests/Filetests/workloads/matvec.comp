#version 450
#extension GL_KHR_shader_subgroup_arithmetic : require
// A row of the matrix per workgroup.
layout(local_size_x = 64) in;
layout(push_constant) uniform P { uint columns; } p;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer X { float x[]; };
layout(std430, binding = 2) writeonly buffer Y { float y[]; };
shared float part[64];
void main() {
    uint row = gl_WorkGroupID.x;
    float sum = 0;
    for (uint i = gl_LocalInvocationID.x; i < p.columns; i += 64)
        sum += a[row * p.columns + i] * x[i];
    sum = subgroupAdd(sum);
    if (gl_SubgroupInvocationID == 0)
        part[gl_SubgroupID] = sum;
    barrier();
    if (gl_LocalInvocationID.x == 0) {
        for (uint s = 1; s < gl_NumSubgroups; s++)
            sum += part[s];
        y[row] = sum;
    }
}
