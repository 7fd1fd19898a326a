#version 450
#extension GL_KHR_shader_subgroup_arithmetic : require
layout(local_size_x = 128) in;
layout(push_constant) uniform P { uint columns; float epsilon; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) readonly buffer G { float gain[]; };
layout(std430, binding = 2) writeonly buffer D { float dst[]; };
shared vec2 part[128];
void main() {
    uint t = gl_LocalInvocationID.x, row = gl_WorkGroupID.x * p.columns;
    vec2 sum = vec2(0);
    for (uint i = t; i < p.columns; i += 128) {
        float v = src[row + i];
        sum += vec2(v, v * v);
    }
    sum = subgroupAdd(sum);
    if (subgroupElect())
        part[gl_SubgroupID] = sum;
    barrier();
    sum = vec2(0);
    for (uint s = 0; s < gl_NumSubgroups; s++)
        sum += part[s];
    float mean = sum.x / float(p.columns);
    float scale = inversesqrt(sum.y / float(p.columns) - mean * mean + p.epsilon);
    for (uint i = t; i < p.columns; i += 128)
        dst[row + i] = (src[row + i] - mean) * scale * gain[i];
}
