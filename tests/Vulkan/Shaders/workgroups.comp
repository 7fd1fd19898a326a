#version 450
// Notes each workgroup that runs.
layout(local_size_x = 4) in;
layout(std430, binding = 0) buffer Notes { uint count; uint pad0; uint pad1; uint pad2; uvec4 ids[]; };
void main() {
    if (gl_LocalInvocationIndex == 0u) {
        uint at = atomicAdd(count, 1u);
        ids[at] = uvec4(gl_WorkGroupID, gl_NumWorkGroups.x * 10000u + gl_NumWorkGroups.y * 100u + gl_NumWorkGroups.z);
    }
}
