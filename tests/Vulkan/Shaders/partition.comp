// Per invocation two words: the lanes whose number is the same modulo 3, and the sum of their numbers.
#version 450
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_NV_shader_subgroup_partitioned : require
layout(local_size_x = 64) in;
layout(binding = 0, std430) buffer Results { uvec2 results[]; };
void main() {
    uint lane = gl_SubgroupInvocationID;
    uvec4 part = subgroupPartitionNV(lane % 3);
    results[gl_LocalInvocationIndex] = uvec2(part.x, subgroupPartitionedAddNV(lane, part));
}
