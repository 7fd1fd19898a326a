#version 450
#extension GL_KHR_shader_subgroup_arithmetic : require
// Workgroups of 1024: maximum and where it is.
layout(local_size_x = 1024) in;
layout(push_constant) uniform P { uint n; } p;
layout(std430, binding = 0) readonly buffer S { float src[]; };
layout(std430, binding = 1) writeonly buffer D { uvec2 dst[]; };
shared float best[1024];
shared uint places[1024];
void main() {
    uint t = gl_LocalInvocationID.x;
    float m = -1e30;
    uint at = 0;
    for (uint i = gl_GlobalInvocationID.x; i < p.n; i += gl_NumWorkGroups.x * 1024) {
        float v = src[i];
        if (v > m) {
            m = v;
            at = i;
        }
    }
    best[t] = m;
    places[t] = at;
    barrier();
    for (uint s = 512; s > 0; s >>= 1) {
        if (t < s && (best[t + s] > best[t] || (best[t + s] == best[t] && places[t + s] < places[t]))) {
            best[t] = best[t + s];
            places[t] = places[t + s];
        }
        barrier();
    }
    if (t == 0)
        dst[gl_WorkGroupID.x] = uvec2(floatBitsToUint(best[0]), places[0]);
}
