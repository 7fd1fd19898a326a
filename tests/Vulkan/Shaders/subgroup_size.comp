#version 450
#extension GL_KHR_shader_subgroup_basic : require
// What each invocation knows of its subgroup.
layout(local_size_x = 64) in;
layout(std430, binding = 0) writeonly buffer Result { uint result[]; };
void main() {
    result[gl_LocalInvocationIndex] = gl_SubgroupSize * 1000u + gl_SubgroupInvocationID;
}
