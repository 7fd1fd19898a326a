#version 450
#extension GL_KHR_shader_subgroup_arithmetic : require
// Inclusive scan of each block of 512.
layout(local_size_x = 512) in;
layout(std430, binding = 0) readonly buffer S { uint src[]; };
layout(std430, binding = 1) writeonly buffer D { uint dst[]; };
shared uint part[512];
void main() {
    uint i = gl_GlobalInvocationID.x;
    uint v = subgroupInclusiveAdd(src[i]);
    if (gl_SubgroupInvocationID == gl_SubgroupSize - 1)
        part[gl_SubgroupID] = v;
    barrier();
    uint before = 0;
    for (uint s = 0; s < gl_SubgroupID; s++)
        before += part[s];
    dst[i] = v + before;
}
